import type { ProviderWords } from '../dialects/dialect.ts'
import { geminiDoors } from './doors.ts'
import { header, type HeaderReader, type Provider } from './provider.ts'

const perDay = /per ?day/i

/** Gemini 3 and later, by their own names and by those that move with them. */
const third = /gemini-(?:[3-9]|(?:flash|pro)(?:-lite)?-latest)/

/** Gemini by its own API. A bad key is a 400 there, and the wait stands in the body of the error. */
export const google: Provider = {
  id: 'google',
  name: 'Google Gemini',
  kind: 'vendor',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  sign: header('x-goog-api-key'),
  keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  doors: geminiDoors({
    cachesUnasked: true,
    // Gemini 3 refuses a turn that called tools without its signature; this word stands for one.
    callEcho: {
      models: third,
      field: 'thoughtSignature',
      standIn: 'skip_thought_signature_validator',
    },
    mediaInResults: third,
    schemaSubset: /^(?:gemini-1\.|gemma-3)/,
  }),
  errors: [
    {
      class: 'key',
      status: 400,
      message: /API[_ ]KEY[_ ]INVALID|API key not valid|API key expired/i,
    },
    // Its sentence speaks of plan and billing whatever the quota was: the quota's own name tells.
    { class: 'quota', status: 429, message: perDay },
    { class: 'arrears', status: 429, message: /credits are depleted/i },
  ],
  waitMs: delayInWords,
  data: 'any', // the free tier is trained on; a paid account may say otherwise in the file
  source: 'https://ai.google.dev/api/generate-content (read 2026-11-21)',
}

/** 'Please retry in 27.3s.', which is said of a day's quota as well and then is not true. */
function delayInWords(_headers: HeaderReader, { message }: ProviderWords): number | null {
  if (perDay.test(message)) return null
  const seconds = /retry in (\d+(?:\.\d+)?)s/i.exec(message)?.[1]
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000)
}
