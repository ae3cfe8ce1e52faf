import { expect, test } from 'bun:test'
import { HedgeBudget } from './hedge-budget.ts'

test('a twentieth of the calls asks twice, and one more', () => {
  const budget = new HedgeBudget()
  let hedged = 0
  for (let call = 0; call < 1_000; call += 1) {
    budget.earn('hello', 0.05)
    if (budget.take('hello')) hedged += 1
  }
  expect(hedged).toBeGreaterThanOrEqual(50)
  expect(hedged).toBeLessThanOrEqual(51)
})

test('quiet times save up ten, and no task spends what another saved', () => {
  const budget = new HedgeBudget()
  for (let call = 0; call < 100_000; call += 1) budget.earn('hello', 0.05)
  const taken = Array.from({ length: 50 }, () => budget.take('hello')).filter(Boolean)
  expect(taken.length).toBe(10)
  expect(budget.take('other')).toBe(false)
})
