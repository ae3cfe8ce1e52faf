/** The types of /api: what the commands and the dashboard read. Money is decimal text in USD. */

import type { Model } from '../catalog/model.ts'
import type { ConcentrationReport } from '../control/economics/concentration-report.ts'
import type { MarginReport, MarginRow } from '../control/economics/margin-types.ts'
import type { WhatIfReport } from '../control/economics/what-if-types.ts'

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
  /** What became of the answer, as far as it counts: of each key, name and source what was said last. */
  readonly feedback: readonly FeedbackJson[]
}

export interface FeedbackJson {
  readonly id: string
  readonly at: string
  /** Null when it is about a session. */
  readonly call_id: string | null
  readonly session: string | null
  readonly key: string
  readonly task: string | null
  /** 'provider/model' that answered. */
  readonly model: string | null
  readonly name: string
  readonly source: string
  /** From 0, wrong, to 1, right. */
  readonly score: number | null
  readonly label: string | null
  /** Masked as the configuration says; null also where no words are kept. */
  readonly comment: string | null
  readonly correction: unknown
}

export interface FeedbackPageJson {
  readonly feedback: readonly FeedbackJson[]
  /** To be sent as `before` for the next page; null on the last. */
  readonly next: string | null
}

/** A link of the chain of proven swaps. */
export interface CertificateJson {
  readonly seq: number
  readonly at: string
  readonly task: string
  /** The key of whoever swapped. */
  readonly who: string
  readonly models: { readonly before: readonly string[]; readonly after: readonly string[] }
  readonly config: { readonly before: string; readonly after: string }
  /** What was measured, as the command that measured it said it. */
  readonly proof: Readonly<Record<string, unknown>>
  readonly previous: string
  readonly hash: string
}

export interface CertificatesJson {
  readonly certificates: readonly CertificateJson[]
  /** The first link that does not follow from the one before; null while the chain is whole. */
  readonly broken_at: number | null
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
  /** What answers out of caches cost when a provider gave them, as far as it is known. */
  readonly saved_usd: string
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

/** How a task is routed now. Money is since the policy came into force. */
export interface RouteJson {
  readonly task: string
  readonly policy: string
  /** 'provider/model', from cheap to strong. */
  readonly models: readonly string[]
  /** The policy's file; null when none is named. */
  readonly router: string | null
  /** 'cascade', 'prompt-route', ...; null where nothing is fitted. */
  readonly method: string | null
  readonly proven: boolean
  /** Why the strong model answers alone; null while the policy decides. */
  readonly fallback: string | null
  /** A price, a model or the audits took the proof back: answers from before prove nothing any more. */
  readonly outdated: boolean
  readonly certificate: {
    readonly quality: number
    readonly confidence: number | null
    readonly made: string | null
    readonly rows: number | null
    readonly saving: number | null
    readonly p_value: number | null
  } | null
  readonly guarantee: { readonly quality: number; readonly confidence: number } | null
  /** Under `learn`: how calls are shifted between the policy and the strong model alone. Null where nothing learns. */
  readonly learned: {
    /** With which the policy answers the next call. */
    readonly propensity: number
    readonly policy: LearnedJson
    readonly strong: LearnedJson
  } | null
  /** The command that makes the policy anew; null under policies that need none. */
  readonly renew: string | null
  readonly audit: {
    /** Of the calls, now. */
    readonly share: number
    readonly audits: number
    /** Of which no grader could tell anything. */
    readonly ungraded: number
    /** The share of answers that have to agree with the strong model's. */
    readonly target: number | null
    /** How far above it they are on average; null before the first. */
    readonly margin: number | null
    readonly alarm: boolean
    /** Audits, and calls at the share of now, until a fall by 5 points below the target is noticed. */
    readonly audits_to_notice: number | null
    readonly calls_to_notice: number | null
  } | null
  readonly saved: {
    readonly calls: number
    readonly escalated: number
    readonly fallbacks: number
    readonly unknown: number
    readonly cost_usd: string
    readonly strong_cost_usd: string
    readonly audits_usd: string
    readonly shadow_usd: string
    /** Of all that. Below 0 when routing costs more than it saves. */
    readonly net_usd: string
  } | null
  readonly shadow: {
    readonly model: string
    readonly share: number
    readonly answers: number
    readonly today_usd: string
    readonly cap_usd: string
  } | null
  readonly canary: {
    readonly model: string
    /** From 1. */
    readonly step: number
    readonly steps: readonly number[]
    readonly share: number
    readonly calls: number
    readonly since: string
    readonly promoted: boolean
    readonly rolled_back: string | null
  } | null
  /** What users said of answers, by model: since the step of the canary began, where there is one. */
  readonly success: readonly {
    readonly model: string
    readonly scores: number
    readonly mean: number
    readonly interval: readonly [number, number]
  }[]
  /** Audits and shadows that were drawn and could not be asked. */
  readonly skipped: number
}

export interface LearnedJson {
  readonly calls: number
  /** Cost and priced waiting in parts of what the strong model alone costs, with the calibration as a beginning. */
  readonly relative_cost: number
}

export interface RoutesJson {
  readonly routes: readonly RouteJson[]
}

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
}

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

/** The bill under other prices, beside the one that is. */
export type WhatIfJson = WhatIfReport

/** Calls of the past, packed: `ids` are 16 bytes each, `values` 64-bit floats by `columns`, both in base64. */
export interface ReplayCallsJson {
  readonly looked: number
  /** To be sent as `after` for the next page; null on the last. */
  readonly next: string | null
  readonly ids: string
  readonly values: string
  readonly columns: readonly string[]
  /** What the columns `model` and `task` count in. */
  readonly models: readonly string[]
  readonly tasks: readonly (string | null)[]
}

export interface ReplayModelsJson {
  readonly models: readonly {
    readonly id: string
    /** Whether its provider is configured. */
    readonly live: boolean
    /** Null: the catalog does not know it. */
    readonly model: Model | null
  }[]
}

/** On whom the spending hangs. */
export type ConcentrationJson = ConcentrationReport
