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
