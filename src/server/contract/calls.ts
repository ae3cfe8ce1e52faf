import type { FeedbackJson } from './feedback.ts'

/** /api/calls. Money is decimal text in USD. */

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
  /** What it cost less than without what was done to spend less; negative where it cost more. */
  readonly saved_usd: string | null
  /** What was done: 'cache', 'seller', 'deadline', 'wait', 'batch', or some of them, as in 'wait+batch'. */
  readonly saved_by: string | null
  /** How the provider served it, in its word: 'batch', 'flex', 'priority'; null: as everybody's. */
  readonly mode: string | null
  readonly region: string | null
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
  /** Calls whose words were looked through for `text`; null when none was asked for. */
  readonly looked: number | null
}

/** What a kind of token or unit cost: the card's rate times its number. */
export interface CostLineJson {
  /** 'input', 'cache_read', ...: as in `tokens` and `units`. */
  readonly meter: string
  readonly count: number
  /** Per million of them, in the card's currency. */
  readonly rate: string
  readonly currency: string
  readonly cost_usd: string
}

export interface WholeCallJson extends CallJson {
  /** The request as the caller sent it, masked as the configuration says; null when it was not kept. */
  readonly request: unknown
  /** By the attempt's number. */
  readonly answers: Readonly<Record<string, unknown>>
  /** By the attempt's number; an attempt whose cost does not follow from a card that is known now has none. */
  readonly cost_lines: Readonly<Record<string, readonly CostLineJson[]>>
  /** Where the price was read, by its id. */
  readonly price_sources: Readonly<Record<string, string>>
  /** Why there is no payload, when there is none. */
  readonly payload_note: string | null
  /** What became of the answer, as far as it counts: of each key, name and source what was said last. */
  readonly feedback: readonly FeedbackJson[]
}
