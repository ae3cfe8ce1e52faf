import { format, type Money } from '../core/money.ts'
import type { Candidate, Plan } from './policy.ts'

export interface DeadlineView {
  /** Within which 95 of 100 whole answers came of late, in microseconds; null: too few were seen. */
  readonly answerUs: (candidate: Candidate) => number | null
  /** Picodollars for the tokens that this call is likely to use; null when the model has no price. */
  readonly price: (candidate: Candidate) => Money | null
}

/**
 * The cheapest that keeps a deadline by what was measured, then those of which too little was, the
 * cheapest first, and last those that are too slow, the fastest first: late is better than never. Of
 * equal prices the one that was named first; models without a price stand behind those with one.
 */
export function withinDeadline(
  candidates: readonly Candidate[],
  deadlineUs: number,
  view: DeadlineView,
): Plan {
  return candidates
    .map((candidate) => {
      const us = view.answerUs(candidate)
      const rank = us === null ? 1 : us <= deadlineUs ? 0 : 2
      return { candidate, us, price: view.price(candidate), rank }
    })
    .toSorted(
      (left, right) =>
        left.rank - right.rank ||
        (left.rank === 2 ? left.us! - right.us! : byPrice(left.price, right.price)),
    )
    .map(({ candidate, us, price }) => {
      const cost = price === null ? 'its price is not known' : `about ${format(price)}`
      const within = seconds(deadlineUs)
      const speed =
        us === null
          ? `how fast it is was not measured yet, ${within} are asked for`
          : us <= deadlineUs
            ? `within ${within}, 95 of 100 in ${seconds(us)}`
            : `later than ${within}, 95 of 100 in ${seconds(us)}`
      return { candidate, reason: `deadline: ${cost}, ${speed}` }
    })
}

function byPrice(left: Money | null, right: Money | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  return left < right ? -1 : Number(left > right)
}

function seconds(us: number): string {
  return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 0)} s`
}
