import { type Instant, isoText } from '../core/clock.ts'
import { type CardDiff, diffOf, type Move } from './diff.ts'
import type { PriceSegment } from './model.ts'
import { priceAt } from './price.ts'

/** What a card would change, and the first moment at which it would; null: it does now. */
export interface TimedDiff extends CardDiff {
  readonly at: Instant | null
}

const dayUs = 86_400_000_000
const minuteUs = 60_000_000
const week = 7

/**
 * The same as `diffOf` for a card that tells all of its times: a price that is announced, and one that was
 * wrong in the past, change nothing now and are changes all the same. Moves of a later moment than the first
 * that differs say it.
 * @param since  what was before is not touched; null: all of it may change
 */
export function diffOver(
  before: readonly PriceSegment[],
  after: readonly PriceSegment[],
  now: Instant,
  since: Instant | null,
): TimedDiff {
  const today = diffOf(before, after, now)
  const found = momentsOf([...before, ...after], now, since).flatMap((at) => {
    const diff = diffOf(before, after, at)
    return diff.what === 'same' ? [] : [{ at, diff }]
  })
  const first = today.what === 'same' ? found[0] : undefined
  const shown = first?.diff ?? today
  const known = new Set(shown.moves.map(keyOf))
  const later = found.flatMap(({ at, diff }) =>
    diff.moves.flatMap((move) => {
      const key = keyOf(move)
      if (known.has(key)) return []
      known.add(key)
      return [{ ...move, meter: `${move.meter} from ${day(at)}` }]
    }),
  )
  return { ...shown, moves: [...shown.moves, ...later], at: first?.at ?? null }
}

function keyOf({ meter, before, after }: Move): string {
  return JSON.stringify([meter, before, after])
}

/** Where a card has no price between times at which it has one or behind them, and where it has two that are dated. */
export function faultsOf(segments: readonly PriceSegment[], now: Instant): string[] {
  const faults: string[] = []
  let [hadPrice, gapFrom]: [boolean, Instant | null] = [false, null]
  for (const at of momentsOf(segments, now, null)) {
    const has = priceAt(segments, at) !== null
    if (has && gapFrom !== null && at > now)
      faults.push(`it has no price from ${day(gapFrom)} to ${day(at)}`)
    if (has) gapFrom = null
    else if (hadPrice) gapFrom ??= at
    hadPrice ||= has
  }
  if (gapFrom !== null) faults.push(`it has no price from ${day(gapFrom)} on`)
  const dated = segments.filter(({ windows, days }) => windows === undefined && days === undefined)
  for (const [place, one] of dated.entries())
    for (const other of dated.slice(place + 1)) {
      const { from: begins } = other
      if (one.to === undefined || begins === undefined || begins >= one.to) continue
      if ((other.to ?? Infinity) <= (one.from ?? -Infinity) || one.to <= now) continue
      faults.push(
        `two prices hold from ${day(Math.max(begins, one.from ?? begins) as Instant)}, and the last one written wins`,
      )
    }
  return faults
}

/** Moments between which nothing changes, in order: every boundary, and the hours of a week behind each. */
function momentsOf(
  segments: readonly PriceSegment[],
  now: Instant,
  since: Instant | null,
): readonly Instant[] {
  const bounds = segments.flatMap(({ from, to }) => [from, to].filter((at) => at !== undefined))
  const first = Math.min(now, ...bounds)
  const begins = [...new Set([since ?? first - 1, now, ...bounds])].filter(
    (at) => since === null || at >= since,
  )
  const clocks = segments.filter(({ windows, days }) => windows !== undefined || days !== undefined)
  const moments = new Set(begins)
  for (const begin of clocks.length === 0 ? [] : begins) {
    const midnight = Math.floor(begin / dayUs) * dayUs
    for (const { windows = [], utcOffsetMinutes = 0 } of clocks)
      for (let days = 0; days <= week; days += 1)
        for (const minute of [...windows.flat(), -utcOffsetMinutes]) {
          const at = midnight + days * dayUs + minute * minuteUs
          if (at >= begin) moments.add(at)
        }
  }
  return [...moments].toSorted((left, right) => left - right) as Instant[]
}

function day(at: Instant): string {
  const text = isoText(at)
  return text.slice(11, 16) === '00:00' ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ')
}
