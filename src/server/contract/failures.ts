/** Attempts that a provider was asked and that had no answer, of the same kind. */
export interface FailureJson {
  readonly provider: string | null
  /** 'provider_error', 'timeout', 'unreachable', ... */
  readonly end_state: string
  readonly error_code: string | null
  readonly status: number | null
  readonly count: number
  readonly models: readonly string[]
  readonly last_at: string
  readonly last_call: string
  /** As the ledger keeps it: what a provider said, masked. */
  readonly last_text: string | null
}

export interface FailuresJson {
  readonly since: string
  readonly until: string
  /** Calls with such an attempt among the last failed calls of the time. */
  readonly looked: number
  /** False where there were more of them. */
  readonly whole: boolean
  /** Those met most first. */
  readonly failures: readonly FailureJson[]
}

/** A provider as the file says it, with the rates that it is asked at most. */
export interface ProviderJson {
  readonly id: string
  readonly name: string
  readonly base_url: string
  readonly region: string | null
  readonly jurisdiction: string | null
  readonly data: string
  readonly keys: number
  readonly rate: {
    readonly requests_per_min: number | null
    readonly tokens_per_min: number | null
    readonly concurrent: number | null
  } | null
  /** Tasks that may ask it. */
  readonly tasks: readonly string[]
}

export interface ProvidersJson {
  readonly providers: readonly ProviderJson[]
}
