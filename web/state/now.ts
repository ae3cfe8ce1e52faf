import { useEffect, useState } from 'react'

/**
 * The time, in steps. A page that nobody looks at stands still, and is up to date as soon as somebody does.
 * @returns milliseconds since 1970
 */
export function useNow(stepMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') setNow(Date.now())
    }
    const timer = setInterval(look, stepMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [stepMs])
  return now
}
