import { useEffect, useRef } from 'react'

/** @param hear  gets each key that is pressed where nothing is filled in; true: it was meant for it */
export function useKeys(hear: (key: string, event: KeyboardEvent) => boolean): void {
  const latest = useRef(hear)
  latest.current = hear
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as Element | null
      if ((target?.closest('input, textarea, select, [contenteditable], dialog') ?? null) !== null)
        return
      latest.current(event.key, event)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}
