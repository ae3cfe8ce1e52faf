import type { DatedSegment } from '../catalog/book.ts'
import type { CardDiff } from '../catalog/diff.ts'
import type { Quote } from '../catalog/tables/table.ts'
import type { ChargeLine } from '../control/economics/charge-line.ts'
import { type Instant, isoText } from '../core/clock.ts'
import type { CorrectionKind } from '../core/correction.ts'
import type { PriceKind, PriceRow } from '../store/prices.ts'

/** What /api says of the price book. */

export interface PriceVersionJson {
  readonly id: number
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  readonly kind: PriceKind
  readonly state: PriceRow['state']
  readonly source: string
  readonly read_on: string
  readonly confidence: string
  readonly doubts: readonly string[]
  readonly added_at: string
  readonly known_from: string | null
  readonly known_to: string | null
  readonly segments: readonly SegmentJson[]
}

export interface SegmentJson {
  readonly id: string
  readonly price: Readonly<Record<string, string>>
  readonly currency: string
  readonly from: string | null
  readonly to: string | null
  readonly windows: readonly (readonly [number, number])[] | null
  readonly days: readonly number[] | null
  readonly utc_offset_minutes: number
  readonly tiers: readonly {
    readonly above_input_tokens: number
    readonly price: Readonly<Record<string, string>>
  }[]
  readonly source: string
  readonly read_on: string | null
  /** When it was believed; null: since ever, and still. */
  readonly known_from: string | null
  readonly known_to: string | null
}

/** A card of one model, with all that was ever believed of it. */
export interface CardJson {
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  readonly segments: readonly SegmentJson[]
  /** Ids of the segment that is valid at the instant, as it was believed at the other one. */
  readonly valid: string | null
}

export interface ImportWishJson {
  readonly tables: readonly { readonly source: string; readonly quotes: readonly Quote[] }[]
  readonly kind: PriceKind
  /** RFC 3339; null: now, or for an error of the table as long as the price in force holds. */
  readonly from: string | null
  readonly confidence: PriceRow['confidence']
  readonly read_on: string
  /** Nothing is kept. */
  readonly dry: boolean
}

export interface ProposalJson extends CardDiff {
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  /** From when on it would be another price; null: now. */
  readonly at: string | null
  readonly sources: readonly string[]
  /** Of the card and of each of its moves. */
  readonly all_doubts: readonly string[]
  /** The version in the book; null where nothing is kept. */
  readonly id: number | null
  readonly state: PriceRow['state'] | null
}

export interface ImportJson {
  readonly proposals: readonly ProposalJson[]
  /** Cards that say what is in force. */
  readonly same: number
  /** Models with a price in force, of providers that the tables name, that the tables do not. */
  readonly gone: readonly string[]
  /** Cards of providers that are not live here. */
  readonly elsewhere: number
  /** Why the configuration was not read anew with them; empty when they are in force. */
  readonly refused: readonly string[]
}

export interface ReRatingWishJson {
  readonly since: string
  readonly until: string
  readonly provider: string | null
  readonly kind: CorrectionKind
  readonly dry: boolean
  /** For `usage_error`: what attempts really used. */
  readonly usages: readonly {
    readonly call_id: string
    readonly attempt: number
    readonly tokens: Readonly<Record<string, number>>
  }[]
}

export interface ReRatingJson {
  readonly looked: number
  readonly corrected: number
  /** Their cost was not known before, and is now. */
  readonly newly_known: number
  readonly still_unknown: number
  readonly difference_usd: string
  readonly models: readonly {
    readonly model: string
    readonly corrected: number
    readonly difference_usd: string
  }[]
}

export interface ChargesWish {
  readonly since: Instant
  readonly until: Instant
}

export interface ChargesJson {
  readonly since: string
  readonly until: string
  readonly timezone: string
  readonly lines: readonly ChargeLine[]
  /** Of all rows of that time, told from the rows and not from the lines. */
  readonly rows_usd: string
  readonly coverage: {
    readonly attempts: number
    readonly unknown: number
    readonly free: number
    readonly unsplit: number
  }
}

export interface DriftWishJson {
  readonly provider: string
  /** What the invoice is of: '2026-10'. */
  readonly period: string
  /** The lines that are off by more than may be. */
  readonly drifts: readonly { readonly sku: string; readonly drift: string }[]
}

export function priceVersionJson(
  row: PriceRow,
  segments: readonly DatedSegment[],
): PriceVersionJson {
  const moment = (at: PriceRow['knownFrom']): string | null => (at === null ? null : isoText(at))
  return {
    id: row.id,
    provider: row.provider,
    model: row.model,
    region: row.region,
    mode: row.mode,
    kind: row.kind,
    state: row.state,
    source: row.source,
    read_on: row.readOn,
    confidence: row.confidence,
    doubts: row.doubts,
    added_at: isoText(row.addedAt),
    known_from: moment(row.knownFrom),
    known_to: moment(row.knownTo),
    segments: segments.map(segmentJson),
  }
}

export function segmentJson(segment: DatedSegment): SegmentJson {
  const { from, to, knownFrom, knownTo, windows, days, utcOffsetMinutes, tiers } = segment
  const moment = (at: typeof from): string | null => (at === undefined ? null : isoText(at))
  return {
    id: segment.id,
    price: segment.price,
    currency: segment.currency,
    from: moment(from),
    to: moment(to),
    windows: windows ?? null,
    days: days ?? null,
    utc_offset_minutes: utcOffsetMinutes ?? 0,
    tiers: (tiers ?? []).map(({ aboveInputTokens, price }) => ({
      above_input_tokens: aboveInputTokens,
      price,
    })),
    source: segment.source,
    read_on: segment.readOn,
    known_from: moment(knownFrom),
    known_to: moment(knownTo),
  }
}
