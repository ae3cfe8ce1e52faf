import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Completion tokens leave reasoning out; the total tells. */
export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  kind: 'vendor',
  baseUrl: 'https://api.x.ai/v1',
  sign: bearer,
  keyNames: ['XAI_API_KEY'],
  doors: openaiDoors({ usage: { reasoningApart: true } }),
  errors: [
    { class: 'key', status: 400, message: /incorrect api key/i },
    { class: 'quota', message: /used all available credits|any credits yet|spending limit/i },
  ],
  data: 'any',
  source: 'https://docs.x.ai/docs/api-reference (read 2026-11-21)',
}
