/** From buckets of a twentieth: a value is off by 2.5 % at most. Null when `n` is 0. */
export interface SpreadJson {
  readonly n: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** How fast and how reliable providers were. Counts are exchanges with providers, not calls. */
export interface PerformanceRowJson {
  readonly group: Readonly<Record<string, string | null>>
  readonly attempts: number
  readonly answered: number
  /** No answer through the provider's fault: a 5xx, 408 or 429, silence, or an answer cut off. */
  readonly failed: number
  /** Those of them that were a 429. */
  readonly throttled: number
  /** Of what was answered or failed; null when nothing was. */
  readonly error_rate: number | null
  /** Minutes in which something was answered or failed. */
  readonly minutes: number
  /** The share of them in which something was answered. */
  readonly uptime: number | null
  /** Of streamed answers. */
  readonly ttft_us: SpreadJson
  readonly total_us: SpreadJson
  /** Of streamed answers, after the first content. */
  readonly tokens_per_s: SpreadJson
  /** Tokens of all answers over the time of their whole exchanges. */
  readonly mean_tokens_per_s: number | null
  /** How they are distributed, with `bins`; null without it. */
  readonly bins: {
    readonly ttft_us: readonly BinJson[]
    readonly total_us: readonly BinJson[]
    readonly tokens_per_s: readonly BinJson[]
  } | null
}

/** How many lie from the first value to the second, which is 22 % more. Empty ones are left out. */
export type BinJson = readonly [from: number, to: number, count: number]

export interface PerformanceJson {
  readonly by: readonly string[]
  readonly since: string
  readonly until: string
  readonly timezone: string
  /** What came up to then is in no row: the store is older than these sums. Null when all is. */
  readonly missing_until: string | null
  readonly rows: readonly PerformanceRowJson[]
  readonly total: PerformanceRowJson
}

export interface BenchmarkRowJson extends Omit<PerformanceRowJson, 'group'> {
  readonly model: string
  readonly provider: string
  readonly author: string | null
  readonly context: number | null
  /** Per million tokens, as of now; null when it is not known. */
  readonly price_input: string | null
  readonly price_output: string | null
  readonly currency: string | null
  /** The price depends on the hour or the weekday. */
  readonly by_the_clock: boolean
  readonly price_id: string | null
  readonly price_source: string | null
  /** The day that was read, '2026-08-21'; null where it stands in the configuration. */
  readonly price_read_on: string | null
  /** When other cards came into force within the span. */
  readonly price_changes: readonly string[]
  readonly shutdown: string | null
}

/** The models that were called, those called most first. */
export interface BenchmarkJson {
  readonly since: string
  readonly until: string
  readonly missing_until: string | null
  readonly rows: readonly BenchmarkRowJson[]
}
