/**
 * Gemini's generateContent as JSON. Types for what is written; what is read is unknown until it was
 * looked at.
 * @see https://ai.google.dev/api/generate-content (read 2026-11-21)
 */
import type { Extra } from '../../core/call.ts'

export interface WireRequest {
  contents: readonly WireContent[]
  [parameter: string]: unknown
}

export interface WireContent {
  role: 'user' | 'model'
  parts: readonly WirePart[]
}

export interface WirePart {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  inlineData?: { mimeType: string; data: string }
  fileData?: { mimeType?: string; fileUri: string }
  functionCall?: { id: string; name: string; args: Extra }
  functionResponse?: { id: string; name: string; response: Extra; parts?: readonly WirePart[] }
}

export interface WireUsage {
  promptTokenCount: number
  candidatesTokenCount: number
  totalTokenCount: number
  cachedContentTokenCount?: number
  /** Beside the candidates' count, not in it. */
  thoughtsTokenCount?: number
  promptTokensDetails: readonly WireModality[]
  candidatesTokensDetails?: readonly WireModality[]
}

export interface WireModality {
  modality: string
  tokenCount: number
}

export interface WireCandidate {
  content?: { role: 'model'; parts: readonly (WirePart | Extra)[] }
  finishReason?: string
  index: number
  logprobsResult?: unknown
}

export interface WireAnswer {
  candidates: readonly WireCandidate[]
  usageMetadata?: WireUsage
  modelVersion: string
  responseId: string
}
