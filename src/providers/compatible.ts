import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { geminiDoors, openaiDoors } from './doors.ts'
import { bearer, header, type Provider } from './provider.ts'

/** Any base URL from the configuration that speaks a known dialect. */
const anyone = {
  kind: 'compatible',
  baseUrl: null,
  keyNames: [],
  keyOptional: true,
  data: 'any',
  source: 'the configuration',
} as const

export const openaiCompatible: Provider = {
  ...anyone,
  id: 'openai-compatible',
  name: 'OpenAI-compatible',
  sign: bearer,
  doors: openaiDoors(
    {},
    { embed: true, rerank: true, images: {}, speech: true, transcribe: 'both' },
  ),
}

/** Whether it keeps conversations is not known, and so the gateway does. */
export const responsesCompatible: Provider = {
  ...anyone,
  id: 'openai-responses-compatible',
  name: 'OpenAI-Responses-compatible',
  sign: bearer,
  doors: { chat: [{ dialect: openaiResponses }] },
}

export const anthropicCompatible: Provider = {
  ...anyone,
  id: 'anthropic-compatible',
  name: 'Anthropic-compatible',
  sign: header('x-api-key'),
  doors: { chat: [{ dialect: anthropicMessages }] },
  headers: { 'anthropic-version': '2023-06-01' },
  passHeaders: ['anthropic-version', 'anthropic-beta'],
}

export const geminiCompatible: Provider = {
  ...anyone,
  id: 'gemini-compatible',
  name: 'Gemini-compatible',
  sign: header('x-goog-api-key'),
  doors: geminiDoors({}),
}
