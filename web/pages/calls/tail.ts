import { useEffect, useRef, useState } from 'react'
import type { CallJson } from '../../../src/server/contract/calls.ts'
import { type Query, read } from '../../api.ts'
import { Fault } from '../../fault.ts'

export interface Tail {
  /** The newest first. */
  readonly calls: readonly CallJson[]
  readonly ids: ReadonlySet<string>
  readonly fault: Fault | null
}

const everyMs = 2_000
/** More than anybody reads; the page's own list goes on below. */
const keptMax = 300
const none: Tail = { calls: [], ids: new Set(), fault: null }

/**
 * Calls that came after the page was asked for, while somebody follows them.
 * @param after  the newest of the page; null: there is none, and all that come are new
 */
export function useTail(live: boolean, filters: Query, after: string | null): Tail {
  const [tail, setTail] = useState(none)
  const asked = JSON.stringify(filters)
  const newest = useRef<string | null>(null)

  useEffect(() => {
    setTail(none)
    newest.current = after
    if (!live) return undefined
    const ending = new AbortController()
    const started = new Date().toISOString()
    let isLooking = false
    const look = async (): Promise<void> => {
      // One after the other: an earlier look that took its time would put back what a later one has told.
      if (isLooking || document.visibilityState !== 'visible') return
      isLooking = true
      const query = JSON.parse(asked) as Query
      const from = newest.current === null ? { since: started } : { after: newest.current }
      try {
        const { calls, next } = await read('/api/calls', {
          query: { ...query, ...from, limit: 100 },
          signal: ending.signal,
        })
        // What was looked at last is asked after, whether it fits or not; a list by `since` is the newest first.
        newest.current =
          newest.current === null
            ? (calls[0]?.id ?? null)
            : (next ?? calls.at(-1)?.id ?? newest.current)
        if (calls.length === 0) return setTail((last) => ({ ...last, fault: null }))
        setTail((last) => together(last, calls))
      } catch (error) {
        if (error instanceof Fault && !ending.signal.aborted)
          setTail((last) => ({ ...last, fault: error }))
      } finally {
        isLooking = false
      }
    }
    const timer = setInterval(() => void look(), everyMs)
    return () => {
      clearInterval(timer)
      ending.abort()
    }
  }, [live, asked, after])

  return tail
}

/** A call that has a further attempt comes again, and takes the place of what it was. */
function together(last: Tail, came: readonly CallJson[]): Tail {
  const byId = new Map([...last.calls, ...came].map((call) => [call.id, call]))
  const calls = [...byId.values()]
    .toSorted((left, right) => (left.id < right.id ? 1 : -1))
    .slice(0, keptMax)
  return { calls, ids: new Set(calls.map(({ id }) => id)), fault: null }
}
