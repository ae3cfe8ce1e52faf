import { useState } from 'react'
import { Button } from './button.tsx'

/** Puts a text on the clipboard, and says so for a moment. */
export function Copy({
  text,
  children,
  label,
}: {
  readonly text: () => string
  readonly children?: string
  readonly label?: string
}) {
  const [done, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text())
      setDone(true)
      setTimeout(() => setDone(false), 1_600)
    } catch {
      setDone(false)
    }
  }
  return (
    <Button
      kind={children === undefined ? 'quiet' : 'plain'}
      icon={done ? 'check' : 'copy'}
      {...(children === undefined ? { label: done ? 'Copied' : (label ?? 'Copy') } : {})}
      onClick={() => void copy()}
    >
      {children === undefined ? undefined : done ? 'Copied' : children}
    </Button>
  )
}
