/**
 * OpenAI's Responses API as JSON. Types for what is written; what is read is unknown until it was
 * looked at.
 * @see https://platform.openai.com/docs/api-reference/responses (read 2026-11-21)
 */
import type { Extra } from '../../core/call.ts'

export type WireStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed'

export interface WireUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens?: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}

/** What of an answer is the provider's; the rest repeats what the caller asked for. */
export interface WireAnswer {
  id: string
  model: string
  created_at: number
  status: WireStatus
  output: readonly WireItem[]
  incomplete_details: { reason: 'max_output_tokens' | 'content_filter' } | null
  error: { code: string; message: string } | null
  usage: WireUsage | null
}

export type WireItem = WireMessage | WireReasoning | WireFunctionCall | Extra

export interface WireMessage {
  type: 'message'
  id: string
  status: WireStatus
  role: 'assistant'
  content: readonly WireContent[]
}

export type WireContent =
  | {
      type: 'output_text'
      text: string
      annotations: readonly unknown[]
      logprobs: readonly unknown[]
    }
  | { type: 'refusal'; refusal: string }

export interface WireReasoning {
  type: 'reasoning'
  id: string
  summary: readonly { type: 'summary_text'; text: string }[]
  content?: readonly { type: 'reasoning_text'; text: string }[]
  encrypted_content?: string
}

export interface WireFunctionCall {
  type: 'function_call'
  id: string
  call_id: string
  name: string
  arguments: string
  status: WireStatus
}
