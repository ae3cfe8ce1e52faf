/** What was spent of a budget in the window that it is in now. */
export interface BudgetJson {
  readonly scope: 'key' | 'customer' | 'feature' | 'task' | 'provider'
  readonly value: string
  readonly limit_usd: string
  readonly per: string
  readonly since: string
  /** Null: it never begins anew. */
  readonly until: string | null
  readonly spent_usd: string
  /** Attempts in the window whose cost is not known: they are not in what was spent. */
  readonly cost_unknown: number
  /** Of the limit; 1 and more is all of it. */
  readonly share: number
}

export interface BudgetsJson {
  /** The fullest first, and no more than the first 500. */
  readonly budgets: readonly BudgetJson[]
}

/** What the first page shows and no other path says. */
export interface OverviewJson {
  /**
   * What the gateway itself took of the last calls of the time, up to 300 of them. Streamed ones are left out:
   * their rows count the pauses between events as well.
   */
  readonly overhead_us: {
    readonly calls: number
    readonly p50: number | null
    readonly p95: number | null
  }
  /** Models behind tasks that their sellers will shut down, the soonest first. */
  readonly ending: readonly {
    readonly task: string
    readonly model: string
    readonly shutdown: string
  }[]
}
