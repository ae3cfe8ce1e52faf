import type { Extra } from './extra.ts'
import type { Measured } from './usage.ts'

/** Texts and pictures to be judged by the provider's policies. */
export interface Moderate {
  readonly operation: 'moderate'
  /** OpenAI's `input` as it came: a text, a list of texts, or a list of parts. */
  readonly input: unknown
  readonly extra: Extra
}

export interface ModerateReply {
  readonly operation: 'moderate'
  readonly id: string | null
  readonly model: string | null
  /** One for each input, in their order, in OpenAI's shape. */
  readonly results: readonly Extra[]
  readonly measured: Measured | null
  readonly extra: Extra
}
