import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { amountText, counter, monthDays, readRevenue, revenueIn } from './revenue.ts'

const defaults = () => ({
  at: 1 as Instant,
  currency: null,
  source: 'test',
  nth: counter(),
})
const said = { customer: 'acme', month: '2026-11', amount: '49.00', currency: 'USD' }

describe('a payment that is read', () => {
  test('is for the days of its month', () => {
    expect(readRevenue(said, defaults())).toMatchObject({
      customer: 'acme',
      from: '2026-11-01',
      to: '2026-11-30',
      amountMicro: 49_000_000n,
      currency: 'USD',
      plan: null,
    })
    expect(monthDays('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
  })

  test('has the same id when the same table is read again, and two that are alike have two', () => {
    const [first, second] = [defaults(), defaults()]
    const ids = (given: typeof first) => [readRevenue(said, given).id, readRevenue(said, given).id]
    const once = ids(first)
    expect(ids(second)).toEqual(once)
    expect(new Set(once).size).toBe(2)
  })

  test.each([
    [{ ...said, customer: ' ' }, 'customer is missing'],
    [{ ...said, amount: '1,234.00' }, 'amount has to be a decimal'],
    [{ ...said, amount: '0.1234567' }, 'at most six places'],
    [{ ...said, amount: '' }, 'amount is missing'],
    [{ ...said, currency: 'usd' }, 'three capital letters'],
    [{ ...said, currency: undefined }, 'currency is missing'],
    [{ ...said, month: '2026-13' }, 'month has to be such as'],
    [{ ...said, from: '2026-11-01' }, 'not both'],
    [{ ...said, month: undefined, from: '2026-02-30', to: '2026-03-01' }, 'have to be days'],
    [{ ...said, month: undefined, from: '2026-03-02', to: '2026-03-01' }, 'is before from'],
    [{ ...said, month: undefined }, 'What the payment is for is missing'],
    [{ ...said, tax: '3' }, 'There is no "tax"'],
  ])('is refused with a sentence: %j', (row, why) => {
    expect(() => readRevenue(row, defaults())).toThrow(why)
  })
})

const row = (more: Partial<RevenueRow>): RevenueRow => ({
  id: 'a',
  customer: 'acme',
  from: '2026-01-01',
  to: '2026-12-31',
  amountMicro: 1_000_000n,
  currency: 'USD',
  plan: null,
  cohort: null,
  source: 'test',
  at: 1 as Instant,
  ...more,
})

test('the months of a year of any amount add up to it exactly, refunds too', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (amountMicro) => {
      const months = Array.from({ length: 12 }, (_, at) =>
        revenueIn(row({ amountMicro }), monthDays(`2026-${String(at + 1).padStart(2, '0')}`)),
      )
      const sum = months.reduce<bigint>((all, part) => all + part!, 0n)
      expect(sum).toBe(amountMicro * 1_000_000n)
    }),
  )
})

test('yuan go by the rate of the first day, and a currency without a rate is not known', () => {
  const yuan = revenueIn(row({ currency: 'CNY', amountMicro: 7_000_000n }), {
    from: '2026-01-01',
    to: '2026-12-31',
  })!
  expect(Number(yuan) / 1e12).toBeGreaterThan(0.9)
  expect(Number(yuan) / 1e12).toBeLessThan(1.1)
  expect(revenueIn(row({ currency: 'EUR' }), monthDays('2026-01'))).toBeNull()
  expect(amountText(-1_230_000n)).toBe('-1.23')
})
