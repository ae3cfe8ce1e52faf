/**
 * OpenAI's older completions as JSON, with what the engines that claim this dialect add to it. Types
 * for what is written; what is read is unknown until it was looked at.
 * @see https://platform.openai.com/docs/api-reference/completions (read 2026-11-22)
 */

/** One list a column: the fifth token has the fifth probability and the fifth place in the text. */
export interface WireLogprobs {
  tokens: readonly string[]
  token_logprobs: readonly (number | null)[]
  /** Null where no alternatives were asked for, and for the first token of an echoed prompt. */
  top_logprobs: readonly Readonly<Record<string, number>>[]
  /** Where each token begins, in characters of the text. */
  text_offset: readonly number[]
}

export interface WireChoice {
  text: string
  index: number
  logprobs: WireLogprobs | null
  finish_reason: string | null
}

export interface WireUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: { cached_tokens: number }
  completion_tokens_details?: { reasoning_tokens: number }
}

/** A whole answer and a chunk of a stream have one shape. */
export interface WireAnswer {
  id: string
  object: 'text_completion'
  created: number
  model: string
  choices: readonly WireChoice[]
  usage?: WireUsage | null
}
