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
