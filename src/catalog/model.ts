import type { Operation } from '../core/call.ts'
import type { Instant } from '../core/clock.ts'
import type { Decimal } from '../core/money.ts'
import type { Kind } from '../core/usage.ts'

/**
 * USD (or the segment's currency) per million of each kind: tokens, searches, pictures, characters,
 * seconds. A kind that is absent follows the fall-backs of `price.ts`; '0' is free. One price for all
 * pictures: where a seller asks by size and quality, the price is not known.
 */
export type Price = Readonly<Partial<Record<Kind, Decimal>>>

/** A price for the time, hours and days in which it holds. Of several that match, the last wins. */
export interface PriceSegment {
  /** Stands on the ledger as the price's id, behind 'provider/model@'. */
  readonly id: string
  readonly price: Price
  readonly currency: 'USD' | 'CNY'
  /** Inclusive; absent: since ever. */
  readonly from?: Instant
  /** Exclusive; absent: still. */
  readonly to?: Instant
  /** Minutes of the UTC day, start inclusive, end exclusive; may wrap midnight. Absent: all day. */
  readonly windows?: readonly (readonly [number, number])[]
  /** ISO weekdays (1 is Monday) of the instant plus `utcOffsetMinutes`. Absent: every day. */
  readonly days?: readonly number[]
  readonly utcOffsetMinutes?: number
  /** Ordered by bound; each covers the whole request when all its prompt tokens are above the bound. */
  readonly tiers?: readonly PriceTier[]
  readonly source: string
  /** The day the source was read, '2026-08-21'; null for the configuration, which holds while it stands. */
  readonly readOn: string | null
}

export interface PriceTier {
  readonly aboveInputTokens: number
  /** Kinds that are absent keep the segment's price. */
  readonly price: Price
}

export interface OwnMachine {
  readonly gpus: number
  readonly usdPerGpuHour: Decimal
}

export type Modality = 'text' | 'image' | 'audio' | 'video' | 'pdf'

/** What is known of a model at one seller. Null: not known. */
export interface Model {
  /** Id of the provider that sells it. */
  readonly provider: string
  /** The id that is sent to the provider. */
  readonly id: string
  /** Other ids that the provider takes for it at the same price. */
  readonly aliases?: readonly string[]
  readonly name: string | null
  /** Who made it: 'openai', 'deepseek', 'zhipu'. Not who sells it. */
  readonly author: string | null
  readonly openWeights: boolean | null
  readonly licence: string | null
  readonly operations: readonly Operation[]
  /** Tokens. */
  readonly context: number | null
  readonly outputMax: number | null
  /** What goes in and comes out; empty: not known. */
  readonly inputs: readonly Modality[]
  readonly outputs: readonly Modality[]
  readonly tools: boolean | null
  readonly structured: boolean | null
  readonly reasoning: boolean | null
  /** '2026-04-24' */
  readonly released: string | null
  readonly shutdown: string | null
  readonly replacement: string | null
  /** Empty: the price is not known. */
  readonly prices: readonly PriceSegment[]
  /** What it costs where it is not served as it is to everybody: by the seller's word, 'batch', 'flex', 'priority'. */
  readonly modes?: Readonly<Record<string, readonly PriceSegment[]>>
  /** What the price book took for true before: rows on the ledger name these. */
  readonly pricesBefore?: readonly PriceSegment[]
  /** The same of its modes. */
  readonly modesBefore?: Readonly<Record<string, readonly PriceSegment[]>>
  /** Set for machines of one's own: the attempt costs the time that it held them. */
  readonly machine: OwnMachine | null
}
