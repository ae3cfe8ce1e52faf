import { anthropicCount } from '../dialects/anthropic-messages/count.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { wordIds } from '../dialects/call-ids.ts'
import { header, type Provider } from './provider.ts'

/**
 * Those from before structured outputs.
 * @see https://docs.claude.com/en/docs/build-with-claude/structured-outputs (read 2026-11-22)
 */
const older = /claude-(?:instant|[23]|(?:opus|sonnet)-4-(?:0|2025))/

/**
 * Those from before Claude 4.6, which refuses a conversation that ends with the assistant.
 * @see https://platform.claude.com/docs/en/about-claude/models/whats-new-claude-4-6 (read 2026-11-22)
 */
const prefilled = /claude-(?:3|(?:opus|sonnet|haiku)-4-(?:0|1|5|2025))/

/**
 * Only its own dialect: its OpenAI-compatible door is a test aid by its own words. Its batches are at
 * https://docs.claude.com/en/docs/build-with-claude/batch-processing (read 2026-11-22).
 */
export const anthropic: Provider = {
  id: 'anthropic',
  name: 'Anthropic',
  kind: 'vendor',
  baseUrl: 'https://api.anthropic.com/v1',
  sign: header('x-api-key'),
  keyNames: ['ANTHROPIC_API_KEY'],
  doors: {
    chat: [
      {
        dialect: anthropicMessages,
        quirks: {
          emulates: { schema: { models: older, by: 'tool' } },
          prefill: { models: prefilled },
          callIds: wordIds,
        },
      },
    ],
    count: [{ dialect: anthropicCount, quirks: { callIds: wordIds } }],
  },
  objects: { messageBatches: true },
  // A spent balance is a 400 of the caller's kind.
  errors: [{ class: 'arrears', message: /credit balance is too low/i }],
  headers: { 'anthropic-version': '2023-06-01' },
  passHeaders: ['anthropic-version', 'anthropic-beta'],
  data: 'no-training', // its commercial terms
  source: 'https://docs.claude.com/en/api (read 2026-11-21)',
}
