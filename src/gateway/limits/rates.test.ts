import { describe, expect, test } from 'bun:test'
import type { RateLimit } from './limits.ts'
import { isRateRefusal, type RateHold, Rates, type ScopedRate } from './rates.ts'

const second = 1_000_000
const none: RateLimit = { requests: null, tokens: null, concurrent: null }
const scoped = (rate: Partial<RateLimit>): readonly ScopedRate[] => [
  { kind: 'key', value: 'web', rate: { ...none, ...rate } },
]

describe('rates', () => {
  test('a burst of the whole count, then one at a time as it refills', () => {
    const rates = new Rates()
    const limit = scoped({ requests: { count: 10, perMs: 1_000 } })
    const admitted = (nowUs: number) => !isRateRefusal(rates.take(limit, 0, nowUs))
    expect(Array.from({ length: 12 }, () => admitted(0)).filter(Boolean).length).toBe(10)
    expect(rates.take(limit, 0, 0)).toMatchObject({ what: 'requests', waitMs: 100 })
    expect([admitted(second / 10), admitted(second / 10)]).toEqual([true, false])
  })

  test('never more than the count in a window after the first', () => {
    const rates = new Rates()
    const limit = scoped({ requests: { count: 60, perMs: 60_000 } })
    let admitted = 0
    for (let at = 0; at < 600 * second; at += second / 4)
      if (!isRateRefusal(rates.take(limit, 0, at))) admitted += 1
    expect(admitted).toBeGreaterThanOrEqual(600)
    expect(admitted).toBeLessThanOrEqual(660)
  })

  test('tokens are taken by estimate and mended when they are known', () => {
    const rates = new Rates()
    const limit = scoped({ tokens: { count: 1_000, perMs: 60_000 } })
    const hold = rates.take(limit, 900, 0) as RateHold
    expect(rates.take(limit, 200, 0)).toMatchObject({ what: 'tokens' })
    rates.giveBack(hold, 100)
    expect(isRateRefusal(rates.take(limit, 900, 0))).toBe(false)
  })

  test('a call that wants more than the whole count is let in alone', () => {
    const rates = new Rates()
    const limit = scoped({ tokens: { count: 1_000, perMs: 60_000 } })
    expect(isRateRefusal(rates.take(limit, 5_000, 0))).toBe(false)
    expect(isRateRefusal(rates.take(limit, 1, second))).toBe(true)
  })

  test('places are given back when calls end', () => {
    const rates = new Rates()
    const limit = scoped({ concurrent: 2 })
    const first = rates.take(limit, 0, 0) as RateHold
    rates.take(limit, 0, 0)
    expect(rates.take(limit, 0, 0)).toMatchObject({ what: 'concurrent' })
    rates.giveBack(first, null)
    expect(isRateRefusal(rates.take(limit, 0, 0))).toBe(false)
  })

  test('of two limits the one that refuses takes nothing of the other', () => {
    const rates = new Rates()
    const wide = scoped({ requests: { count: 2, perMs: 60_000 } })
    const both = [...wide, { kind: 'task', value: 't', rate: { ...none, concurrent: 0 } } as const]
    expect(rates.take(both, 0, 0)).toMatchObject({ refused: { value: 't' } })
    expect(isRateRefusal(rates.take(wide, 0, 0))).toBe(false)
    expect(isRateRefusal(rates.take(wide, 0, 0))).toBe(false)
  })
})
