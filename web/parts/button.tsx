import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { go } from '../state/location.ts'

export interface ButtonProps {
  readonly children?: ReactNode
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly icon?: IconName | undefined
  /** For whoever cannot see the icon, where a button has no words. */
  readonly label?: string | undefined
  readonly title?: string | undefined
  readonly busy?: boolean
  readonly disabled?: boolean
  readonly pressed?: boolean | undefined
  readonly type?: 'button' | 'submit'
  readonly onClick?: (() => void) | undefined
}

export function Button({
  children,
  kind = 'plain',
  icon,
  label,
  title,
  busy = false,
  disabled = false,
  pressed,
  type = 'button',
  onClick,
}: ButtonProps) {
  return (
    <button
      type={type}
      className={`button ${kind}${children === undefined ? ' bare' : ''}`}
      aria-label={label}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      title={title ?? label}
      disabled={disabled || busy}
      onClick={onClick}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  )
}

export interface LinkProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  readonly current?: boolean
  readonly title?: string | undefined
}

/** A page of the dashboard. With a modifier key the browser does what it always does. */
export function Link({ to, children, className, current = false, title }: LinkProps) {
  return (
    <a
      href={to}
      className={className}
      title={title}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        go(to)
      }}
    >
      {children}
    </a>
  )
}
