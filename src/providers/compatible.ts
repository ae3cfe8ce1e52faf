import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { openaiDoors } from './doors.ts'
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
  doors: openaiDoors({}, { embed: true }),
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
