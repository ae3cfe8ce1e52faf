import type { Instant } from '../../core/clock.ts'
import type { LedgerReader, RevenueBook } from '../../store/ports.ts'
import type { EnvironmentChoice } from '../analytics/environments.ts'
import type { Alert } from './bill-alerts.ts'
import type { EconomicsTerms, RentedMachine } from './shared-cost.ts'
import type { CardAt, PriceShock } from './what-if.ts'

export interface WhatIfQuery {
  readonly shocks: readonly PriceShock[]
  /** Of an event that happened; null: none. */
  readonly event: string | null
  /** Replays the event on this model instead of its own; null: its own. */
  readonly on: string | null
  /** Free amounts by provider, drawn down from the first day. */
  readonly credits: readonly { readonly provider: string; readonly usd: bigint }[]
  readonly since: Instant
  readonly until: Instant
  /** From when the shocks hold; null: in all that is looked at. */
  readonly from: Instant | null
  readonly env: EnvironmentChoice
  readonly cash: bigint | null
  /** Margin that has to be left, for the largest rise that can be borne. */
  readonly targetMargin: number
}

export interface WhatIfSources {
  readonly ledger: Pick<LedgerReader, 'spanSums'>
  readonly book: Pick<RevenueBook, 'revenue'>
  readonly terms: EconomicsTerms
  readonly machines: readonly RentedMachine[]
  readonly timezone: string
  readonly now: Instant
  readonly cardAt: CardAt
  /** The vendor behind each live provider, by the provider's name in the file. */
  readonly sellers: ReadonlyMap<string, string>
  /** 'provider/model' of each task, in order. */
  readonly tasks: ReadonlyMap<string, readonly string[]>
}

/** A bill and what it leaves. Amounts are decimal text in USD. */
export interface Outcome {
  readonly bill_usd: string
  readonly contribution_usd: string | null
  /** Of revenue; null without any. */
  readonly margin: number | null
  /** Months; null: unknown, because no cash is entered. 'beyond' the horizon of 60. */
  readonly runway_months: number | 'beyond' | null
  /** Customers who bring less than they cost. */
  readonly losers: number
}

export interface WhatIfReport {
  readonly since: string
  readonly until: string
  readonly timezone: string
  readonly env: string
  readonly what: readonly string[]
  readonly event: {
    readonly id: string
    readonly kind: string
    readonly at: string
    readonly effective: boolean
    readonly source: string
    readonly models: readonly string[]
    /** Where the event's moment falls on the ledger, when it was moved there. */
    readonly moved_to: string | null
  } | null
  readonly ledger_usd: string
  readonly before: Outcome
  readonly after: Outcome
  /** With the next model of each task where that is cheaper. */
  readonly rerouted: (Outcome & { readonly routes: readonly RerouteJson[] }) | null
  /** Margin points that are lost, as a share; null without revenue. */
  readonly margin_loss: number | null
  readonly margin_loss_rerouted: number | null
  readonly turn_negative: readonly {
    readonly customer: string | null
    readonly before_usd: string
    readonly after_usd: string
  }[]
  readonly turn_negative_count: number
  /** Of the struck spending, until only the target margin is left. */
  readonly largest_rise: number | null
  readonly target_margin: number
  readonly struck_usd: string
  readonly struck_share: number | null
  readonly days: readonly {
    readonly day: string
    readonly before_usd: string
    readonly after_usd: string
    readonly rerouted_usd: string
    readonly revenue_usd: string
    readonly margin_before: number | null
    readonly margin_after: number | null
    readonly alerts: readonly Alert[]
  }[]
  readonly credits: readonly {
    readonly provider: string
    readonly usd: string
    readonly used_usd: string
    /** The day on which nothing is left; null: it lasts. */
    readonly ends: string | null
  }[]
  readonly coverage: {
    readonly attempts: number
    readonly cost_unknown: number
    /** Attempts whose new cost cannot be told, because a card does not name what they used. */
    readonly unpriced: number
    readonly share: number | null
  }
  readonly source: string
  readonly confidence: string
  readonly notes: readonly string[]
}

export interface RerouteJson {
  readonly task: string
  readonly from: string
  readonly to: string
  readonly stay_usd: string
  readonly move_usd: string
  readonly moves: boolean
}
