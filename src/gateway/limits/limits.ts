import type { Money } from '../../core/money.ts'

export type Period = 'day' | 'week' | 'month' | 'total'

export interface BudgetLimit {
  readonly limit: Money
  readonly per: Period
}

/** Null: no limit of that kind. */
export interface RateLimit {
  readonly requests: Pace | null
  readonly tokens: Pace | null
  readonly concurrent: number | null
}

/** '600/min' is 600 in 60,000 ms. */
export interface Pace {
  readonly count: number
  readonly perMs: number
}

/** What bounds whoever or whatever it stands on; null where nothing does. */
export interface Bounds {
  readonly budget: BudgetLimit | null
  readonly rate: RateLimit | null
}
