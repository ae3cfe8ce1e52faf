import type { RentCase } from './breakeven-types.ts'

/** Whether own machines are worth a look, task by task; raised only where all of it holds. */
export interface AdviceReport {
  /** False where the file switches the daily look off. */
  readonly watched: boolean
  readonly env: string
  /** Whole days that were looked at. */
  readonly since: string
  readonly until: string
  readonly tasks: readonly TaskAdvice[]
  readonly notes: readonly string[]
}

export interface TaskAdvice {
  readonly task: string
  readonly holds: boolean
  /** What there is not yet, in sentences; empty where it holds. */
  readonly missing: readonly string[]
  readonly days_seen: number
  readonly days_needed: number
  /** Standard deviation of the weeks per their mean; null: fewer than two whole weeks. */
  readonly variation: number | null
  readonly variation_most: number
  /** Calls in each of three months, the first first. */
  readonly months: readonly number[]
  /** The least of the months that were seen whole; of less than a month its pace. */
  readonly least_month: number
  readonly break_even: AdviceBreakEven | null
  /** What is said, in one piece. */
  readonly text: string
  /** Shows the whole study; null where there is none to show. */
  readonly command: string | null
}

export interface AdviceBreakEven {
  /** The open weights that own machines would serve. */
  readonly weights: string
  readonly machine: string
  readonly rent_per_gpu_hour: string
  readonly first: string | null
  /** Calls a month from which own machines are cheaper for good; null: never. */
  readonly sustained_from: string | null
  readonly why: string | null
  /** What the lowest and the highest offer of the card make of it. */
  readonly by_rent: { readonly lowest: RentCase; readonly highest: RentCase } | null
  readonly api_per_month: string
  readonly own_per_month: string
  /** Share of the attempts whose cost is known. */
  readonly cost_coverage: number | null
  /** Share of the calls that are longer than those that were measured; null: no single calls are kept. */
  readonly beyond: number | null
}
