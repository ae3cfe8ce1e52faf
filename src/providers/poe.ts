import { openaiDoors } from './doors.ts'
import { bearer, type HeaderReader, type Provider } from './provider.ts'

/** Bots that paint, film, speak or sing; Poe wants them called without a stream. */
const media =
  /image|imagen|nano-banana|flux|dall-e|seedream|ideogram|stable-?diffusion|recraft|veo|sora|kling|runway|seedance|hailuo|elevenlabs|lyria|-tts/i

/** No `Retry-After` comes from here: a minute that is full says in a header of its own when it ends. */
function resetOfMinute(headers: HeaderReader): number | null {
  const seconds = headers.get('x-ratelimit-reset-requests') ?? ''
  const full = headers.get('x-ratelimit-remaining-requests') === '0'
  return full && /^\d+(?:\.\d+)?$/.test(seconds) ? Number(seconds) * 1_000 : null
}

/** Custom parameters of bots cannot be reached through this door. What `cost` counts is points. */
export const poe: Provider = {
  id: 'poe',
  name: 'Poe',
  kind: 'aggregator',
  baseUrl: 'https://api.poe.com/v1',
  sign: bearer,
  keyNames: ['POE_API_KEY'],
  doors: openaiDoors({
    parameters: [
      { name: 'stream', models: media, does: { kind: 'map', values: { true: false } } },
      {
        name: 'stream_options',
        models: media,
        where: { name: 'stream', is: [false] },
        does: { kind: 'drop' },
      },
    ],
    usage: { estimate: true, foreignCost: true },
  }),
  waitMs: resetOfMinute,
  data: 'any',
  source: 'https://creator.poe.com/api-reference/rate-limits (read 2026-11-22)',
}
