export interface ModelJson {
  readonly id: string
  readonly provider: string
  /** What it is called in words; null when that is not known. */
  readonly name: string | null
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
