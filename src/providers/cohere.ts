import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Cohere through its compatible door. */
export const cohere: Provider = {
  id: 'cohere',
  name: 'Cohere',
  kind: 'vendor',
  baseUrl: 'https://api.cohere.ai/compatibility/v1',
  sign: bearer,
  keyNames: ['COHERE_API_KEY', 'CO_API_KEY'],
  doors: openaiDoors({ streamUsage: 'refused', developerRole: 'system' }, { embed: true }),
  errors: [
    { class: 'retired', status: 404, message: /was removed on/i },
    // A trial key is limited by the minute, and by the month.
    { class: 'quota', status: 429, message: /\/ ?month/i },
    { class: 'context', message: /too many tokens/i },
  ],
  data: 'any', // paid accounts may opt out of training
  source: 'https://docs.cohere.com/docs/compatibility-api (read 2026-11-21)',
}
