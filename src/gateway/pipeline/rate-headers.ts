import { type Instant, isoText } from '../../core/clock.ts'
import type { Left, RateHold, Standing } from '../limits/rates.ts'
import type { Parts } from './parts.ts'
import type { Trip } from './trip.ts'

/**
 * What is left of a caller's rates, under the names that its client knows. Anthropic says when, OpenAI
 * in how long. Empty where no rate applies.
 * @param dialect  the caller's
 * @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 * @see https://docs.anthropic.com/en/api/rate-limits#response-headers (both read 2026-11-22)
 */
export function rateHeaders(
  dialect: string,
  { requests, tokens }: Standing,
  now: Instant,
): Record<string, string> {
  const headers: Record<string, string> = {}
  const write = dialect === 'anthropic-messages' ? anthropics : openais
  if (requests !== null) write(headers, 'requests', requests, now)
  if (tokens !== null) write(headers, 'tokens', tokens, now)
  return headers
}

/** The same of a call that was let in. */
export function rateHeadersOf(
  { dialect }: Pick<Trip, 'dialect'>,
  hold: RateHold,
  { rates, clock }: Pick<Parts, 'rates' | 'clock'>,
): Record<string, string> {
  return rateHeaders(dialect.id, rates.standing(hold, clock.elapsedUs()), clock.now())
}

type Write = (headers: Record<string, string>, what: string, left: Left, now: Instant) => void

const openais: Write = (headers, what, { limit, remaining, resetMs }) => {
  headers[`x-ratelimit-limit-${what}`] = String(limit)
  headers[`x-ratelimit-remaining-${what}`] = String(remaining)
  headers[`x-ratelimit-reset-${what}`] = durationText(resetMs)
}

const anthropics: Write = (headers, what, { limit, remaining, resetMs }, now) => {
  const prefix = `anthropic-ratelimit-${what}`
  headers[`${prefix}-limit`] = String(limit)
  headers[`${prefix}-remaining`] = String(remaining)
  headers[`${prefix}-reset`] = isoText((now + Math.ceil(resetMs) * 1_000) as Instant)
}

/** As OpenAI writes it: '120ms', '1.5s', '6m0s', '1h2m3s'. */
export function durationText(durationMs: number): string {
  const ms = Math.ceil(durationMs)
  if (ms < 1_000) return `${ms}ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${seconds}s`
  const whole = Math.ceil(seconds)
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor((whole % 3_600) / 60)
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${whole % 60}s`
}
