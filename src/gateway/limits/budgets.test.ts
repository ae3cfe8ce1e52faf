import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Instant, instant } from '../../core/clock.ts'
import { type Money, nothing, usd } from '../../core/money.ts'
import { seeded } from '../../core/random.ts'
import { type BudgetCounters, LocalBudgetCounters } from './budget-counters.ts'
import { type BudgetNews, Budgets, type Hold, isRefusal, type ScopedBudget } from './budgets.ts'
import { budgetShape, SharedBudgetCounters } from './shared-budget-counters.ts'
import { makeTable } from './shared-table.ts'

const noon = instant('2026-11-21T12:00:00Z')
const perDay = (limit: string, value = 'web'): ScopedBudget => ({
  kind: 'key',
  value,
  budget: { limit: usd(limit), per: 'day' },
})

const rooms = {
  'one thread': () => new LocalBudgetCounters(),
  'memory that threads share': () => {
    const slots = 2 ** 13
    return new SharedBudgetCounters(makeTable(budgetShape(slots, 2)), slots, 2, 1)
  },
} satisfies Record<string, () => BudgetCounters>

describe.each(Object.entries(rooms))('budgets in %s', (_, counters) => {
  const someBudgets = (timeZone = 'UTC', onNews: (news: BudgetNews) => void = () => {}): Budgets =>
    new Budgets(timeZone, onNews, counters())

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
    const budgets = someBudgets('Europe/Berlin')
    const late = instant('2026-11-21T22:59:00Z')
    budgets.settle(budgets.hold([perDay('1')], usd('1'), late) as Hold, usd('1'), late)
    expect(
      isRefusal(budgets.hold([perDay('1')], usd('0.1'), instant('2026-11-21T22:59:59Z'))),
    ).toBe(true)
    expect(
      isRefusal(budgets.hold([perDay('1')], usd('0.1'), instant('2026-11-21T23:00:00Z'))),
    ).toBe(false)
  })

  test('a call that began before midnight does not turn the new day back', () => {
    const budgets = someBudgets()
    const [before, after] = [instant('2026-11-21T23:59:59Z'), instant('2026-11-22T00:00:01Z')]
    budgets.settle(budgets.hold([perDay('1')], usd('0.8'), after) as Hold, usd('0.8'), after)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.5'), before))).toBe(true)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.5'), after))).toBe(true)
  })

  test('amounts beyond what 64 bits hold are exact', () => {
    const budgets = someBudgets()
    const huge = perDay('900000000000')
    const hold = budgets.hold([huge], usd('899999999999.999999999999'), noon) as Hold
    budgets.settle(hold, usd('899999999999.999999999998'), noon)
    expect(budgets.hold([huge], usd('0.000000000003'), noon)).toMatchObject({
      left: usd('0.000000000002'),
    })
    expect(isRefusal(budgets.hold([huge], usd('0.000000000002'), noon))).toBe(false)
  })

  test('what the ledger says was spent counts from the start', () => {
    const budgets = someBudgets()
    budgets.restore({ kind: 'key', value: 'web' }, 'day', usd('0.9'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.2'), noon))).toBe(true)
  })

  test('a spent budget refuses also what may cost nothing', () => {
    const budgets = someBudgets()
    budgets.settle(budgets.hold([perDay('1')], usd('1'), noon) as Hold, usd('1'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], nothing, noon))).toBe(true)
  })

  test('a call that comes to more takes it from what is left, or is told that nothing is', () => {
    const budgets = someBudgets()
    const hold = budgets.hold([perDay('1'), perDay('5', 'acme')], usd('0.5'), noon) as Hold
    budgets.hold([perDay('1')], usd('0.2'), noon)
    expect(budgets.extend(hold, usd('0.4'), noon)).toMatchObject({
      refused: { value: 'web' },
      left: usd('0.3'),
    })
    expect(budgets.extend(hold, usd('0.3'), noon)).toBeNull()
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.01'), noon))).toBe(true)
    budgets.settle(hold, usd('0.1'), noon)
    expect(isRefusal(budgets.hold([perDay('1')], usd('0.7'), noon))).toBe(false)
    expect(isRefusal(budgets.hold([perDay('5', 'acme')], usd('4.9'), noon))).toBe(false)
  })

  test('customers of yesterday are forgotten, those of today and those under way are not', () => {
    const budgets = someBudgets()
    const spend = (customer: string, at: Instant): void => {
      const hold = budgets.hold([perDay('1', customer)], usd('1'), at) as Hold
      budgets.settle(hold, usd('1'), at)
    }
    const tomorrow = instant('2026-11-22T12:00:00Z')
    const free = budgets.hold([perDay('1', 'long call')], nothing, noon) as Hold
    for (let number = 0; number < 3_000; number += 1) spend(`yesterday-${number}`, noon)
    for (let number = 0; number < 3_000; number += 1) spend(`today-${number}`, tomorrow)
    expect(budgets.size).toBeLessThan(3_100)
    budgets.settle(free, usd('1'), tomorrow)
    for (const customer of ['long call', 'today-0', 'today-2999'])
      expect(isRefusal(budgets.hold([perDay('1', customer)], usd('0.1'), tomorrow))).toBe(true)
  })

  test('a budget for exactly 100 calls admits 100 of 500 at once, in whatever order they end', () => {
    const price = 7n as Money
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const random = seeded(seed)
      const budgets = someBudgets()
      const scope: ScopedBudget = {
        kind: 'key',
        value: 'web',
        budget: { limit: (100n * price) as Money, per: 'total' },
      }
      const open: Hold[] = []
      let [answered, asked] = [0, 0]
      while (asked < 500 || open.length > 0) {
        const end = open.length > 0 && (asked === 500 || random.next() < 0.4)
        if (!end) {
          asked += 1
          const hold = budgets.hold([scope], price, noon)
          if (!isRefusal(hold)) open.push(hold)
          continue
        }
        const [hold] = open.splice(Math.floor(random.next() * open.length), 1)
        // One in five ends without an answer, which costs nothing, and is asked again by its caller.
        const isReleased = random.next() < 0.2
        budgets.settle(hold!, isReleased ? nothing : price, noon)
        if (isReleased) asked -= 1
        else answered += 1
      }
      expect([seed, answered]).toEqual([seed, 100])
    }
  })

  test('tells once that it is near its cap, once that it is spent, and again in the next window', () => {
    const news: BudgetNews[] = []
    const budgets = someBudgets('UTC', (item) => news.push(item))
    const spend = (amount: string, at: Instant) => {
      const hold = budgets.hold([perDay('1')], usd(amount), at)
      if (!isRefusal(hold)) budgets.settle(hold, usd(amount), at)
    }
    for (const amount of ['0.5', '0.3', '0.1', '0.1', '0.1']) spend(amount, noon)
    expect(news.map(({ share }) => share)).toEqual([0.8, 1])
    spend('0.9', instant('2026-11-22T12:00:00Z'))
    expect(news.map(({ share }) => share)).toEqual([0.8, 1, 0.8])
  })

  test('tells anew of a budget that was raised within its window', () => {
    const news: BudgetNews[] = []
    const budgets = someBudgets('UTC', (item) => news.push(item))
    const spend = (limit: string, cost: string): void => {
      const hold = budgets.hold([perDay(limit)], usd(cost), noon) as Hold
      budgets.settle(hold, usd(cost), noon)
    }
    spend('1', '1')
    spend('10', '7.5')
    spend('10', '1.5')
    expect(news.map(({ share }) => share)).toEqual([1, 0.8, 1])
  })

  test('whatever is held and settled in whatever order, no budget is passed while costs keep to their ceilings', () => {
    const step = fc.record({
      ceiling: fc.bigInt({ min: 1n, max: 40n }),
      more: fc.bigInt({ min: 0n, max: 20n }),
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
          for (const { ceiling, more, share, close } of steps) {
            const hold = budgets.hold([budget], ceiling as Money, noon)
            if (!isRefusal(hold)) open.push(hold)
            if (open[0] !== undefined) budgets.extend(open[0], more as Money, noon)
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
