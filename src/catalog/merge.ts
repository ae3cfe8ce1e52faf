import type { Instant } from '../core/clock.ts'
import type { PriceSegment } from './model.ts'

/** When the prices that came in hold, as far as whoever brings them says it. */
export interface Span {
  readonly from?: Instant
  readonly to?: Instant
}

/**
 * A card of which only what holds now was told: it holds in the span, and all else of the card stays, also
 * what was announced for later.
 */
export function mergedNow(
  before: readonly PriceSegment[],
  after: readonly PriceSegment[],
  { from, to }: Span,
): readonly PriceSegment[] {
  const isLater = (segment: PriceSegment): boolean =>
    segment.from !== undefined && (from === undefined || segment.from > from)
  const named = after.map((segment) =>
    withId({
      ...segment,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }),
  )
  // Of several that hold at an instant the last one wins.
  return [...before.filter((segment) => !isLater(segment)), ...named, ...before.filter(isLater)]
}

/** A card whose times were all told. What was before `from` stays as it was, and until the card begins. */
export function mergedWhole(
  before: readonly PriceSegment[],
  after: readonly PriceSegment[],
  since: Instant | undefined,
): readonly PriceSegment[] {
  if (since === undefined) return after.map(withId)
  const coming = after.filter(({ to }) => to === undefined || to > since)
  const [first = since] = coming
    .map((segment) => segment.from ?? since)
    .toSorted((left, right) => left - right)
  const from = Math.max(since, first) as Instant
  const kept = before.filter((segment) => segment.from === undefined || segment.from < from)
  const ended = kept.map((segment) =>
    segment.to === undefined || segment.to > from ? { ...segment, to: from } : segment,
  )
  const named = coming.map((segment) =>
    withId(segment.from === undefined || segment.from < from ? { ...segment, from } : segment),
  )
  return [...ended, ...named]
}

/** Two cards of one day are told apart, and the same card has the same id whenever it is read. */
function withId(segment: PriceSegment): PriceSegment {
  const { id, readOn: _, source: __, ...says } = segment
  const hash = new Bun.CryptoHasher('sha256').update(JSON.stringify(says)).digest('hex')
  return { ...segment, id: `${id}~${hash.slice(0, 8)}` }
}
