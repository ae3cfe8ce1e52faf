import type { CorrectionKind } from '../../core/correction.ts'
import { usd } from '../../core/money.ts'

/** A line of what was charged, as /api gives it and every export takes it. Amounts are decimal text. */
export interface ChargeLine {
  /** First instants of the day and of the next, RFC 3339. */
  readonly day: string
  readonly day_end: string
  /** Of the month that the day is in. */
  readonly month: string
  readonly month_end: string
  readonly provider: string | null
  readonly model: string | null
  /** Who made the model. */
  readonly author: string | null
  readonly region: string
  readonly mode: string
  /** Bound of the context tier; 0 for the base price. */
  readonly above_input_tokens: number
  /** Null where the cost cannot be told by meter: machines by the hour, corrections, prices that are gone. */
  readonly meter: string | null
  readonly price_id: string | null
  /** Per million, in `currency`. */
  readonly unit_price: string | null
  readonly currency: string
  readonly source: string | null
  readonly cost_source: string
  readonly customer: string | null
  readonly feature: string | null
  readonly purpose: string
  readonly correction: CorrectionKind | null
  /** The month of the attempt that was corrected; null for all else. */
  readonly corrected_month: string | null
  readonly units: string
  readonly attempts: number
  readonly cost_usd: string
}

/** Picodollars of a decimal text, which may be negative. */
export function picodollars(text: string): bigint {
  return text.startsWith('-') ? -usd(text.slice(1)) : usd(text)
}
