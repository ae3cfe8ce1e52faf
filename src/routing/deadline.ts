import { format, type Money } from '../core/money.ts'
import type { Random } from '../core/random.ts'
import { type Candidate, nameOf, type Plan, type Step } from './policy.ts'

/** A model, and how it may be asked to serve: null is as everybody, else a mode that has a price of its own. */
export interface Offer {
  readonly candidate: Candidate
  readonly mode: string | null
}

export interface DeadlineView {
  readonly random: Random
  /** Within which 95 of 100 whole answers came of late, in microseconds; null: too few were seen. */
  readonly answerUs: (offer: Offer) => number | null
  /** Picodollars for the tokens that this call is likely to use; null when the offer has no price. */
  readonly price: (offer: Offer) => Money | null
}

/**
 * Calls that ask first who might do as well for less, and of whom too little was seen: only who is asked is
 * measured. It is the share in which `fastest` asks others.
 */
const exploredShare = 0.02

interface Weighed extends Offer {
  readonly us: number | null
  readonly price: Money | null
}

/**
 * Those that keep a deadline by what was measured, the cheapest first; behind them all others as they are
 * asked without one. Where nobody is known to keep it that order holds alone. Of equal prices the one that was
 * named first; what has no price stands behind what has one.
 * @param usual  the plan without a deadline
 */
export function withinDeadline(
  offers: readonly Offer[],
  deadlineUs: number,
  view: DeadlineView,
  usual: Plan,
): Plan {
  const weighed = offers.map((offer) => ({
    ...offer,
    us: view.answerUs(offer),
    price: view.price(offer),
  }))
  const inTime = weighed
    .filter(({ us }) => us !== null && us <= deadlineUs)
    .toSorted((left, right) => byPrice(left.price, right.price))
  const within = seconds(deadlineUs)
  const steps = inTime.map((offer) =>
    stepOf(offer, `within ${within}, 95 of 100 in ${seconds(offer.us!)}`),
  )
  const isInTime = ({ candidate, mode }: Step): boolean =>
    inTime.some((offer) => offer.mode === (mode ?? null) && isSame(offer.candidate, candidate))
  const others = usual
    .filter((step) => !isInTime(step))
    .map((step) => ({ ...step, reason: `${step.reason}; not known to answer within ${within}` }))
  const plan = [...steps, ...others]
  const tried = explored(weighed, inTime[0] ?? null, view)
  if (tried === null) return plan
  const step = stepOf(tried, `asked first to measure it, with probability ${exploredShare}`)
  return [step, ...plan.filter((each) => !isSameStep(each, step))]
}

/** Null for nearly every call. */
function explored(
  weighed: readonly Weighed[],
  best: Weighed | null,
  { random }: DeadlineView,
): Weighed | null {
  const unmeasured = weighed.filter(
    ({ us, price }) =>
      us === null && price !== null && (best === null || best.price === null || price < best.price),
  )
  if (unmeasured.length === 0) return null
  const drawn = random.next()
  // The draw is uniform below the share, so that its place there is a second draw.
  return drawn < exploredShare
    ? unmeasured[Math.floor((drawn / exploredShare) * unmeasured.length)]!
    : null
}

function stepOf({ candidate, mode, price }: Weighed, why: string): Step {
  const cost = price === null ? 'its price is not known' : `about ${format(price)}`
  const served = mode === null ? '' : ` served as ${mode}`
  const reason = `deadline: ${cost}${served}, ${why}`
  return mode === null ? { candidate, reason } : { candidate, reason, mode }
}

function isSameStep(left: Step, right: Step): boolean {
  return left.mode === right.mode && isSame(left.candidate, right.candidate)
}

function isSame(left: Candidate, right: Candidate): boolean {
  return nameOf(left) === nameOf(right)
}

function byPrice(left: Money | null, right: Money | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  return left < right ? -1 : Number(left > right)
}

function seconds(us: number): string {
  return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 0)} s`
}
