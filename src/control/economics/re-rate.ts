import { costAt, priceAt } from '../../catalog/price.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import type { Instant } from '../../core/clock.ts'
import { type Money, subtract } from '../../core/money.ts'
import type { Usage } from '../../core/usage.ts'

/**
 * A price has two times: when the vendor charges it, and when we believed that. A table that is put
 * right closes the old belief and opens a new one; nothing is overwritten, so that the bill of any day can
 * be made again as it was made then.
 */
export interface KnownSegment extends PriceSegment {
  /** Inclusive; absent: always known. */
  readonly knownFrom?: Instant
  /** Exclusive; absent: still believed. */
  readonly knownTo?: Instant
}

/** The segment that was believed at one time to hold at another. */
export function priceAsKnown(
  segments: readonly KnownSegment[],
  at: Instant,
  knownAt: Instant,
): KnownSegment | null {
  const believed = segments.filter(
    ({ knownFrom, knownTo }) =>
      (knownFrom === undefined || knownFrom <= knownAt) &&
      (knownTo === undefined || knownAt < knownTo),
  )
  return priceAt(believed, at)
}

export interface Rating {
  readonly segment: string | null
  /** Null where no price was known. */
  readonly cost: Money | null
}

export interface ReRating {
  readonly original: Rating
  readonly current: Rating
  /** What a correction row adds to the original; null when one of the two is not known. */
  readonly correction: Money | null
}

/** A call at the price that was believed then, and at the one believed now. */
export function reRate(
  segments: readonly KnownSegment[],
  usage: Usage,
  at: Instant,
  knownThen: Instant,
  knownNow: Instant,
): ReRating {
  const rated = (knownAt: Instant): Rating => {
    const segment = priceAsKnown(segments, at, knownAt)
    return {
      segment: segment?.id ?? null,
      cost: segment === null ? null : costAt(segment, usage, at),
    }
  }
  const original = rated(knownThen)
  const current = rated(knownNow)
  const correction =
    original.cost === null || current.cost === null ? null : subtract(current.cost, original.cost)
  return { original, current, correction }
}
