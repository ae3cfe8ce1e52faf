import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { decimal } from '../../core/money.ts'
import { type GroupFigures, statementOf, whaleOf } from './statement.ts'

const usd = (dollars: number): bigint => BigInt(Math.round(dollars * 1e6)) * 1_000_000n

const group = (id: string, revenue: number, modelCost: number, more = {}): GroupFigures => ({
  id,
  revenue: usd(revenue),
  received: usd(revenue),
  revenueUnknown: 0,
  payments: revenue > 0 ? 1 : 0,
  modelCost: usd(modelCost),
  calls: 1,
  attempts: 1,
  costUnknown: 0,
  estimated: 0,
  ...more,
})

const terms = { paymentShare: decimal('0.029'), paymentFixed: usd(0.3), shared: usd(10) }

describe('a statement', () => {
  test('puts losers first, and what is not known at the end', () => {
    const { rows } = statementOf(
      [group('good', 100, 1), group('euro', 0, 1, { revenueUnknown: 1 }), group('bad', 1, 50)],
      terms,
    )
    expect(rows.map(({ id }) => id)).toEqual(['bad', 'good', 'euro'])
    expect(rows[2]!.contribution).toBeNull()
  })

  test('takes fees of what came in, also of what was paid back', () => {
    const refunded = group('acme', 40, 0, { received: usd(49), payments: 1 })
    const { rows } = statementOf([refunded], { ...terms, shared: 0n })
    expect(rows[0]!.fees).toBe(usd(1.721))
  })

  test('of nobody is what all share, and of those who are not known is not known', () => {
    const { total } = statementOf([], terms)
    expect([total.shared, total.contribution, total.margin]).toEqual([usd(10), usd(-10), null])
    const unknown = statementOf([group('euro', 0, 1, { revenueUnknown: 1 })], terms)
    expect(unknown.total.contribution).toBeNull()
  })

  test('takes fees of what came in, and none where none is entered', () => {
    const groups = [group('acme', 100, 40)]
    const [row] = statementOf(groups, { ...terms, shared: 0n }).rows
    expect(row!.fees).toBe(usd(3.2))
    expect(row!.contribution).toBe(usd(56.8))
    expect(row!.upstreamCents).toBe(40)
    const bare = { paymentShare: null, paymentFixed: null, shared: 0n }
    const [other] = statementOf(groups, bare).rows
    expect(other!.fees).toBeNull()
    expect(other!.contribution).toBe(usd(60))
  })

  test('of nobody is a statement of zeros, and shares nothing', () => {
    const { rows, total } = statementOf([], { ...terms, shared: 0n })
    expect(rows).toEqual([])
    expect(total).toMatchObject({ revenue: 0n, modelCost: 0n, margin: null })
  })

  test('one customer without a rate leaves the margin of the others', () => {
    const { total } = statementOf(
      [group('acme', 100, 40), group('euro', 0, 10, { revenueUnknown: 1 })],
      { paymentShare: null, paymentFixed: null, shared: 0n },
    )
    expect(total.margin).toBe(0.6)
    expect(total.modelCost).toBe(usd(50))
  })

  test('parts of the shared cost add up to it, whatever the costs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n }), { minLength: 1, maxLength: 200 }),
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        (costs, shared) => {
          const groups = costs.map((modelCost, at) => ({ ...group(`c${at}`, 1, 0), modelCost }))
          const { rows, total } = statementOf(groups, { ...terms, shared })
          expect(rows.reduce((sum, row) => sum + row.shared, 0n)).toBe(shared)
          expect(rows.reduce((sum, row) => sum + row.contribution!, 0n)).toBe(total.contribution!)
        },
      ),
    )
  })

  test('the whale curve rises above its end by what the losers eat', () => {
    const { rows } = statementOf([group('a', 100, 0), group('b', 50, 0), group('c', 0, 30)], {
      paymentShare: null,
      paymentFixed: null,
      shared: 0n,
    })
    expect(whaleOf(rows)).toEqual([usd(100), usd(150), usd(120)])
  })
})
