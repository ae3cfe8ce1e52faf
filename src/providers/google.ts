import type { ProviderWords } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Gemini through its compatible door. A bad key is a 400 there, and the wait stands in the words. */
export const google: Provider = {
  id: 'google',
  name: 'Google Gemini',
  kind: 'vendor',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  sign: bearer,
  keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  doors: openaiDoors({ developerRole: 'system' }, { embed: true }),
  errors: [
    {
      class: 'key',
      status: 400,
      message: /API[_ ]KEY[_ ]INVALID|API key not valid|API key expired/i,
    },
    { class: 'quota', status: 429, message: /per ?day|PerDay|billing/i },
  ],
  waitMs: delayInWords,
  data: 'any', // the free tier is trained on; a paid account may say otherwise in the file
  source: 'https://ai.google.dev/gemini-api/docs/openai (read 2026-11-21)',
}

/** 'Please retry in 27.3s.' */
function delayInWords(_headers: Headers, { message }: ProviderWords): number | null {
  const seconds = /retry in (\d+(?:\.\d+)?)s/i.exec(message)?.[1]
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000)
}
