import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

export const openrouter: Provider = {
  id: 'openrouter',
  name: 'OpenRouter',
  kind: 'aggregator',
  baseUrl: 'https://openrouter.ai/api/v1',
  sign: bearer,
  keyNames: ['OPENROUTER_API_KEY'],
  doors: openaiDoors(
    {
      thoughts: { go: 'reasoning_details' },
      // Most sellers behind it cache unasked; these take marks, on texts alone.
      cacheMarks: { models: /^(?:anthropic|google|qwen)\//, max: 4, ttl: /^anthropic\// },
      cachesUnasked: true,
    },
    { embed: true },
  ),
  // Codes are numbers, and come under status 200 and inside streams as well.
  errors: [
    { class: 'arrears', codes: ['402'] },
    { class: 'rate', codes: ['429'] },
    { class: 'key', codes: ['401'] },
    { class: 'content', codes: ['403'], message: /moderation|flagged/i },
    { class: 'vendor', codes: ['408', '500', '502', '504'] },
    { class: 'overload', codes: ['503'] },
  ],
  passHeaders: ['http-referer', 'x-title'],
  data: 'any', // each seller behind it has terms of its own
  source: 'https://openrouter.ai/docs/api-reference (read 2026-11-21)',
}
