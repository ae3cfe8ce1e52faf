import type { Instant } from '../core/clock.ts'
import type { Money } from '../core/money.ts'
import { noUsage } from '../core/usage.ts'
import type { PriceSegment } from './model.ts'
import { costAt, isTimeless, priceAt } from './price.ts'

/** Cards change at full quarters of an hour, as clocks do. */
const quarterUs = 900_000_000
/** What prices are compared by: the answer of a usual call has a quarter of its prompt. */
const usual = { ...noUsage, input: 4_000, output: 1_000 }

/**
 * When what is to be asked is cheapest.
 * @param cards  of the models of which the cheapest would be asked
 * @returns the earliest moment with the lowest price up to `until`; `now` where none is lower than now, or
 *   the price is not known
 */
export function cheapestFrom(
  cards: readonly (readonly PriceSegment[])[],
  now: Instant,
  until: Instant,
): Instant {
  const isFixed = (segments: readonly PriceSegment[]): boolean =>
    segments.length < 2 && segments.every(isTimeless)
  const moving = cards.filter((segments) => !isFixed(segments))
  if (moving.length === 0) return now
  const fixed = leastOf(cards.filter(isFixed), now)
  const priceOf = (at: Instant): Money | null => lesser(fixed, leastOf(moving, at))
  let best = { at: now, price: priceOf(now) }
  if (best.price === null) return now
  const first = Math.ceil((now + 1) / quarterUs) * quarterUs
  for (let at = first; at <= until; at += quarterUs) {
    const price = priceOf(at as Instant)
    if (price !== null && price < best.price!) best = { at: at as Instant, price }
  }
  return best.at
}

function leastOf(cards: readonly (readonly PriceSegment[])[], at: Instant): Money | null {
  return cards.reduce<Money | null>((least, segments) => {
    const segment = priceAt(segments, at)
    return lesser(least, segment === null ? null : costAt(segment, usual, at))
  }, null)
}

function lesser(left: Money | null, right: Money | null): Money | null {
  if (left === null || right === null) return left ?? right
  return left < right ? left : right
}
