import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { RateLimit } from './limits.ts'
import { LocalMeters, type Meters } from './meters.ts'
import { isRateRefusal, type RateHold, Rates, type ScopedRate } from './rates.ts'
import { meterShape, SharedMeters } from './shared-meters.ts'
import { makeTable } from './shared-table.ts'

const second = 1_000_000
const none: RateLimit = { requests: null, tokens: null, concurrent: null }
const scoped = (rate: Partial<RateLimit>, value = 'web'): readonly ScopedRate[] => [
  { kind: 'key', value, rate: { ...none, ...rate } },
]
const noTokens = (): number => 0
const tokens = (count: number) => (): number => count

const rooms = {
  'one thread': () => new LocalMeters(),
  'memory that threads share': () => {
    const slots = 2 ** 16
    return new SharedMeters(makeTable(meterShape(slots, 2)), slots, 2, 1)
  },
} satisfies Record<string, () => Meters>

describe.each(Object.entries(rooms))('rates in %s', (_, meters) => {
  const someRates = (): Rates => new Rates(meters())

  test('a burst of the whole count, then one at a time as it refills', () => {
    const rates = someRates()
    const limit = scoped({ requests: { count: 10, perMs: 1_000 } })
    const admitted = (nowUs: number) => !isRateRefusal(rates.take(limit, noTokens, nowUs))
    expect(Array.from({ length: 12 }, () => admitted(0)).filter(Boolean).length).toBe(10)
    expect(rates.take(limit, noTokens, 0)).toMatchObject({ what: 'requests', waitMs: 100 })
    expect([admitted(second / 10), admitted(second / 10)]).toEqual([true, false])
  })

  test('the whole burst passes whatever the count is, after weeks of running too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(2 ** 42), (count, nowUs) => {
        const rates = someRates()
        const limit = scoped({ requests: { count, perMs: 60_000 } })
        const outcomes = Array.from({ length: count + 1 }, () => rates.take(limit, noTokens, nowUs))
        expect(outcomes.map(isRateRefusal).indexOf(true)).toBe(count)
      }),
    )
  })

  test('never more than the count in a window after the first', () => {
    const rates = someRates()
    const limit = scoped({ requests: { count: 60, perMs: 60_000 } })
    let admitted = 0
    for (let at = 0; at < 600 * second; at += second / 4)
      if (!isRateRefusal(rates.take(limit, noTokens, at))) admitted += 1
    expect(admitted).toBeGreaterThanOrEqual(600)
    expect(admitted).toBeLessThanOrEqual(660)
  })

  test('tokens are taken by estimate and mended when they are known', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 1_000, perMs: 60_000 } })
    const hold = rates.take(limit, tokens(900), 0) as RateHold
    expect(rates.take(limit, tokens(200), 0)).toMatchObject({ what: 'tokens' })
    rates.giveBack(hold, 100, 0)
    expect(isRateRefusal(rates.take(limit, tokens(900), 0))).toBe(false)
  })

  test('what has refilled by itself is not given back a second time', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 1_000, perMs: 60_000 } })
    const slow = rates.take(limit, tokens(1_000), 0) as RateHold
    rates.take(limit, tokens(1_000), 60 * second)
    rates.giveBack(slow, 0, 60 * second)
    expect(rates.take(limit, tokens(500), 60 * second)).toMatchObject({ what: 'tokens' })
  })

  test('nor is what has refilled of a meter that never was full in between', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 600, perMs: 60_000 } })
    const slow = rates.take(limit, tokens(600), 0) as RateHold
    rates.take(limit, tokens(598), 59.9 * second)
    rates.giveBack(slow, 1, 59.9 * second)
    expect(rates.take(limit, tokens(10), 59.9 * second)).toMatchObject({ what: 'tokens' })
  })

  test('what has not refilled yet is given back', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 600, perMs: 60_000 } })
    const half = rates.take(limit, tokens(600), 0) as RateHold
    rates.giveBack(half, 100, 20 * second)
    expect(isRateRefusal(rates.take(limit, tokens(600), 20 * second))).toBe(false)
  })

  test('what was used beyond the estimate is taken afterwards', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 600, perMs: 60_000 } })
    const long = rates.take(limit, tokens(100), 0) as RateHold
    rates.giveBack(long, 500, second)
    expect(rates.take(limit, tokens(200), second)).toMatchObject({ what: 'tokens' })
  })

  test('nobody counts tokens where no rate of tokens applies', () => {
    const count = (): number => {
      throw new Error('counted')
    }
    const limit = scoped({ requests: { count: 1, perMs: 1_000 } })
    expect(isRateRefusal(someRates().take(limit, count, 0))).toBe(false)
  })

  test('a call that wants more than the whole count is let in alone', () => {
    const rates = someRates()
    const limit = scoped({ tokens: { count: 1_000, perMs: 60_000 } })
    expect(isRateRefusal(rates.take(limit, tokens(5_000), 0))).toBe(false)
    expect(isRateRefusal(rates.take(limit, tokens(1), second))).toBe(true)
  })

  test('places are given back when calls end', () => {
    const rates = someRates()
    const limit = scoped({ concurrent: 2 })
    const first = rates.take(limit, noTokens, 0) as RateHold
    rates.take(limit, noTokens, 0)
    expect(rates.take(limit, noTokens, 0)).toMatchObject({ what: 'concurrent' })
    rates.giveBack(first, null, 0)
    expect(isRateRefusal(rates.take(limit, noTokens, 0))).toBe(false)
  })

  test('of two limits the one that refuses takes nothing of the other', () => {
    const rates = someRates()
    const wide = scoped({ requests: { count: 2, perMs: 60_000 } })
    const both = [...wide, { kind: 'task', value: 't', rate: { ...none, concurrent: 0 } } as const]
    expect(rates.take(both, noTokens, 0)).toMatchObject({ refused: { value: 't' } })
    expect(isRateRefusal(rates.take(wide, noTokens, 0))).toBe(false)
    expect(isRateRefusal(rates.take(wide, noTokens, 0))).toBe(false)
  })

  test('the scope that leaves the least is the one that is told', () => {
    const rates = someRates()
    const limits = [
      ...scoped({ requests: { count: 600, perMs: 60_000 } }),
      ...scoped({ requests: { count: 10, perMs: 60_000 }, tokens: { count: 500, perMs: 60_000 } }),
    ].map((each, index) => ({ ...each, value: `${index}` }))
    const hold = rates.take(limits, tokens(100), 0) as RateHold
    expect(rates.standing(hold, 0)).toEqual({
      requests: { limit: 10, remaining: 9, resetMs: 6_000 },
      tokens: { limit: 500, remaining: 400, resetMs: 12_000 },
    })
    expect(rates.take(limits, tokens(450), 0)).toMatchObject({
      what: 'tokens',
      standing: { tokens: { limit: 500, remaining: 400 } },
    })
    expect(rates.standing(hold, 60 * second).requests).toMatchObject({ remaining: 10 })
  })

  test('customers that are made up leave no trace once they are at rest', () => {
    const rates = someRates()
    const pace = { requests: { count: 1, perMs: 1_000 } }
    for (let number = 0; number < 50_000; number += 1) {
      const hold = rates.take(scoped(pace, `made-up-${number}`), noTokens, number * 10_000)
      rates.giveBack(hold as RateHold, null, 0)
    }
    expect(rates.size).toBeLessThan(1_100)
  })

  test('nobody is forgotten whose limit still binds, however many come', () => {
    const rates = someRates()
    const spent = scoped({ requests: { count: 1, perMs: 60_000 } }, 'spent')
    const busy = scoped({ concurrent: 1 }, 'busy')
    rates.take(spent, noTokens, 0)
    rates.take(busy, noTokens, 0)
    for (let number = 0; number < 50_000; number += 1)
      rates.take(scoped({ concurrent: 1 }, `other-${number}`), noTokens, second)
    expect(isRateRefusal(rates.take(spent, noTokens, second))).toBe(true)
    expect(isRateRefusal(rates.take(busy, noTokens, second))).toBe(true)
  })
})
