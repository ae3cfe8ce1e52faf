import { shareOf } from '../core/random.ts'
import type { Candidate, Plan, Policy } from './policy.ts'

/**
 * By weight. What a call sticks to always draws the same number, so a session stays with its model
 * as long as the weights do. The rest follow, heaviest first, as stand-ins.
 */
export const weighted: Policy = (candidates, { random, stickyTo }) => {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = (stickyTo === null ? random.next() : shareOf(stickyTo)) * total
  const chosen = chosenBy(candidates, drawn)
  const others = candidates
    .filter((candidate) => candidate !== chosen)
    .toSorted((left, right) => right.weight - left.weight)
  const share = `weight ${chosen.weight} of ${total}`
  return [
    { candidate: chosen, reason: stickyTo === null ? share : `${share}, sticky` },
    ...others.map((candidate, index) => ({ candidate, reason: `stand-in ${index + 1}` })),
  ] satisfies Plan
}

/** @throws RangeError when there are no candidates */
function chosenBy(candidates: readonly Candidate[], drawn: number): Candidate {
  let passed = 0
  for (const candidate of candidates) {
    passed += candidate.weight
    if (drawn < passed) return candidate
  }
  const last = candidates.at(-1)
  if (!last) throw new RangeError('A plan needs at least one candidate')
  return last
}
