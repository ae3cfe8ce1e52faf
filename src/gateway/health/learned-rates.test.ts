import { describe, expect, test } from 'bun:test'
import { LearnedRates } from './learned-rates.ts'

const key = 'acme/large#1f3a'

describe('learned rates', () => {
  test('a key that nobody refused waits for nothing', () => {
    const { rates, ask } = scene(1_000)
    for (let count = 0; count < 500; count += 1) ask()
    expect([rates.waitMs(key), rates.isClear, rates.rates()]).toEqual([0, true, []])
  })

  test('a key that takes five a second is asked some five times a second, and refuses few', () => {
    const { pass, tryToAsk, refusals } = scene(5)
    // Twenty want to ask in each second, for two minutes.
    for (let count = 0; count < 2_400; count += 1) {
      tryToAsk()
      pass(50)
    }
    const { taken, refused } = refusals()
    expect(taken / 120).toBeGreaterThan(3)
    expect(taken / 120).toBeLessThanOrEqual(5.1)
    expect(refused / (taken + refused)).toBeLessThan(0.05)
  })

  test('calls that were under way when it was refused cut the rate once', () => {
    const { rates, pass, ask } = scene(1_000)
    for (let count = 0; count < 100; count += 1) ask()
    pass(10)
    for (let count = 0; count < 50; count += 1) rates.refused(key, 5_000)
    const [learned] = rates.rates()
    expect(learned!.perMinute).toBeCloseTo(100 * 0.7 * 60, 5)
  })

  test('other keys and models are not held back', () => {
    const { rates } = scene(1)
    rates.refused(key, 0)
    expect(rates.waitMs(key)).toBeGreaterThan(0)
    expect(rates.waitMs('acme/large#2222')).toBe(0)
    expect(rates.isLearned('acme/small#1f3a')).toBe(false)
  })

  test('an allowance that is used up is waited for', () => {
    const { rates, pass } = scene(1)
    rates.refused(key, 0)
    rates.emptied(key, 7_000)
    expect(rates.waitMs(key)).toBe(7_000)
    pass(7_000)
    expect(rates.waitMs(key)).toBe(0)
  })

  test('a wait that is told is kept, also by one of several that were refused at once', () => {
    const { rates, pass } = scene(1)
    rates.refused(key, 0)
    pass(1)
    rates.refused(key, 0, 60_000)
    rates.took(key) // which was under way before
    expect(rates.waitMs(key)).toBeGreaterThan(59_000)
    pass(5_000)
    rates.refused(key, 4_000_000)
    expect(rates.waitMs(key)).toBeGreaterThan(54_000)
    pass(60_000)
    expect(rates.waitMs(key)).toBe(0)
  })

  test('what was learned is forgotten when nothing was refused for ten minutes', () => {
    const { rates, pass } = scene(1)
    rates.refused(key, 0)
    pass(600_001)
    rates.took(key)
    expect([rates.isClear, rates.waitMs(key)]).toEqual([true, 0])
  })

  test('what callers make up does not fill the memory', () => {
    const { rates } = scene(1)
    for (let count = 0; count < 20_000; count += 1) rates.refused(`acme/${count}#1f3a`, 0)
    expect(rates.rates().length).toBe(10_000)
  })
})

/** A key that takes so many calls a second, counted in each second. */
function scene(perSecond: number) {
  let nowUs = 0
  const rates = new LearnedRates(() => nowUs)
  let [second, inSecond, taken, refused] = [0, 0, 0, 0]
  const ask = (): void => {
    rates.begins(key)
    const now = Math.floor(nowUs / 1_000_000)
    if (now !== second) [second, inSecond] = [now, 0]
    inSecond += 1
    if (inSecond <= perSecond) {
      taken += 1
      rates.took(key)
    } else {
      refused += 1
      rates.refused(key, nowUs)
    }
  }
  return {
    rates,
    ask,
    tryToAsk: () => {
      if (rates.waitMs(key) === 0) ask()
    },
    pass: (ms: number) => (nowUs += ms * 1_000),
    refusals: () => ({ taken, refused }),
  }
}
