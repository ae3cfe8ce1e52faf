/** What stands behind a task, as the file says it now. */
export interface TaskJson {
  readonly name: string
  readonly policy: string
  /** Open weights whose sellers are the models; null where models are named. */
  readonly weights: string | null
  /** In the order of the file: from cheap to strong under a policy that routes. */
  readonly models: readonly TaskModelJson[]
  readonly sticky: string | null
  /** Milliseconds; those that the file sets. */
  readonly timeouts: Readonly<Record<string, number>>
  /** What a provider must promise of prompts; null: nothing. */
  readonly data: string | null
  readonly not_in: readonly string[]
  readonly strict: boolean
  readonly margin: number | null
  readonly cache: { readonly ttl_ms: number; readonly scope: string } | null
  /** After how long, or beyond which share of the model's own times, a second model is asked. */
  readonly hedge: {
    readonly after_ms: number | null
    readonly quantile: number | null
    readonly most: number
  } | null
  readonly resume: boolean
  /** The file of the fitted policy. */
  readonly router: string | null
  readonly guarantee: { readonly quality: number; readonly confidence: number } | null
}

export interface TaskModelJson {
  readonly model: string
  readonly provider: string
  /** Its part of the traffic, from 0 to 1; null where shares are not drawn. */
  readonly share: number | null
  readonly open_weights: boolean | null
  readonly jurisdiction: string | null
  readonly data: string
  readonly context: number | null
  readonly price_input: string | null
  readonly price_output: string | null
  readonly currency: string | null
  readonly shutdown: string | null
}

export interface TasksJson {
  readonly tasks: readonly TaskJson[]
}

/** What a swap would change, before anybody changes it. */
export interface SwapPlanJson {
  readonly task: string
  /** The configuration's name, without its folders. */
  readonly file: string
  /** Line at which the task begins in it. */
  readonly line: number
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** The task's own text, now and then. */
  readonly text_before: string
  readonly text_after: string
}
