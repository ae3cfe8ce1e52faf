import { describe, expect, test } from 'bun:test'
import { RetryBudget } from './retry-budget.ts'

describe('retry budget', () => {
  test('of 200 calls at once that all fail a fifth is tried again, and three', () => {
    const { budget, retries } = aBudget()
    for (let call = 0; call < 200; call += 1) budget.earn('acme')
    expect(retries('acme', 200)).toBe(43)
  })

  test('with little traffic there is always one', () => {
    const { budget, pass } = aBudget()
    for (let minute = 0; minute < 10; minute += 1) {
      budget.earn('acme')
      expect(budget.take('acme')).toBe(true)
      pass(60_000)
    }
  })

  test('an hour of traffic does not pay for a storm', () => {
    const { budget, pass, retries } = aBudget()
    for (let call = 0; call < 36_000; call += 1) {
      budget.earn('acme')
      pass(100)
    }
    expect(retries('acme', 1_000)).toBeLessThanOrEqual(23) // a fifth of 10 s, and the floor
  })

  test("one provider's outage does not use up what others have", () => {
    const { budget, retries } = aBudget()
    retries('acme', 100)
    expect(budget.take('birch')).toBe(true)
  })
})

function aBudget() {
  let nowUs = 0
  const budget = new RetryBudget(() => nowUs)
  const retries = (provider: string, wanted: number): number =>
    Array.from({ length: wanted }, () => budget.take(provider)).filter(Boolean).length
  return { budget, retries, pass: (ms: number) => (nowUs += ms * 1_000) }
}
