import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** They think unless they are told not to. */
const thinkers = /^deepseek-(?:v[4-9]|flash|pro|reasoner)/

/**
 * Thinking is switched off by a word of its own; `high` and `max` are its efforts, and it takes `low`
 * and `medium` for the first.
 * @see https://api-docs.deepseek.com/guides/thinking_mode (read 2026-11-22)
 */
const efforts: readonly ParameterRule[] = [
  { name: 'reasoning_effort', does: { kind: 'map', values: { minimal: 'low', xhigh: 'max' } } },
  {
    name: 'reasoning_effort',
    where: { name: 'reasoning_effort', is: ['none'] },
    does: { kind: 'rename', to: 'thinking' },
  },
  { name: 'thinking', does: { kind: 'map', values: { none: { type: 'disabled' } } } },
]

/** A request that has waited for ten minutes is closed; empty lines keep it open until then. */
export const deepseek: Provider = {
  id: 'deepseek',
  name: 'DeepSeek',
  kind: 'vendor',
  baseUrl: 'https://api.deepseek.com',
  sign: bearer,
  keyNames: ['DEEPSEEK_API_KEY'],
  doors: openaiDoors(
    {
      parameters: [
        { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
        ...efforts,
      ],
      developerRole: 'system',
      cachesUnasked: true,
      // V4, under each of its names, refuses turns without their thoughts; R1 refuses those with.
      reasoningEcho: {
        models: /^deepseek-(?:v[4-9]|flash|pro|chat|reasoner)/,
        field: 'reasoning_content',
        standIn: ' ',
        everyTurn: true,
      },
      thoughts: { models: /r1/i, refused: ['reasoning_content'] },
      refuses: ['schema'],
      // While it thinks it refuses to be forced to a tool (deepseek-ai/DeepSeek-V3#1376).
      emulates: { schema: { by: 'json' }, n: {}, toolChoice: { models: thinkers, thinking: true } },
    },
    {
      messagesAt: 'https://api.deepseek.com/anthropic/v1',
      messages: { thoughts: { models: thinkers, unasked: true } },
      // It keeps nothing, and the older names are not taken there.
      responses: {
        models: /^deepseek-v[4-9]/,
        quirks: {
          cachesUnasked: true,
          refuses: ['schema'],
          emulates: { schema: { by: 'prompt' } },
          thoughts: { go: 'content' },
        },
      },
    },
  ),
  errors: [
    { class: 'arrears', status: 402 },
    { class: 'content', message: /content exists risk/i },
  ],
  data: 'any',
  source: 'https://api-docs.deepseek.com (read 2026-11-21)',
}
