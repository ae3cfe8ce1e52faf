import type { Instant } from '../core/clock.ts'
import { Fraction } from '../core/fraction.ts'
import type { Decimal } from '../core/money.ts'
import { kinds } from '../core/usage.ts'
import type { Price, PriceSegment } from './model.ts'
import { isTimeless, priceAt } from './price.ts'

/** One meter of a card before and after. Null: it has no price of its own. */
export interface Move {
  /** 'input', or 'input above 200000'. */
  readonly meter: string
  readonly before: Decimal | null
  readonly after: Decimal | null
  /** After over before, to six places; null where one of the two is none or zero. */
  readonly ratio: string | null
  /** Why it may be a slip; empty when nothing speaks against it. */
  readonly doubts: readonly string[]
}

export interface CardDiff {
  readonly what: 'new' | 'changed' | 'same'
  readonly moves: readonly Move[]
  /** Of the card as a whole. */
  readonly doubts: readonly string[]
}

/**
 * What a card that came in would change of the one that is in force, at the same instant.
 * @param before  segments in force; empty when the price is not known
 */
export function diffOf(
  before: readonly PriceSegment[],
  after: readonly PriceSegment[],
  at: Instant,
): CardDiff {
  const [old, next] = [priceAt(before, at), priceAt(after, at)]
  if (old === null && next === null) return { what: 'same', moves: [], doubts: [] }
  if (old === null) {
    const moves = movesOf(null, next).map((move) => ({ ...move, doubts: [] }))
    const all = next === null ? [] : Object.values(next.price)
    // 'Free' in a public table is mostly a plan, a trial, or a price that nobody wrote down.
    const isFree = all.length > 0 && all.every((price) => Number(price) === 0)
    return {
      what: 'new',
      moves,
      doubts: isFree ? ['all of it is zero, which may stand for a plan or a trial'] : [],
    }
  }
  const moves = movesOf(old, next)
  const doubts: string[] = []
  if (next === null) doubts.push('the new card has no price for this moment')
  else if (next.currency !== old.currency)
    doubts.push(`the currency would be ${next.currency} instead of ${old.currency}`)
  const hasHours = before.some(({ windows, days }) => windows ?? days)
  if (moves.length > 0 && hasHours && after.every(isTimeless))
    doubts.push('the card in force changes with the hour, and the new one does not')
  const what = moves.length === 0 && doubts.length === 0 ? 'same' : 'changed'
  return { what, moves, doubts }
}

function movesOf(old: PriceSegment | null, next: PriceSegment | null): Move[] {
  const bounds = new Set(
    [...(old?.tiers ?? []), ...(next?.tiers ?? [])].map(({ aboveInputTokens }) => aboveInputTokens),
  )
  const ordered = [...bounds].toSorted((left, right) => left - right)
  return [null, ...ordered].flatMap((bound) => {
    const [left, right] = [priceAbove(old, bound), priceAbove(next, bound)]
    return kinds.flatMap((kind): Move[] => {
      const [before, after] = [left[kind] ?? null, right[kind] ?? null]
      if (isSame(before, after)) return []
      const meter = bound === null ? kind : `${kind} above ${bound}`
      return [
        { meter, before, after, ratio: ratioOf(before, after), doubts: doubtsOf(before, after) },
      ]
    })
  })
}

function priceAbove(segment: PriceSegment | null, bound: number | null): Price {
  if (segment === null) return {}
  if (bound === null) return segment.price
  return segment.tiers?.find(({ aboveInputTokens }) => aboveInputTokens === bound)?.price ?? {}
}

function isSame(before: Decimal | null, after: Decimal | null): boolean {
  if (before === null || after === null) return before === after
  return Fraction.of(before).compare(Fraction.of(after)) === 0
}

function ratioOf(before: Decimal | null, after: Decimal | null): string | null {
  if (before === null || after === null || Number(before) === 0) return null
  return Fraction.of(after).over(Fraction.of(before)).text(6)
}

/** Cents for dollars, thousands for millions, tokens for millions. */
const unitRatios = [100, 1_000, 10_000, 1_000_000]
/** Such a ratio within one in a hundred. */
const unitTolerance = 0.01
/** Yuan for dollars: what a dollar has cost in yuan since 2015, and what vendors reckon with. */
const yuan = [6.5, 7.5] as const
const greatest = 3

/** @see docs/decisions/0011-prices.md */
function doubtsOf(before: Decimal | null, after: Decimal | null): string[] {
  if (before !== null && after === null) return ['it would have no price of its own']
  if (before === null || after === null) return []
  const [old, next] = [Number(before), Number(after)]
  if (old === 0 || next === 0)
    return [old === 0 ? 'it was free and would not be' : 'it would be free']
  const times = next > old ? next / old : old / next
  const doubts: string[] = []
  if (times > greatest)
    doubts.push(next > old ? 'it is more than three times as dear' : 'it is less than a third')
  const unit = unitRatios.find((ratio) => Math.abs(times / ratio - 1) <= unitTolerance)
  if (unit !== undefined) doubts.push(`${unit} times looks like another unit`)
  if (times >= yuan[0] && times <= yuan[1])
    doubts.push('a ratio of 6.5 to 7.5 looks like yuan for dollars')
  return doubts
}
