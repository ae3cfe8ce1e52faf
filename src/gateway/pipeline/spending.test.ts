import { describe, expect, test } from 'bun:test'
import type { Found } from '../../catalog/catalog.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { decimal, type Money, nothing, usd } from '../../core/money.ts'
import { Budgets, type Hold, type ScopedBudget } from '../limits/budgets.ts'
import type { Attempt } from './attempt.ts'
import type { Parts } from './parts.ts'
import { Spending } from './spending.ts'
import type { Trip } from './trip.ts'

const noon = instant('2026-11-22T12:00:00Z')
/** A token that is said costs a millionth of a dollar, and one that is read nothing. */
const tokens = (count: number): Money => usd((count / 1e6).toFixed(6))

describe('spending', () => {
  test('an answer that keeps to max_tokens is never asked for more, not to the last token', () => {
    const { say, hold } = scene({ maxTokens: 1_000, budget: 1_000 })
    expect(say(1_000)).toBe(1_000)
    expect(hold.ceiling).toBe(tokens(1_000))
  })

  test('an estimate that is a little wrong cuts nobody off', () => {
    expect(scene({ maxTokens: 1_000, budget: 1_000 }).say(1_900)).toBe(1_900)
  })

  test('a provider that ignores max_tokens is cut at twice as much', () => {
    const { say } = scene({ maxTokens: 1_000, budget: 1_000 })
    expect(say(50_000)).toBeLessThanOrEqual(2_100)
  })

  test('without a limit an answer goes on as long as the budget bears it', () => {
    const { say, hold, error } = scene({ maxTokens: null, budget: 20_000 })
    const said = say(50_000)
    expect(said).toBeGreaterThan(19_900)
    expect(said).toBeLessThanOrEqual(20_000)
    expect(hold.ceiling).toBeLessThanOrEqual(tokens(20_000))
    expect(error()).toMatchObject({ code: 'budget_ran_out', status: 402 })
  })

  test('what others hold of the budget is not taken from them', () => {
    const { say, others } = scene({ maxTokens: null, budget: 20_000 })
    others(5_000)
    expect(say(50_000)).toBeLessThanOrEqual(15_000)
  })

  test('what earlier attempts cost counts', () => {
    const { say } = scene({ maxTokens: null, budget: 20_000, before: 5_000 })
    expect(say(50_000)).toBeLessThanOrEqual(15_000)
  })

  test('thoughts are counted at their own price, and make no words dearer', () => {
    const price = { output: '1', reasoning: '4' }
    const { say, think } = scene({ maxTokens: null, budget: 60_000, price })
    const thought = think(10_000)
    expect(thought).toBe(10_000)
    const said = say(50_000)
    expect(said).toBeGreaterThan(19_900)
    expect(said).toBeLessThanOrEqual(20_000)
  })

  test('nobody watches a call without a budget', () => {
    expect(scene({ maxTokens: null, budget: null }).watched).toBe(false)
  })
})

interface Scene {
  readonly maxTokens: number | null
  readonly budget: number | null
  readonly before?: number
  readonly price?: Readonly<Record<string, string>>
}

function scene({ maxTokens, budget, before = 0, price: texts = { output: '1' } }: Scene) {
  const budgets = new Budgets('UTC', () => {})
  const scoped: readonly ScopedBudget[] =
    budget === null
      ? []
      : [{ kind: 'key', value: 'web', budget: { limit: tokens(budget), per: 'day' } }]
  const hold = budgets.hold(scoped, tokens(maxTokens ?? 8_192), noon) as Hold
  const price = Object.fromEntries(
    Object.entries({ input: '0', ...texts }).map(([kind, text]) => [kind, decimal(text)]),
  )
  const segment = { id: 'own', price, currency: 'USD', tiers: [] }
  const found = { model: { outputMax: null, context: null, machine: null }, segment }
  const call = { operation: 'chat', maxTokens, n: 1, inputTokensMax: 10, body: { text: '{}' } }
  const trip = { call, hold, cost: before === 0 ? nothing : tokens(before) } as unknown as Trip
  const stop = { found: found as unknown as Found }
  const attempt = { stop, hold: null, at: noon } as unknown as Attempt
  const clock = { now: (): Instant => noon }
  const spending = Spending.of(trip, attempt, { budgets, clock } as unknown as Parts)
  let error: unknown = null
  /** Gives how many of so many pieces of one token each were passed on. */
  const goOn = (type: 'text' | 'reasoning', count: number): number => {
    for (let said = 0; said < count; said += 1) {
      spending?.take({ type, choice: 0, text: 'word' })
      error = spending?.over() ?? null
      if (error !== null) return said
    }
    return count
  }
  return {
    hold,
    watched: spending !== null,
    error: () => error,
    others: (count: number) => void budgets.hold(scoped, tokens(count), noon),
    say: (count: number): number => goOn('text', count),
    think: (count: number): number => goOn('reasoning', count),
  }
}
