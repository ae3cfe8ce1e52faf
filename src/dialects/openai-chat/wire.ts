/**
 * OpenAI's chat completions as JSON, with what the servers that claim this dialect add to it. Types
 * for what is written; what is read is unknown until it was looked at.
 * @see https://platform.openai.com/docs/api-reference/chat (read 2026-11-21)
 */
import type { Extra } from '../../core/call.ts'

export interface WireRequest {
  model: string
  messages: readonly WireMessage[]
  [parameter: string]: unknown
}

export interface WireMessage {
  role: string
  content: string | readonly Extra[] | null
  [field: string]: unknown
}

export interface WireToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export interface WireAnswerMessage {
  role: 'assistant'
  content: string | null
  refusal: string | null
  reasoning_content?: string
  /** OpenRouter's way to carry signed and sealed thoughts of other vendors through this dialect. */
  reasoning_details?: readonly WireReasoningDetail[]
  tool_calls?: readonly WireToolCall[]
  annotations?: unknown
}

export interface WireReasoningDetail {
  type: 'reasoning.text' | 'reasoning.encrypted'
  text?: string
  signature?: string
  data?: string
  index: number
}

export interface WireUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: {
    cached_tokens: number
    audio_tokens: number
    cache_write_tokens?: number
  }
  completion_tokens_details: { reasoning_tokens: number; audio_tokens: number }
}

export interface WireAnswer {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: readonly {
    index: number
    message: WireAnswerMessage
    logprobs: unknown
    finish_reason: string | null
  }[]
  usage?: WireUsage
}

export interface WireChunk {
  id: string
  object: 'chat.completion.chunk'
  created: number
  model: string
  choices: readonly {
    index: number
    delta: Extra
    logprobs: unknown
    finish_reason: string | null
  }[]
  usage?: WireUsage | null
}

export const id = 'openai-chat'
