import type { ReactNode } from 'react'
import type { Fault as FaultError } from '../fault.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

/** There is nothing, and that is right: says why, and what would change it. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <div className="empty-text">{children}</div>}
      {action}
    </div>
  )
}

/** Something that was asked for did not come: what happened, and what to do. */
export function Fault({
  fault,
  again,
}: {
  readonly fault: FaultError
  readonly again?: () => void
}) {
  return (
    <div className="fault" role="alert">
      <Icon name="warning" />
      <div>
        <p>{fault.message}</p>
        {fault.code === null && fault.requestId === null ? null : (
          <p className="fault-facts">
            {[fault.code, fault.requestId].filter((fact) => fact !== null).join(' · ')}
          </p>
        )}
      </div>
      {again === undefined ? null : <Button onClick={again}>Try again</Button>}
    </div>
  )
}

/** The first fault of all that was asked, if there is one; all of it is asked again. */
export function Faults({
  of,
}: {
  readonly of: readonly { readonly fault: FaultError | null; readonly again: () => void }[]
}) {
  const fault = of.find((each) => each.fault !== null)?.fault ?? null
  if (fault === null) return null
  return (
    <Fault
      fault={fault}
      again={() => {
        for (const each of of) each.again()
      }}
    />
  )
}

/** As much room as what is on its way will take, so that nothing jumps when it comes. */
export function Skeleton({
  lines = 3,
  height,
}: {
  readonly lines?: number
  /** In pixels, instead of lines. */
  readonly height?: number
}) {
  if (height !== undefined)
    return (
      <div className="skeleton" style={{ blockSize: height }} role="status" aria-label="Loading" />
    )
  return (
    <div className="skeletons" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div
          key={line}
          className="skeleton line"
          style={{ inlineSize: `${92 - ((line * 17) % 38)}%` }}
        />
      ))}
    </div>
  )
}

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'info'

/** A word about a state. The colour is never all that says it. */
export function Tag({
  tone = 'plain',
  children,
  title,
}: {
  readonly tone?: Tone
  readonly children: ReactNode
  readonly title?: string
}) {
  return (
    <span className={`tag ${tone}`} title={title}>
      {children}
    </span>
  )
}
