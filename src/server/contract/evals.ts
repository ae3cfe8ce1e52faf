/** /api/evals: runs of evaluations, as `freehold eval` and `freehold swap --prove` left them. */

/** A mean with its interval; null where no case has a verdict, or too few. */
export interface EstimateJson {
  readonly mean: number | null
  readonly interval: readonly [low: number, high: number] | null
  readonly standard_error: number | null
  /** Cases with a verdict. */
  readonly n: number
  readonly clusters: number
  readonly method: string
}

export interface EvalModelJson {
  readonly model: string
  /** Who answered, when a task was asked, and how often. */
  readonly answered_by: Readonly<Record<string, number>>
  readonly score: EstimateJson
  readonly scores: EstimateJson
  readonly passes: EstimateJson
  readonly metrics: Readonly<Record<string, EstimateJson>>
  readonly variants: Readonly<Record<string, EstimateJson>>
  readonly cases: number
  /** Cases without a verdict, by why. */
  readonly missing: Readonly<Record<string, number>>
  readonly conclusive: boolean
  readonly calls: number
  readonly failures: number
  readonly cost_per_1000_usd: string | null
  readonly cost_unknown: number
  readonly spent_usd: string
  readonly grading_usd: string | null
  readonly latency_ms: { readonly p50: number | null; readonly p95: number | null }
  readonly tokens: { readonly input: number | null; readonly output: number | null }
  readonly cut_off: number
  readonly refusals: number
}

export interface EvalComparisonJson {
  readonly model: string
  readonly reference: string
  /** Model minus reference. */
  readonly difference: EstimateJson
  readonly wins: number
  readonly losses: number
  readonly ties: number
  readonly p_value: number | null
  readonly test: string
  readonly verdict: 'better' | 'no worse' | 'worse' | 'open' | 'no verdict'
  /** The verdict as a sentence. */
  readonly says: string
  readonly power: number | null
  readonly more_cases: number | null
}

export interface FigureJson {
  readonly estimate: number
  readonly interval: readonly [low: number, high: number]
}

export interface CalibrationJson {
  readonly identity: string
  readonly judges: readonly string[]
  readonly at: string
  readonly valid_until: string
  readonly labels: number
  readonly counts: {
    readonly truePositives: number
    readonly positives: number
    readonly trueNegatives: number
    readonly negatives: number
  }
  readonly silent: number
  readonly tpr: FigureJson | null
  readonly tnr: FigureJson | null
  readonly kappa: FigureJson | null
  readonly position_bias: FigureJson | null
  readonly length_slope: FigureJson | null
}

export interface EvalJudgeJson {
  readonly judges: readonly string[]
  readonly calibration: CalibrationJson | null
  /** Why nothing is concluded from its word; null where its errors are reckoned out. */
  readonly no_verdict: string | null
  /** The share of answers that the judge itself called right, by model. */
  readonly said: Readonly<Record<string, EstimateJson>>
  readonly calibration_usd: string | null
  readonly notes: readonly string[]
}

/** What a run found, without its cases. */
export interface EvalRunJson {
  readonly id: string
  readonly name: string
  readonly file: string
  readonly format: string
  /** When it ended. */
  readonly at: string
  /** What is averaged. */
  readonly metric: 'score' | 'pass'
  readonly margin: number
  readonly alpha: number
  readonly repeats: number
  readonly seed: number
  readonly conclusive: boolean
  readonly cases: number
  readonly calls: number
  /** Calls that were answered by an earlier run. */
  readonly kept: number
  readonly spent_usd: string
  readonly notes: readonly string[]
  readonly models: readonly EvalModelJson[]
  /** Each model but the first beside the first. */
  readonly comparisons: readonly EvalComparisonJson[]
  readonly judge?: EvalJudgeJson
}

/** A case in the list of its run. */
export interface EvalCaseRowJson {
  readonly id: string
  readonly description: string | null
  /** Of each model in the run's order, the mean over its repeats; null: no verdict. */
  readonly values: readonly (number | null)[]
}

export interface EvalRunWholeJson extends EvalRunJson {
  /** In the order in which `case` counts them. */
  readonly rows: readonly EvalCaseRowJson[]
  readonly ungradable: readonly { readonly id: string; readonly why: string | null }[]
}

export interface EvalCheckJson {
  readonly name: string
  readonly metric: string
  readonly score: number | null
  readonly passed: boolean | null
  readonly why: string
  readonly details?: readonly {
    readonly where: string
    readonly expected: string
    readonly found: string
  }[]
}

export interface EvalAnswerJson {
  readonly model: string
  readonly repeat: number
  readonly kept: boolean
  /** Why nobody answered. */
  readonly failure: string | null
  readonly answer?: {
    readonly call_id: string | null
    readonly answered_by: string | null
    readonly text: string
    readonly refusal: string | null
    readonly tool_calls: unknown
    readonly finish: string | null
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly cost_usd: string | null
    readonly latency_ms: number
  }
  readonly grade?: {
    readonly score: number | null
    readonly passed: boolean | null
    readonly checks: readonly EvalCheckJson[]
    readonly cost_usd: string | null
  }
}

/** One case with all its answers. Its words are those of callers and models. */
export interface EvalCaseJson {
  readonly id: string
  readonly description: string | null
  readonly line: number
  readonly cluster: string
  readonly variant: string | null
  readonly vars: Readonly<Record<string, unknown>>
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly params: unknown
  readonly expected?: unknown
  readonly answers: readonly EvalAnswerJson[]
  /** Its words were erased with those of its customer. */
  readonly erased?: boolean
}

/** How a judge did on answers that people had labelled. */
export interface JudgeCalibrationJson extends CalibrationJson {
  /** Whether it still counts. */
  readonly valid: boolean
}

export interface EvalsJson {
  readonly runs: readonly EvalRunJson[]
  readonly judges: readonly JudgeCalibrationJson[]
}
