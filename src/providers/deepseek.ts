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
      // V4 refuses a turn that called tools without its thoughts.
      reasoningEcho: { models: /^deepseek-v4/, field: 'reasoning_content', standIn: ' ' },
    },
    { messagesAt: 'https://api.deepseek.com/anthropic/v1' },
  ),
  errors: [{ class: 'quota', status: 402 }],
  data: 'any',
  source: 'https://api-docs.deepseek.com (read 2026-11-21)',
}
