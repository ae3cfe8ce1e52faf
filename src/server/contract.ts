/** The types of /api: what the commands and the dashboard read. Money is decimal text in USD. */

export interface AttemptJson {
  readonly call_id: string
  readonly attempt: number
  readonly at: string
  readonly key: string
  readonly env: string | null
  readonly customer: string | null
  readonly feature: string | null
  readonly session: string | null
  readonly operation: string
  readonly dialect: string
  readonly model_asked: string
  readonly task: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly model_served: string | null
  readonly credential: string | null
  readonly role: string
  readonly policy: string | null
  readonly reason: string | null
  readonly config_hash: string
  readonly adapted: string | null
  readonly tokens: Readonly<Record<string, number>> | null
  /** What is no tokens: searches, pictures, characters, seconds. */
  readonly units: Readonly<Record<string, number>> | null
  readonly usage_source: string
  readonly usage_raw: unknown
  readonly cost_usd: string | null
  readonly cost_source: string
  readonly price_id: string | null
  readonly reported_usd: string | null
  readonly stream: boolean
  readonly status: number | null
  readonly end_state: string
  readonly error_code: string | null
  readonly error_text: string | null
  readonly finish: string | null
  readonly tool_calls: number | null
  readonly answer_id: string | null
  readonly timings_us: {
    readonly queue: number | null
    readonly connect: number | null
    readonly first_byte: number | null
    readonly first_content: number | null
    readonly total: number | null
    readonly overhead: number | null
  }
  /** What the answer cost when a provider gave it, where it came from the cache. */
  readonly saved_usd: string | null
}

/** A call is the attempts that share its id. */
export interface CallJson {
  readonly id: string
  readonly at: string
  readonly task: string | null
  readonly model_asked: string
  /** 'provider/model' of the attempt that answered; null when none did. */
  readonly model: string | null
  readonly ok: boolean
  readonly end_state: string
  readonly error_code: string | null
  /** The sum over all attempts; null when some of it is not known. */
  readonly cost_usd: string | null
  readonly attempts: readonly AttemptJson[]
}

export interface CallsJson {
  readonly calls: readonly CallJson[]
  /** To be sent as `before` for the next page; null on the last. */
  readonly next: string | null
}

export interface WholeCallJson extends CallJson {
  /** The request as the caller sent it, masked as the configuration says; null when it was not kept. */
  readonly request: unknown
  /** By the attempt's number. */
  readonly answers: Readonly<Record<string, unknown>>
  /** Why there is no payload, when there is none. */
  readonly payload_note: string | null
}

export interface CostRowJson {
  readonly group: Readonly<Record<string, string | null>>
  readonly calls: number
  readonly attempts: number
  readonly errors: number
  readonly tokens: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, number>>
  /** The sum of all costs that are known. */
  readonly cost_usd: string
  /** Attempts whose cost is not known and not in the sum. */
  readonly cost_unknown: number
  readonly estimated: number
}

export interface CostsJson {
  /** What the rows are of: the time that was asked for, in whole hours of the store's time zone. */
  readonly since: string
  readonly until: string
  readonly timezone: string
  readonly by: readonly string[]
  readonly rows: readonly CostRowJson[]
  /** True when there were more rows: the dearest are given, `total` is of all. */
  readonly cut: boolean
  readonly total: CostRowJson
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

export interface KeyJson {
  readonly id: string
  readonly role: string
  readonly env: string | null
  readonly tasks: readonly string[] | null
  readonly budget: { readonly limit: string; readonly per: string } | null
  /** 'file' or 'store' */
  readonly source: string
  readonly hint: string | null
  readonly created_at: string | null
  readonly revoked_at: string | null
}

export interface ModelJson {
  readonly id: string
  readonly provider: string
  readonly author: string | null
  readonly open_weights: boolean | null
  readonly licence: string | null
  readonly jurisdiction: string | null
  readonly data: string
  readonly operations: readonly string[]
  readonly context: number | null
  readonly output_max: number | null
  readonly inputs: readonly string[]
  readonly tools: boolean | null
  readonly reasoning: boolean | null
  readonly shutdown: string | null
  /** Per million tokens, searches, pictures, characters or seconds, as of now; null when not known. */
  readonly price: Readonly<Record<string, string>> | null
  readonly currency: string | null
  readonly price_id: string | null
  readonly price_source: string | null
}

export interface StatusJson {
  readonly version: string
  readonly started_at: string
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
