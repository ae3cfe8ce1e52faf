import type { Instant } from '../core/clock.ts'

/** Why a price is put into the book. Only a `price_change` leaves the past as it was. */
export const priceKinds = ['price_change', 'table_error', 'contract'] as const

export type PriceKind = (typeof priceKinds)[number]

/** What somebody wants the book to say of one model at one seller. */
export interface PriceDraft {
  readonly provider: string
  readonly model: string
  /** 'standard' where the seller has one price everywhere. */
  readonly region: string
  /** 'standard', 'batch', 'priority', 'flex'. */
  readonly mode: string
  readonly kind: PriceKind
  /** JSON text of all segments of the card: the times at which the vendor charges them stand in it. */
  readonly body: string
  readonly source: string
  /** The day the source was read, '2026-11-22'. */
  readonly readOn: string
  readonly confidence: 'invoice' | 'vendor-page' | 'table' | 'guess'
  /** Why it is held back until somebody confirms it; empty when nothing speaks against it. */
  readonly doubts: readonly string[]
}

/**
 * A version of a card. `knownFrom` to `knownTo` is the time in which it was believed; a version that is
 * replaced is closed and stays.
 */
export interface PriceRow extends PriceDraft {
  readonly id: number
  readonly addedAt: Instant
  readonly state: 'held' | 'known' | 'rejected'
  /** Null until it is known. */
  readonly knownFrom: Instant | null
  /** Null while it is the last of its card. */
  readonly knownTo: Instant | null
}

export interface PriceBook {
  /** Every version there ever was, the first first. */
  prices(): Promise<readonly PriceRow[]>
  /** One without doubts is known from now on, and closes the version before it; others are held. */
  addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]>
  /** @returns the version as it is now; null when none of this id is held */
  decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null>
}

/** Versions of one card have this in common. */
export function cardOf({ provider, model, region, mode }: PriceDraft): string {
  return JSON.stringify([provider, model, region, mode])
}
