/**
 * Anthropic's Messages API as JSON. Types for what is written; what is read is unknown until it was
 * looked at.
 * @see https://docs.claude.com/en/api/messages (read 2026-11-21)
 */
import type { Extra } from '../../core/call.ts'

export interface WireRequest {
  model: string
  max_tokens: number
  messages: readonly WireMessage[]
  [parameter: string]: unknown
}

export interface WireMessage {
  role: 'user' | 'assistant'
  content: string | readonly Extra[]
  [field: string]: unknown
}

export interface WireUsage {
  input_tokens: number
  cache_creation_input_tokens: number
  cache_read_input_tokens: number
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number }
  output_tokens: number
  /** Thinking tokens stand in `output_tokens` as well. */
  output_tokens_details?: { thinking_tokens: number }
}

export interface WireAnswer {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: readonly Extra[]
  stop_reason: string | null
  stop_sequence: string | null
  usage: WireUsage
}

export const id = 'anthropic-messages'
