/**
 * OpenAI's embeddings as JSON.
 * @see https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21)
 */
export interface WireAnswer {
  object: 'list'
  data: readonly { object: 'embedding'; index: number; embedding: readonly number[] | string }[]
  model: string
  usage?: { prompt_tokens: number; total_tokens: number }
}
