import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Instant, instant } from '../../core/clock.ts'
import { type Money, nothing, usd } from '../../core/money.ts'
import { type BudgetNews, Budgets, type Hold, isRefusal, type ScopedBudget } from './budgets.ts'

const noon = instant('2026-11-21T12:00:00Z')
const perDay = (limit: string, value = 'web'): ScopedBudget => ({
  kind: 'key',
  value,
  budget: { limit: usd(limit), per: 'day' },
})

describe('budgets', () => {
  test('two calls at once cannot both spend the last cent', () => {
    const budgets = someBudgets()
    const first = budgets.hold([perDay('0.01')], usd('0.01'), noon)
    const second = budgets.hold([perDay('0.01')], usd('0.01'), noon)
    expect([isRefusal(first), isRefusal(second)]).toEqual([false, true])
  })

  test('what was held and not spent can be spent by the next', () => {
    const budgets = someBudgets()
    const hold = budgets.hold([perDay('1')], usd('1'), noon) as Hold
    budgets.settle(hold, usd('0.4'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.6'), noon))).toBe(false)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.000001'), noon))).toBe(true)
  })

  test('all budgets of a call hold, or none does', () => {
    const budgets = someBudgets()
    const refusal = budgets.hold([perDay('5'), perDay('0.5', 'acme')], usd('1'), noon)
    expect(refusal).toMatchObject({ refused: { value: 'acme' }, left: usd('0.5') })
    expect(isRefusal(budgets.hold([perDay('5')], usd('5'), noon))).toBe(false)
  })

  test('a new day begins with nothing spent, in the zone of the books', () => {
    const budgets = new Budgets('Europe/Berlin', () => {})
    const late = instant('2026-11-21T22:59:00Z')
    budgets.settle(budgets.hold([perDay('1')], usd('1'), late) as Hold, usd('1'), late)
    expect(
      isRefusal(budgets.hold([perDay('1')], usd('0.1'), instant('2026-11-21T22:59:59Z'))),
    ).toBe(true)
    expect(
      isRefusal(budgets.hold([perDay('1')], usd('0.1'), instant('2026-11-21T23:00:00Z'))),
    ).toBe(false)
  })

  test('what the ledger says was spent counts from the start', () => {
    const budgets = someBudgets()
    budgets.restore({ kind: 'key', value: 'web' }, 'day', usd('0.9'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.2'), noon))).toBe(true)
    expect(budgets.knows({ kind: 'key', value: 'web' }, 'day')).toBe(true)
    expect(budgets.knows({ kind: 'key', value: 'web' }, 'month')).toBe(false)
  })

  test('a spent budget refuses also what may cost nothing', () => {
    const budgets = someBudgets()
    budgets.settle(budgets.hold([perDay('1')], usd('1'), noon) as Hold, usd('1'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], nothing, noon))).toBe(true)
  })

  test('tells once that it is near its cap, once that it is spent, and again in the next window', () => {
    const news: BudgetNews[] = []
    const budgets = new Budgets('UTC', (item) => news.push(item))
    const spend = (amount: string, at: Instant) => {
      const hold = budgets.hold([perDay('1')], usd(amount), at)
      if (!isRefusal(hold)) budgets.settle(hold, usd(amount), at)
    }
    for (const amount of ['0.5', '0.3', '0.1', '0.1', '0.1']) spend(amount, noon)
    expect(news.map(({ share }) => share)).toEqual([0.8, 1])
    spend('0.9', instant('2026-11-22T12:00:00Z'))
    expect(news.map(({ share }) => share)).toEqual([0.8, 1, 0.8])
  })

  test('whatever is held and settled in whatever order, no budget is passed while costs keep to their ceilings', () => {
    const step = fc.record({
      ceiling: fc.bigInt({ min: 1n, max: 40n }),
      share: fc.nat(100),
      close: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.bigInt({ min: 1n, max: 200n }),
        (steps, limit) => {
          const budgets = someBudgets()
          const budget: ScopedBudget = {
            kind: 'key',
            value: 'k',
            budget: { limit: limit as Money, per: 'total' },
          }
          const open: Hold[] = []
          let spent = 0n
          for (const { ceiling, share, close } of steps) {
            const hold = budgets.hold([budget], ceiling as Money, noon)
            if (!isRefusal(hold)) open.push(hold)
            const done = close ? open.shift() : undefined
            if (!done) continue
            const cost = (done.ceiling * BigInt(share)) / 100n
            spent += cost
            budgets.settle(done, cost as Money, noon)
          }
          const held = open.reduce((sum, { ceiling }) => sum + ceiling, 0n)
          expect(spent + held <= limit).toBe(true)
        },
      ),
    )
  })
})

function someBudgets(): Budgets {
  return new Budgets('UTC', () => {})
}
