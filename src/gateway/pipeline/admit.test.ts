import { describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../../core/clock.ts'
import { limitsFull } from '../../core/errors.ts'
import { readJsonObject } from '../../core/json.ts'
import { type Money, nothing } from '../../core/money.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { Budgets, type Hold, isRefusal, type ScopedBudget } from '../limits/budgets.ts'
import type { Bounds } from '../limits/limits.ts'
import { type RateHold, Rates } from '../limits/rates.ts'
import { admitAttempt, type PricedStop } from './admit.ts'
import type { Parts } from './parts.ts'
import { TokenRatios } from './token-ratio.ts'
import type { Trip } from './trip.ts'

const noon = instant('2026-11-22T12:00:00Z')

describe('what an attempt sets aside', () => {
  test('what earlier attempts cost is held beside the worst case of the next', () => {
    const { attempt, hold, isFree } = scene({ limit: 25n, ceiling: 10n })
    attempt(0n)
    expect(hold.ceiling).toBe(10n as Money)
    attempt(7n) // of which the provider took 7 before it failed
    expect(hold.ceiling).toBe(17n as Money)
    expect([isFree(8n), isFree(9n)]).toEqual([true, false])
  })

  test('where the budget does not bear both, nobody else is asked', () => {
    const { attempt, hold } = scene({ limit: 15n, ceiling: 10n })
    expect(() => attempt(7n)).toThrow(expect.objectContaining({ code: 'budget_spent' }))
    expect(hold.ceiling).toBe(10n as Money)
  })

  test('what is asked at the same time is held as well, and asked only where the budget bears both', () => {
    const { attempt, hold } = scene({ limit: 35n, ceiling: 10n })
    attempt(0n)
    attempt(5n, 10n) // beside one that is under way, after one that took 5
    expect(hold.ceiling).toBe(25n as Money)
    expect(() => attempt(5n, 25n)).toThrow(expect.objectContaining({ code: 'budget_spent' }))
  })

  test('where its budget cannot be counted, its place at the provider is free again', () => {
    const limit = { limit: 9n as Money, per: 'day' } as const
    const rate = { requests: null, tokens: null, concurrent: 1 }
    const isFull = { of: true }
    const bounds: Bounds = { budget: limit, rate }
    const { attempt } = scene({ limit: 25n, ceiling: 1n, bounds, isFull })
    expect(() => attempt(0n)).toThrow(expect.objectContaining({ code: 'limits_full' }))
    isFull.of = false
    expect(attempt(0n).shares.length).toBe(1)
  })

  test("tokens are taken by what the provider's tokeniser made of other calls", () => {
    const tokens = { count: 10_000, perMs: 60_000 }
    const bounds: Bounds = { budget: null, rate: { requests: null, tokens, concurrent: null } }
    const fresh = scene({ limit: 100n, ceiling: 1n, bounds }).attempt(0n)
    const ratios = new TokenRatios()
    const seen = callOf('words '.repeat(100))
    for (let time = 0; time < 5; time += 1) {
      const usage = { input: 300, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }
      ratios.observe('acme', 'm', seen, { ...usage, audioIn: 0, imageIn: 0 } as never)
    }
    const known = scene({ limit: 100n, ceiling: 1n, bounds, ratios }).attempt(0n)
    const ratio = ratios.of('acme', 'm')!
    expect(ratio).toBeGreaterThan(1)
    const prompt = fresh.tokens - 50
    expect(known.tokens - 50).toBe(Math.ceil(prompt * ratio))
  })
})

function callOf(content: string) {
  const body = { model: 'acme/m', max_tokens: 50, messages: [{ role: 'user', content }] }
  return openaiChat.readCall(readJsonObject(JSON.stringify(body)))
}

interface Scene {
  readonly limit: bigint
  readonly ceiling: bigint
  readonly bounds?: Bounds
  readonly ratios?: TokenRatios
  readonly isFull?: { readonly of: boolean }
}

function scene({ limit, ceiling, bounds, ratios = new TokenRatios(), isFull }: Scene) {
  const budgets = new Budgets('UTC', () => {})
  const scoped: readonly ScopedBudget[] = [
    { kind: 'key', value: 'web', budget: { limit: limit as Money, per: 'day' } },
  ]
  const hold = budgets.hold(scoped, ceiling as Money, noon) as Hold
  const provider = { id: 'acme', bounds: bounds ?? { budget: null, rate: null } }
  const stop = { provider, model: 'm', found: null, ceiling } as unknown as PricedStop
  const clock = { now: (): Instant => noon, elapsedUs: () => 0 }
  const holding: Budgets['hold'] = (...args) => {
    if (isFull?.of === true) throw limitsFull(1)
    return budgets.hold(...args)
  }
  const counted = { hold: holding, extend: budgets.extend.bind(budgets) }
  const parts = {
    budgets: counted,
    clock,
    rates: new Rates(),
    tokenRatios: ratios,
  } as unknown as Parts
  const call = callOf('some words that are asked')
  return {
    hold,
    attempt: (cost: bigint, underWay = 0n): RateHold => {
      const trip = { call, hold, cost, underWay, dialect: openaiChat } as unknown as Trip
      return admitAttempt(trip, stop, parts).rates ?? { shares: [], tokens: 0 }
    },
    /** Whether another call could have so much of the budget. */
    isFree: (amount: bigint): boolean => {
      const other = budgets.hold(scoped, amount as Money, noon)
      if (isRefusal(other)) return false
      budgets.settle(other, nothing, noon)
      return true
    },
  }
}
