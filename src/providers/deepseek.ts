import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

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
      parameters: [{ name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } }],
      developerRole: 'system',
      // V4, under each of its names, refuses turns without their thoughts; R1 refuses those with.
      reasoningEcho: {
        models: /^deepseek-(?:v[4-9]|flash|pro|chat|reasoner)/,
        field: 'reasoning_content',
        standIn: ' ',
        everyTurn: true,
      },
      thoughts: { models: /r1/i, refused: ['reasoning_content'] },
      refuses: ['schema'],
    },
    { messagesAt: 'https://api.deepseek.com/anthropic/v1' },
  ),
  errors: [
    { class: 'quota', status: 402 },
    { class: 'content', message: /content exists risk/i },
  ],
  data: 'any',
  source: 'https://api-docs.deepseek.com (read 2026-11-21)',
}
