import type { HeaderReader } from './provider.ts'

/** What an answer's headers say of the rate of the key that it was asked with. */
export interface RateRoom {
  /** The least that is left of any of its limits, from 0 to 1. */
  readonly share: number
  /** Until that limit is whole again; a minute where nothing is said. */
  readonly resetMs: number
}

interface Names {
  readonly limit: string
  readonly remaining: string
  readonly reset: string | null
}

const openais = (what: string): Names => ({
  limit: `x-ratelimit-limit-${what}`,
  remaining: `x-ratelimit-remaining-${what}`,
  reset: `x-ratelimit-reset-${what}`,
})
const anthropics = (what: string): Names => ({
  limit: `anthropic-ratelimit-${what}-limit`,
  remaining: `anthropic-ratelimit-${what}-remaining`,
  reset: `anthropic-ratelimit-${what}-reset`,
})
/** Mistral's limits are of a minute, and it names no moment. */
const mistrals = (what: string): Names => ({ ...openais(what), reset: null })

/** Of OpenAI, Azure, Groq, Baidu and Poe; of Anthropic; of Mistral. What others send is not documented. */
const known: readonly (readonly [inEach: string, names: readonly Names[]])[] = [
  ['x-ratelimit-', ['requests', 'tokens'].map(openais)],
  ['anthropic-ratelimit-', ['requests', 'tokens', 'input-tokens', 'output-tokens'].map(anthropics)],
  ['-minute', ['req-minute', 'tokens-minute'].map(mistrals)],
]

/**
 * @param nowMs  milliseconds since 1970, for dates
 * @returns null when the headers say nothing of a rate
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://docs.anthropic.com/en/api/rate-limits (both read 2026-11-22)
 */
export function rateRoom(headers: HeaderReader, nowMs: number): RateRoom | null {
  let least: RateRoom | null = null
  for (const [inEach, names] of known) {
    if (headers.mentions?.(inEach) === false) continue
    for (const { limit, remaining, reset } of names) {
      const left = count(headers.get(remaining))
      if (left === null) continue
      const all = count(headers.get(limit))
      if (all === null || all === 0) continue
      const share = Math.min(left / all, 1)
      if (least !== null && share >= least.share) continue
      const said = reset === null ? null : headers.get(reset)
      least = { share, resetMs: (said === null ? null : resetMs(said, nowMs)) ?? minuteMs }
    }
  }
  return least
}

const minuteMs = 60_000
const hourMs = 3_600_000

function count(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** '6m0s', '120ms', '1.5s', plain seconds, or a date. The longest that is believed is an hour. */
function resetMs(text: string, nowMs: number): number | null {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Math.min(Number(text) * 1_000, hourMs)
  const parts =
    /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?$/.exec(text)
  if (parts !== null && text !== '') {
    const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.slice(1).map((part) => part ?? 0)
    const sum = Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * 1_000
    return Math.min(sum + Number(ms), hourMs)
  }
  const date = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.min(Math.max(date - nowMs, 0), hourMs)
}
