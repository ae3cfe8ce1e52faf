/**
 * Cohere's chat, version 2, as JSON. Types for what is written; what is read is unknown until it was
 * looked at.
 * @see https://docs.cohere.com/reference/chat (read 2026-11-22)
 */
import type { Extra } from '../../core/call.ts'

export interface WireRequest {
  model: string
  messages: readonly WireMessage[]
  [parameter: string]: unknown
}

export interface WireMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content?: string | readonly Extra[]
  [field: string]: unknown
}

export interface WireToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export interface WireUsage {
  billed_units: { input_tokens: number; output_tokens: number }
  tokens: { input_tokens: number; output_tokens: number; reasoning_tokens?: number }
  cached_tokens?: number
}

export interface WireAnswer {
  id: string
  message: {
    role: 'assistant'
    content?: readonly Extra[]
    tool_calls?: readonly WireToolCall[]
    citations?: unknown
  }
  finish_reason: string | null
  usage?: WireUsage
  logprobs?: unknown
}
