import type { AdviceReport } from '../../control/economics/advice-types.ts'
import type { BreakEvenStudy } from '../../control/economics/breakeven-types.ts'
import type { ConcentrationReport } from '../../control/economics/concentration-report.ts'
import type { MarginReport, MarginRow } from '../../control/economics/margin-types.ts'
import type { WhatIfReport } from '../../control/economics/what-if-types.ts'

/** What customers, features or cohorts brought and cost in a month. */
export type MarginJson = MarginReport
export type MarginRowJson = MarginRow

export interface RevenueAddedJson {
  readonly added: number
  /** Those that were there already, the same. */
  readonly known: number
  /** Ids that were there with another customer, span, amount or currency; nothing was changed. */
  readonly conflicts: readonly string[]
}

/** The bill under other prices, beside the one that is. */
export type WhatIfJson = WhatIfReport

/** A change of price that happened, told by those who saw it. */
export interface PriceEventJson {
  readonly id: string
  readonly at: string
  readonly kind: string
  /** The seller, by its name in the catalog. */
  readonly provider: string
  readonly models: readonly string[]
  /** False where the moment is that of a table that changed, not of the seller. */
  readonly effective: boolean
  readonly source: string
  /** Whether a provider of this gateway is this seller. */
  readonly live: boolean
}

/** On whom the spending hangs. */
export type ConcentrationJson = ConcentrationReport

/** Which task is worth machines of one's own. */
export type AdviceJson = AdviceReport

/** API against own machines, with the lines of a chart. */
export type BreakEvenJson = BreakEvenStudy
