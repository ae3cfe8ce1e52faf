import type { Policy } from './policy.ts'

/** The one that was named first, then its stand-ins in the order they were named. */
export const fixed: Policy = (candidates) =>
  candidates.map((candidate, index) => ({ candidate, reason: reasonAt(index) }))

export function reasonAt(index: number): string {
  return index === 0 ? 'first in order' : `stand-in ${index}`
}
