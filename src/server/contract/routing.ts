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
    /** Where that lies, at 95 % after every audit at once, and of how many audits; null before the first. */
    readonly interval: {
      readonly audits: number
      readonly low: number
      readonly high: number
    } | null
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
    /** How often it said what callers were told, at 95 % after every answer at once; null before the first. */
    readonly agreement: {
      readonly compared: number
      readonly ungraded: number
      readonly mean: number | null
      readonly interval: readonly [number, number]
    } | null
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
    /** How long a step lasts, and of how many calls, at least. */
    readonly hold_ms: number
    readonly calls_needed: number
    /** Of each guard since the gateway started, in the thread that was asked. */
    readonly guards: readonly GuardJson[]
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

export interface GuardJson {
  /** As the file calls it: 'error_rate'. */
  readonly guard: string
  readonly limit: number
  /** Calls, or pairs of calls, that told something. */
  readonly count: number
  /** How much more often the canary is wrong; of latency and cost the share of calls beyond the limit. */
  readonly mean: number | null
  /** At 95 % after every call at once. */
  readonly interval: readonly [number, number]
  /** What the mean has to stay below. */
  readonly bound: number
  /** From 0 to 1: enough to take the canary back. */
  readonly evidence: number
}

export interface LearnedJson {
  readonly calls: number
  /** Cost and priced waiting in parts of what the strong model alone costs, with the calibration as a beginning. */
  readonly relative_cost: number
}

export interface RoutesJson {
  readonly routes: readonly RouteJson[]
}

/** Whom a call of a task would ask now, in which order and why. */
export interface PlanJson {
  readonly task: string
  readonly policy: string
  /** As it was asked for: '30s'; null without one. */
  readonly deadline: string | null
  readonly steps: readonly PlanStepJson[]
  /** Whom it would ask were nothing done to spend less; null where that is the first of the steps. */
  readonly usual: string | null
}

export interface PlanStepJson {
  readonly model: string
  /** The tier of service that it would be asked in; null: as everybody asks. */
  readonly mode: string | null
  readonly region: string | null
  readonly reason: string
  /** What the call is likely to cost there; null when there is no price. */
  readonly likely_usd: string | null
  /** Seconds within which 95 of 100 of its last answers came whole; null: too few were seen. */
  readonly answer_p95_s: number | null
  /** Seconds for which it is left alone now; 0 when it may be asked. */
  readonly rests_s: number
}

export interface CalibrationPointJson {
  /** Of the strong model's cost and quality. */
  readonly cost: number
  readonly quality: number
  /** The share of calls that the strong model would answer; null where that says nothing. */
  readonly escalated: number | null
}

/** What the kept policy of a task was chosen from. */
export interface CalibrationJson {
  readonly task: string
  /** Null: the task goes by no fitted policy. */
  readonly calibration: {
    readonly made: string | null
    readonly method: string | null
    readonly reason: string | null
    readonly cheap: readonly string[]
    readonly strong: string
    readonly quality: number
    readonly confidence: number | null
    readonly rows: number | null
    readonly certified_rows: number | null
    readonly operating:
      | (CalibrationPointJson & { readonly cost_interval: readonly [number, number] | null })
      | null
    readonly curve: readonly CalibrationPointJson[]
    readonly models: {
      readonly cheap: CalibrationPointJson
      readonly strong: CalibrationPointJson
    } | null
    readonly oracle: readonly CalibrationPointJson[]
    readonly targets: readonly {
      readonly quality: number
      /** Savings. */
      readonly random: number | null
      readonly oracle: number | null
      readonly curve: number | null
      readonly interval: readonly [number, number] | null
    }[]
  } | null
}
