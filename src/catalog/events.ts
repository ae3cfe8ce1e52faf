import { type Instant, instant } from '../core/clock.ts'
import eventsText from './events/price-events.json' with { type: 'text' }
import type { Price, PriceSegment } from './model.ts'

/** A change of prices that happened, or was announced, with where it was read. */
export interface PriceEvent {
  readonly id: string
  readonly at: Instant
  /** False where the moment is that of a table that changed, not of the seller. */
  readonly effective: boolean
  readonly provider: string
  readonly models: readonly string[]
  readonly kind: string
  /** What held before and from then on. Empty: no figures are known, and nothing can be replayed. */
  readonly before: readonly PriceSegment[]
  readonly after: readonly PriceSegment[]
  readonly source: string
}

interface Row extends Omit<PriceEvent, 'at' | 'before' | 'after'> {
  readonly date: string
  readonly before: readonly SegmentRow[]
  readonly after: readonly SegmentRow[]
}

interface SegmentRow extends Pick<PriceSegment, 'windows' | 'days' | 'utcOffsetMinutes'> {
  readonly id: string
  readonly from?: string
  readonly to?: string
  readonly price: Price
}

let known: readonly PriceEvent[] | null = null

export function priceEvents(): readonly PriceEvent[] {
  if (known !== null) return known
  const { events } = JSON.parse(eventsText as unknown as string) as { events: readonly Row[] }
  known = events.map(({ date, ...row }) => ({
    ...row,
    // A year alone stands for its first day; such events have no figures.
    at: instant(date),
    before: row.before.map((segment) => segmentOf(segment, row.source)),
    after: row.after.map((segment) => segmentOf(segment, row.source)),
  }))
  return known
}

function segmentOf({ from, to, ...row }: SegmentRow, source: string): PriceSegment {
  return {
    ...row,
    currency: 'USD',
    source,
    readOn: null,
    ...(from !== undefined && { from: instant(from) }),
    ...(to !== undefined && { to: instant(to) }),
  }
}
