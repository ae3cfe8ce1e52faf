export interface StatusJson {
  readonly version: string
  readonly started_at: string
  /** From when to when the traffic in the store was made up, by `freehold demo`; null: nothing of it was. */
  readonly simulated: { readonly since: string; readonly until: string } | null
  readonly config: {
    readonly path: string | null
    readonly hash: string
    readonly loaded_at: string
    readonly warnings: readonly string[]
    /** Why the file as it stands now was refused; the one before it is in force. */
    readonly refused: readonly string[]
  }
  readonly tasks: readonly {
    readonly name: string
    readonly policy: string
    readonly models: readonly string[]
    /** How much worse a model may be and still be taken for no worse; null where the task does not say. */
    readonly margin: number | null
  }[]
  readonly providers: readonly {
    readonly id: string
    readonly name: string
    readonly base_url: string
    readonly keys: number
    readonly data: string
    readonly jurisdiction: string | null
  }[]
  /**
   * Who is left alone for a while. A provider is 'acme', a model 'acme/large', a credential 'acme#1f3a', and
   * one at a model 'acme/large#1f3a'.
   */
  readonly resting: readonly {
    readonly subject: string
    readonly cause: 'failing' | 'rate' | 'key' | 'quota' | 'arrears'
    readonly wait_ms: number
  }[]
  /** Credentials at models that were refused for their rate, and how fast they are asked since. */
  readonly learned_rates: readonly {
    readonly subject: string
    readonly per_minute: number
    readonly wait_ms: number
  }[]
  readonly ledger: {
    readonly rows: number
    readonly behind_bytes: number
    readonly recovered: number
    readonly journal_faults: number
    readonly payloads_kept: number
    readonly payloads_dropped: number
    readonly disk_free_bytes: number | null
    readonly store_bytes: number
  }
  readonly active_calls: number
}

export interface AlarmJson {
  readonly kind: string
  readonly subject: string
  readonly severity: string
  readonly text: string
  readonly first_at: string
  readonly last_at: string
  readonly count: number
  readonly resolved_at: string | null
}
