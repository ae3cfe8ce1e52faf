import type { AttemptJson, CallJson } from '../../../src/server/contract/calls.ts'
import type { Tone } from '../../parts/states.tsx'

export function toneOf({ ok, end_state: end }: Pick<CallJson, 'ok' | 'end_state'>): Tone {
  if (ok) return 'plain'
  // Who leaves has decided so: nothing is broken.
  return end === 'caller_left' || end === 'shutdown' ? 'warning' : 'bad'
}

/** From the first byte of the question to the last of the answer, over all attempts that the caller waited for. */
export function totalUs({ attempts }: Pick<CallJson, 'attempts'>): number | null {
  const ends = attempts.flatMap((attempt) => (isAside(attempt) ? [] : (endUs(attempt) ?? [])))
  return ends.length === 0 ? null : Math.max(...ends)
}

/** Asked for the gateway's own sake, after or beside what the caller waited for. */
export function isAside({ role }: AttemptJson): boolean {
  return role === 'shadow' || role === 'audit'
}

/** Microseconds after the call came in. */
export function beginUs({ timings_us: { queue } }: AttemptJson): number {
  return queue ?? 0
}

function endUs(attempt: AttemptJson): number | null {
  const { total } = attempt.timings_us
  return total === null ? null : beginUs(attempt) + total
}
