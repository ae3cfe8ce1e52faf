import type { Instant } from '../core/clock.ts'

/**
 * What a customer paid, or was paid back, for a span of days. Rows are only added: what was wrong is
 * put right by a further row. Days are those of the store's time zone, both inclusive.
 */
export interface RevenueRow {
  /** Of whoever keeps the books: the same row comes twice and is one. */
  readonly id: string
  readonly customer: string
  /** '2026-11-01' */
  readonly from: string
  readonly to: string
  /** Millionths of the currency; negative for a refund. */
  readonly amountMicro: bigint
  /** 'USD' */
  readonly currency: string
  readonly plan: string | null
  readonly cohort: string | null
  /** Where it is from: the name of a file, of an accounting system. */
  readonly source: string
  /** When it was taken in. */
  readonly at: Instant
}

export interface RevenueSpan {
  /** Days, both inclusive. */
  readonly from: string
  readonly to: string
}

export interface RevenueAdded {
  readonly added: number
  /** Rows that were there already, the same in all that counts. */
  readonly known: number
  /** Ids that were there with another customer, span, amount or currency: nothing was changed. */
  readonly conflicts: readonly string[]
}

/** Where two rows of one id differ in what counts; null where they do not. */
export function conflictOf(known: RevenueRow, given: RevenueRow): keyof RevenueRow | null {
  const names = ['customer', 'from', 'to', 'amountMicro', 'currency'] as const
  return names.find((name) => known[name] !== given[name]) ?? null
}
