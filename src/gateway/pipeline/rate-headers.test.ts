import { describe, expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { durationText, rateHeaders } from './rate-headers.ts'

const noon = { now: () => instant('2026-11-22T12:00:00Z') }
const requests = { limit: 600, remaining: 598, resetMs: 200 }
const tokens = { limit: 200_000, remaining: 0, resetMs: 61_200 }

describe('rate headers', () => {
  test('a client of OpenAI reads in how long', () => {
    expect(rateHeaders('openai-chat', { requests, tokens }, noon)).toEqual({
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '598',
      'x-ratelimit-reset-requests': '200ms',
      'x-ratelimit-limit-tokens': '200000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m2s',
    })
  })

  test('a client of Anthropic reads when', () => {
    expect(rateHeaders('anthropic-messages', { requests: null, tokens }, noon)).toEqual({
      'anthropic-ratelimit-tokens-limit': '200000',
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-22T12:01:01.200Z',
    })
  })

  test('without a rate there is nothing to tell', () => {
    expect(rateHeaders('openai-chat', { requests: null, tokens: null }, noon)).toEqual({})
  })

  test.each([
    [0, '0ms'],
    [0.2, '1ms'],
    [120, '120ms'],
    [1_500, '1.5s'],
    [59_999.5, '1m0s'],
    [360_000, '6m0s'],
    [3_723_000, '1h2m3s'],
    [86_400_000, '24h0m0s'],
  ])('%p ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
