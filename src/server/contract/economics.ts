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

/** On whom the spending hangs. */
export type ConcentrationJson = ConcentrationReport

/** Which task is worth machines of one's own. */
export type AdviceJson = AdviceReport

/** API against own machines, with the lines of a chart. */
export type BreakEvenJson = BreakEvenStudy
