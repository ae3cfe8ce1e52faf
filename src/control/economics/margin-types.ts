import type { Instant } from '../../core/clock.ts'
import type { LedgerReader, RevenueBook } from '../../store/ports.ts'
import type { EnvironmentChoice } from '../analytics/environments.ts'
import type { GroupBy } from './groups.ts'
import type { Payments } from './payments.ts'
import type { RunwayMonth } from './runway.ts'
import type { EconomicsTerms, RentedMachine } from './shared-cost.ts'

/** What is asked of `freehold margin` and GET /api/margin. */
export interface MarginQuery {
  /** '2026-11'; null: the month of now. */
  readonly month: string | null
  readonly by: GroupBy
  readonly env: EnvironmentChoice
  readonly losers: boolean
  /** Picodollars; they go before the file's. */
  readonly cash: bigint | null
  readonly otherCost: bigint | null
  readonly revenueGrowth: number | null
  readonly costGrowth: number | null
}

export interface MarginSources {
  readonly ledger: Pick<LedgerReader, 'spanSums'>
  readonly book: Pick<RevenueBook, 'revenue'>
  readonly terms: EconomicsTerms
  readonly machines: readonly RentedMachine[]
  readonly timezone: string
  readonly now: Instant
}

/** Amounts are decimal text in USD; what is not known or not entered is null. */
export interface MarginRow {
  readonly group: string | null
  readonly revenue_usd: string
  /** Payments in a currency without a known rate: they are in no sum. */
  readonly revenue_unknown: number
  readonly model_cost_usd: string
  readonly fees_usd: string | null
  readonly shared_usd: string
  readonly contribution_usd: string | null
  /** 'at most' while some attempts have no known cost. */
  readonly contribution_is: 'exact' | 'at most' | 'not known' | 'of those known'
  /** Of revenue, 0.42; null without revenue. */
  readonly margin: number | null
  readonly upstream_cents: number | null
  readonly calls: number
  readonly attempts: number
  readonly cost_unknown: number
  /** Share of the attempts whose cost is known; null without attempts. */
  readonly coverage: number | null
  readonly estimated: number
}

export interface MarginReport {
  readonly month: string
  readonly since: string
  readonly until: string
  readonly timezone: string
  /** Share of the month that is over. */
  readonly elapsed: number
  readonly by: GroupBy
  readonly env: string
  readonly rows: readonly MarginRow[]
  /** Rows that were left out, because only the losers were asked for. */
  readonly left_out: number
  readonly total: MarginRow
  /** What is apportioned over the groups by their model cost; the parts add up to it. */
  readonly shared: readonly {
    readonly name: string
    readonly usd: string | null
    readonly source: string
  }[]
  /** Settings that are not entered, and so in no figure. */
  readonly missing: readonly string[]
  /** At the pace of the month so far; null once it is over. */
  readonly pace: {
    readonly model_cost_usd: string
    readonly contribution_usd: string | null
    readonly margin: number | null
  } | null
  readonly upstream: {
    readonly cents: number
    readonly low: number
    readonly high: number
    readonly customers: number
    readonly method: string
  } | null
  /** Running sums, the best first. */
  readonly whale: readonly { readonly groups: number; readonly usd: string }[]
  readonly growth: {
    readonly users: number
    readonly paying: number
    readonly conversion: number
    readonly arpu_usd: string
    readonly cost_per_user_usd: string
    readonly unit_usd: string
    readonly more_users_more_loss: boolean
    readonly break_even_conversion: number | null
    readonly break_even_users: string | null
  } | null
  readonly runway: {
    /** Null: beyond the horizon of 60 months. */
    readonly months: number | null
    readonly by_month: readonly RunwayMonth[]
    readonly cash_usd: string
    readonly revenue_growth: number
    readonly cost_growth: number
    readonly assumes: string
  } | null
  readonly revenue: {
    readonly rows: number
    readonly refunds: number
    readonly refunds_usd: string
    readonly unconverted: Payments['unconverted']
    readonly converted: readonly string[]
    readonly sources: readonly string[]
    readonly newest: string | null
    /** Paid, and no call of theirs is on the ledger in this month. */
    readonly unknown_customers: { readonly count: number; readonly names: readonly string[] }
    /** Paid for the month before, made calls in this one, and no revenue is entered. */
    readonly gaps: { readonly count: number; readonly names: readonly string[] }
  }
  readonly other_environments: readonly {
    readonly env: string | null
    readonly calls: number
    readonly cost_usd: string
  }[]
  readonly cost: { readonly source: string; readonly confidence: string; readonly newest: string }
  readonly notes: readonly string[]
}
