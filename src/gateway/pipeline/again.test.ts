import { describe, expect, test } from 'bun:test'
import {
  type GatewayError,
  providerFailed,
  providerKeyRefused,
  providerOverloaded,
  providerRateLimited,
} from '../../core/errors.ts'
import { seeded } from '../../core/random.ts'
import { Secret } from '../../core/secret.ts'
import { Health } from '../health/health.ts'
import { RetryBudget } from '../health/retry-budget.ts'
import { afterPause, hasOtherKey, mayRetry, retryPauseMs } from './again.ts'
import { credentialName } from './attempt.ts'

const failure = providerFailed('acme', 'status 500')

describe('another key', () => {
  test('each key of a provider is asked once, as long as one need not rest', () => {
    const { stop, parts, fail } = scene(['key-one-0123456789', 'key-two-0123456789'])
    const refused = providerKeyRefused('acme')
    fail(refused, 0)
    expect(hasOtherKey(stop, refused, 0, parts)).toBe(true)
    fail(refused, 1)
    expect(hasOtherKey(stop, refused, 1, parts)).toBe(false)
  })

  test('a failure of the model is none of the key, and one key has no other', () => {
    const { stop, parts } = scene(['key-one-0123456789', 'key-two-0123456789'])
    expect(hasOtherKey(stop, failure, 0, parts)).toBe(false)
    expect(hasOtherKey(stop, providerOverloaded('acme'), 0, parts)).toBe(false)
    const single = scene(['key-one-0123456789'])
    single.fail(providerKeyRefused('acme'))
    expect(hasOtherKey(single.stop, providerKeyRefused('acme'), 0, single.parts)).toBe(false)
  })
})

describe('a second try', () => {
  test('comes after a failure, and not after what only another can mend', () => {
    const { stop, parts } = scene()
    expect(mayRetry(stop, failure, parts)).toBe(true)
    expect(mayRetry(stop, providerOverloaded('acme'), parts)).toBe(false)
  })

  test('is spared a provider that said when to come back, or that is being left alone', () => {
    const told = scene()
    const busy = providerFailed('acme', 'status 500').after(5_000)
    told.fail(busy)
    expect(mayRetry(told.stop, busy, told.parts)).toBe(false)
    const down = scene()
    for (let time = 0; time < 5; time += 1) down.fail(failure)
    expect(mayRetry(down.stop, failure, down.parts)).toBe(false)
  })

  test('waits anything from nothing to a fifth of a second, spread evenly', () => {
    const random = seeded(7)
    const pauses = Array.from({ length: 10_000 }, () => retryPauseMs(random))
    expect(pauses.every((ms) => ms >= 0 && ms < 200)).toBe(true)
    for (let from = 0; from < 200; from += 50) {
      const share = pauses.filter((ms) => ms >= from && ms < from + 50).length / pauses.length
      expect(share).toBeCloseTo(0.25, 1)
    }
  })

  test('is given to a fifth of the traffic, and to three', () => {
    const { stop, parts } = scene()
    for (let call = 0; call < 10; call += 1) parts.retryBudget.earn('acme')
    const tries = Array.from({ length: 10 }, () => mayRetry(stop, failure, parts))
    expect(tries.filter(Boolean).length).toBe(5)
  })
})

describe('a pause', () => {
  test('that takes a moment is waited for, to the millisecond', async () => {
    const { stop, parts, fail, slept } = scene()
    const limited = providerRateLimited('acme').after(700)
    fail(limited)
    expect(await afterPause([stop], limited, { arrivedUs: 0, task: null }, parts)).toBe(stop)
    expect(slept).toEqual([700])
  })

  test.each([
    ['longer than a second', 1_100, {}],
    ['longer than the call may take', 700, { total: 600 }],
  ])('that is %s is not', async (_, waitMs, timeouts) => {
    const { stop, parts, fail, slept } = scene()
    const limited = providerRateLimited('acme').after(waitMs)
    fail(limited)
    const trip = { arrivedUs: 0, task: { timeouts } }
    expect(await afterPause([stop], limited, trip, parts)).toBeNull()
    expect(slept).toEqual([])
  })

  test('is never made for one that fails, however soon somebody knows more of it', async () => {
    const { stop, parts, fail, slept, pass } = scene()
    for (let time = 0; time < 5; time += 1) fail(failure)
    pass(10_000)
    parts.health.begins('acme/m', 'acme#none')
    const limited = providerRateLimited('birch').after(700)
    expect(await afterPause([stop], limited, { arrivedUs: 0, task: null }, parts)).toBeNull()
    expect(slept).toEqual([])
  })

  test('is only waited for on the word of the provider', async () => {
    const { stop, parts } = scene()
    const trip = { arrivedUs: 0, task: null }
    expect(await afterPause([stop], providerRateLimited('acme'), trip, parts)).toBeNull()
    expect(await afterPause([stop], failure, trip, parts)).toBeNull()
  })
})

function scene(texts: readonly string[] = []) {
  const slept: number[] = []
  let nowUs = 0
  const health = new Health({ elapsedUs: () => nowUs, chance: () => 0.5, onChange: () => {} })
  const clock = {
    now: () => 0 as never,
    elapsedUs: () => 0,
    sleep: async (ms: number) => void slept.push(ms),
  }
  const keys = texts.map((text) => new Secret(text))
  return {
    slept,
    pass: (ms: number) => (nowUs += ms * 1_000),
    stop: { provider: { id: 'acme', keys }, model: 'm' },
    parts: { health, retryBudget: new RetryBudget(() => 0), clock },
    fail: (error: GatewayError, key = 0): void =>
      health.failed('acme/m', credentialName('acme', keys[key] ?? null), error),
  }
}
