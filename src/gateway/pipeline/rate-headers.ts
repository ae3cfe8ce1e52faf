import { type Clock, type Instant, isoText } from '../../core/clock.ts'
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
  clock: Pick<Clock, 'now'>,
): Record<string, string> {
  const headers: Record<string, string> = {}
  const isAnthropic = dialect === 'anthropic-messages'
  if (requests !== null) {
    if (isAnthropic) tellWhen(headers, anthropics.requests, requests, clock.now())
    else tellHowLong(headers, openais.requests, requests)
  }
  if (tokens !== null) {
    if (isAnthropic) tellWhen(headers, anthropics.tokens, tokens, clock.now())
    else tellHowLong(headers, openais.tokens, tokens)
  }
  return headers
}

/** The same of a call that was let in. */
export function rateHeadersOf(
  { dialect }: Pick<Trip, 'dialect'>,
  hold: RateHold,
  { rates, clock }: Pick<Parts, 'rates' | 'clock'>,
): Record<string, string> {
  return rateHeaders(dialect.id, rates.standing(hold, clock.elapsedUs()), clock)
}

interface Names {
  readonly limit: string
  readonly remaining: string
  readonly reset: string
}

const openais = { requests: openaiNames('requests'), tokens: openaiNames('tokens') }
const anthropics = { requests: anthropicNames('requests'), tokens: anthropicNames('tokens') }

function openaiNames(what: string): Names {
  return {
    limit: `x-ratelimit-limit-${what}`,
    remaining: `x-ratelimit-remaining-${what}`,
    reset: `x-ratelimit-reset-${what}`,
  }
}

function anthropicNames(what: string): Names {
  const prefix = `anthropic-ratelimit-${what}`
  return { limit: `${prefix}-limit`, remaining: `${prefix}-remaining`, reset: `${prefix}-reset` }
}

function tellHowLong(
  headers: Record<string, string>,
  names: Names,
  { limit, remaining, resetMs }: Left,
): void {
  headers[names.limit] = String(limit)
  headers[names.remaining] = String(remaining)
  headers[names.reset] = durationText(resetMs)
}

function tellWhen(
  headers: Record<string, string>,
  names: Names,
  { limit, remaining, resetMs }: Left,
  now: Instant,
): void {
  headers[names.limit] = String(limit)
  headers[names.remaining] = String(remaining)
  headers[names.reset] = isoText((now + Math.ceil(resetMs) * 1_000) as Instant)
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
