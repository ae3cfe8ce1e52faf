import type { ProviderWords, Quirks } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type HeaderReader, type Provider } from './provider.ts'

/** The words of its own API, which come through the compatible door as they are. */
const finishes: Quirks['finishes'] = {
  BLOCKLIST: 'filter',
  PROHIBITED_CONTENT: 'filter',
  SPII: 'filter',
  MODEL_ARMOR: 'filter',
  IMAGE_SAFETY: 'filter',
  IMAGE_PROHIBITED_CONTENT: 'filter',
  IMAGE_RECITATION: 'filter',
}

const perDay = /per ?day/i

/** Gemini through its compatible door. A bad key is a 400 there, and the wait stands in the words. */
export const google: Provider = {
  id: 'google',
  name: 'Google Gemini',
  kind: 'vendor',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  sign: bearer,
  keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  doors: openaiDoors(
    {
      developerRole: 'system',
      finishes,
      usage: { restIsReasoning: true },
      // Gemini 3 refuses a turn that called tools without its signature; this word stands for one.
      callEcho: {
        models: /gemini-(?:[3-9]|(?:flash|pro)(?:-lite)?-latest)/,
        field: 'extra_content',
        standIn: { google: { thought_signature: 'skip_thought_signature_validator' } },
      },
    },
    { embed: true },
  ),
  errors: [
    {
      class: 'key',
      status: 400,
      message: /API[_ ]KEY[_ ]INVALID|API key not valid|API key expired/i,
    },
    // Its sentence speaks of plan and billing whatever the quota was: the quota's own name tells.
    { class: 'quota', status: 429, message: perDay },
    { class: 'quota', status: 429, message: /credits are depleted/i },
  ],
  waitMs: delayInWords,
  data: 'any', // the free tier is trained on; a paid account may say otherwise in the file
  source: 'https://ai.google.dev/gemini-api/docs/openai (read 2026-11-21)',
}

/** 'Please retry in 27.3s.', which is said of a day's quota as well and then is not true. */
function delayInWords(_headers: HeaderReader, { message }: ProviderWords): number | null {
  if (perDay.test(message)) return null
  const seconds = /retry in (\d+(?:\.\d+)?)s/i.exec(message)?.[1]
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000)
}
