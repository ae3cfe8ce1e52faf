/** How far a check of the ledger is, or what it found. */
export interface CheckupJson {
  readonly state: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  readonly error: string | null
  /** Null unless it runs; `of` is null while it is not known. */
  readonly progress: {
    readonly check: string
    readonly done: number
    readonly of: number | null
  } | null
  readonly report: LedgerReportJson | null
}

export interface LedgerReportJson {
  readonly ok: boolean
  readonly checks: readonly {
    readonly name: string
    /** What holds when the check passes. */
    readonly promise: string
    readonly looked: number
    readonly failed: number
    /** The first twenty. */
    readonly failures: readonly { readonly where: string; readonly says: string }[]
  }[]
  readonly completeness: {
    readonly rows: number
    readonly calls: number
    readonly since: string | null
    readonly until: string | null
    /** Attempts whose process died: what became of them is not known. */
    readonly unknown_outcome: number
    readonly unknown_cost: number
    readonly estimated: number
    /** Attempts that are in the sums, and whose rows were deleted because they were old. */
    readonly expired: number
    readonly rejected: number
    readonly journal_faults: number
    readonly segments: number
    readonly segments_unlinked: number
    /** Rows that the journal still holds, and that were compared with it. */
    readonly rows_in_journal: number
    readonly under_way: number
    readonly costs_unchecked: number
  }
}
