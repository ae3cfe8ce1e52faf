import { describe, expect, test } from 'bun:test'
import { rateRoom } from './rate-room.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const read = (headers: Record<string, string>) => {
  const get = (name: string) => headers[name] ?? null
  const said = rateRoom({ get }, nowMs)
  const mentions = (part: string) => Object.keys(headers).some((name) => name.includes(part))
  expect(rateRoom({ get, mentions }, nowMs)).toEqual(said)
  return said
}

describe('what headers say of the rate of a key', () => {
  test('the limit that leaves the least counts, with its own reset', () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': '3000',
      'x-ratelimit-reset-tokens': '6m0s',
    }
    expect(read(headers)).toEqual({ share: 0.1, resetMs: 360_000 })
  })

  test("Anthropic's names, with a date", () => {
    const headers = {
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '10000',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-22T12:00:30Z',
    }
    expect(read(headers)).toEqual({ share: 0.25, resetMs: 30_000 })
  })

  test("Mistral's names, without a moment", () => {
    const headers = {
      'x-ratelimit-limit-req-minute': '60',
      'x-ratelimit-remaining-req-minute': '0',
    }
    expect(read(headers)).toEqual({ share: 0, resetMs: 60_000 })
  })

  test.each([
    ['1s', 1_000],
    ['1.5s', 1_500],
    ['1h2m3s', 3_600_000],
    ['2m59.56s', 179_560],
    ['30', 30_000],
    ['', 60_000],
    ['soon', 60_000],
    ['-5', 60_000],
  ])('a reset of %p', (reset, resetMs) => {
    const headers = {
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': reset,
    }
    expect(read(headers)?.resetMs).toBe(resetMs)
  })

  test.each([[{}], [{ 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }]])(
    'nothing is made of %p',
    (headers) => {
      expect(read(headers)).toBeNull()
    },
  )

  test('numbers that are none say nothing', () => {
    const headers = {
      'x-ratelimit-limit-requests': '-1',
      'x-ratelimit-remaining-requests': '1e9',
    }
    expect(read(headers)).toBeNull()
  })
})
