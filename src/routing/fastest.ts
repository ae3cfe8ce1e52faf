import type { Candidate, Policy, Step, View } from './policy.ts'

/** Calls that ask one of the others first, so that a model that has become quick is found out. */
const exploredShare = 0.02
/** The same while one of them was never measured. */
const unmeasuredShare = 0.1
/** Times this near to the best are the same: else two alike models would change places with each call. */
const alikeFactor = 1.1

/**
 * By the time to the first content, as it was measured of late; of models that are alike the one that was
 * named first. A small share of the calls asks another one first, because only who is asked is measured.
 */
export const fastest: Policy = (candidates, view) => {
  const ordered = inOrderOfTime(candidates, view)
  const [first] = ordered
  const drawn = view.random.next()
  const others = ordered.slice(1)
  // Where nobody is measured, because answers are not streamed, trying the others would tell nothing.
  if (first?.us === null) return ordered.map(stepOf)
  const unmeasured = others.filter(({ us }) => us === null)
  const explored = unmeasured.length > 0 ? unmeasured : others
  const share = unmeasured.length > 0 ? unmeasuredShare : exploredShare
  if (first === undefined || explored.length === 0 || drawn >= share) return ordered.map(stepOf)
  // The draw is uniform below the share, so that its place there is a second draw.
  const tried = explored[Math.floor((drawn / share) * explored.length)]!
  const probability = (share / explored.length).toPrecision(2)
  return [
    {
      candidate: tried.candidate,
      reason: `asked first to measure it, with probability ${probability}`,
    },
    ...ordered.filter((timed) => timed !== tried).map(stepOf),
  ]
}

interface Timed {
  readonly candidate: Candidate
  readonly us: number | null
}

function inOrderOfTime(candidates: readonly Candidate[], view: View): readonly Timed[] {
  const timed = candidates.map((candidate) => ({ candidate, us: view.firstContentUs(candidate) }))
  const measured = timed.filter(({ us }) => us !== null)
  const least = Math.min(...measured.map(({ us }) => us!))
  const alike = measured.filter(({ us }) => us! <= alikeFactor * least)
  const slower = measured.filter(({ us }) => us! > alikeFactor * least)
  return [
    ...alike,
    ...slower.toSorted((left, right) => left.us! - right.us!),
    ...timed.filter(({ us }) => us === null),
  ]
}

function stepOf({ candidate, us }: Timed, place: number): Step {
  const time = us === null ? 'not measured yet' : `first content in ${Math.round(us / 1_000)} ms`
  return { candidate, reason: place === 0 ? `fastest: ${time}` : `stand-in ${place}: ${time}` }
}
