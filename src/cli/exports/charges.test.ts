import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChargeLine } from '../../control/economics/charge-line.ts'
import { type Money, usdText } from '../../core/money.ts'
import type { CostRowJson, CostsJson } from '../../server/contract/costs.ts'
import type { ChargesJson } from '../../server/prices-json.ts'
import { Reconciliation, reconciledText } from './charges.ts'

interface Line {
  readonly customer: string | null
  readonly cost: bigint
}

const usd = (cost: bigint): string => usdText(cost as Money)
const sumOf = (lines: readonly Line[]): bigint => lines.reduce((sum, { cost }) => sum + cost, 0n)

function day(lines: readonly Line[], rows = sumOf(lines)): ChargesJson {
  return {
    since: '2026-11-21T00:00:00.000Z',
    until: '2026-11-22T00:00:00.000Z',
    timezone: 'UTC',
    lines: lines.map(({ customer, cost }) => ({ customer, cost_usd: usd(cost) }) as ChargeLine),
    rows_usd: usd(rows),
    coverage: { attempts: lines.length, unknown: 0, free: 0, unsplit: 0 },
  }
}

function costs(lines: readonly Line[], cut = false): CostsJson {
  const byCustomer = [...Map.groupBy(lines, ({ customer }) => customer)]
  const rows = byCustomer.map(
    ([customer, own]) =>
      ({ group: { customer }, cost_usd: usd(sumOf(own)) }) as unknown as CostRowJson,
  )
  const total = { group: {}, cost_usd: usd(sumOf(lines)) } as unknown as CostRowJson
  const span = { since: '2026-11-01T00:00:00.000Z', until: '2026-12-01T00:00:00.000Z' }
  return {
    ...span,
    timezone: 'UTC',
    by: ['customer'],
    rows: cut ? rows.slice(0, 1) : rows,
    cut,
    total,
    saved_by: null,
  }
}

const lines = fc.array(
  fc.record({
    customer: fc.constantFrom('ada', 'bob', '=1+1', null),
    cost: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 18n }),
  }),
  { minLength: 1, maxLength: 30 },
)

function reconcile(days: readonly ChargesJson[], said: CostsJson) {
  const reconciliation = new Reconciliation()
  for (const each of days) reconciliation.add(each)
  return reconciliation.against(said)
}

test('any lines, over any days, come to the sums of their customers exactly', () => {
  fc.assert(
    fc.property(lines, fc.nat(30), (all, at) => {
      const found = reconcile([day(all.slice(0, at)), day(all.slice(at))], costs(all))
      expect(found).toMatchObject({ ok: true, differing: [], lines_usd: usd(sumOf(all)) })
    }),
  )
})

test('a picodollar that is missing is found, and the customer is named', () => {
  fc.assert(
    fc.property(lines, fc.nat(), (all, which) => {
      const at = which % all.length
      const less = all.map((line, place) =>
        place === at ? { ...line, cost: line.cost - 1n } : line,
      )
      const found = reconcile([day(less)], costs(all))
      expect(found.ok).toBe(false)
      expect(found.differing.map(({ customer }) => customer)).toEqual([all[at]!.customer])
    }),
  )
})

describe('what is said of it', () => {
  const all = [
    { customer: 'ada', cost: 5n },
    { customer: 'bob', cost: 3n },
  ]

  test('rows that no line has are told from lines that no sum has', () => {
    expect(reconcile([day(all, 9n)], costs(all))).toMatchObject({ ok: false, differing: [] })
    expect(reconciledText(reconcile([day(all, 9n)], costs(all)))).toContain('ledger verify')
    expect(reconciledText(reconcile([day(all)], costs(all)))).toContain('to the last digit')
  })

  test('of a list of customers that was cut, those that are there are compared, and the total', () => {
    expect(reconcile([day(all)], costs(all, true)).ok).toBe(true)
    const other = all.map(({ cost, ...line }) => ({ ...line, cost: cost + 1n }))
    expect(reconcile([day(all)], costs(other, true)).ok).toBe(false)
  })
})
