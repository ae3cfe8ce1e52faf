import { expect, test } from 'bun:test'
import { type Instant, instant } from '../../core/clock.ts'
import { correctionOf } from '../../core/correction.ts'
import { newCallId } from '../../core/ids.ts'
import { decimal, type Money } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { MemoryLedger } from '../../store/memory/ledger.ts'
import { aRecord } from '../../store/rows.suite.ts'
import { groupings } from './groups.ts'
import { marginReport } from './margin-report.ts'
import type { MarginQuery, MarginSources } from './margin-types.ts'
import { counter, readRevenue } from './revenue.ts'

const now = instant('2026-11-22T12:00:00Z')
const usd = (dollars: number): Money => BigInt(Math.round(dollars * 1e6) * 1e6) as Money

const october: MarginQuery = {
  month: '2026-10',
  by: 'customer',
  env: 'production',
  losers: false,
  cash: null,
  otherCost: null,
  revenueGrowth: null,
  costGrowth: null,
}

function scene(
  calls: readonly { readonly customer: string; readonly feature?: string; readonly cost: number }[],
  paid: readonly {
    readonly customer: string
    readonly amount: string
    readonly currency: string
  }[],
): MarginSources & { readonly memory: MemoryLedger; readonly records: readonly AttemptRecord[] } {
  const memory = new MemoryLedger('UTC')
  const at = (day: number): Instant => instant(`2026-10-${String(day).padStart(2, '0')}T10:00:00Z`)
  const records = calls.map(({ customer, feature = 'chat', cost }, place) =>
    aRecord({ callId: newCallId(), at: at(place + 1), customer, feature, cost: usd(cost) }),
  )
  for (const record of records) memory.append(record)
  const defaults = { at: now, currency: null, source: 'books', nth: counter() }
  const rows = paid.map((row) => readRevenue({ ...row, month: '2026-10' }, defaults))
  return {
    memory,
    records,
    ledger: memory,
    book: {
      revenue: async ({ from, to }) => rows.filter((row) => row.to >= from && row.from <= to),
    },
    terms: {
      paymentShare: decimal('0.029'),
      paymentFixed: usd(0.3),
      servers: usd(10),
      people: null,
      other: null,
      cash: null,
      revenueGrowth: null,
      costGrowth: null,
    },
    machines: [],
    timezone: 'UTC',
    now,
  }
}

test('what cannot be told is named and counted, and the rest is the same however it is grouped', async () => {
  const sources = scene(
    [
      { customer: 'acme', cost: 4 },
      { customer: 'acme', feature: 'search', cost: 2 },
      { customer: 'bolt', cost: 3 },
      { customer: 'euro', cost: 1 },
    ],
    [
      { customer: 'acme', amount: '49', currency: 'USD' },
      { customer: 'acme', amount: '-9', currency: 'USD' },
      { customer: 'bolt', amount: '0.50', currency: 'USD' },
      { customer: 'ghost', amount: '12', currency: 'USD' },
      { customer: 'euro', amount: '30', currency: 'EUR' },
    ],
  )
  const reports = await Promise.all(
    groupings.map((by) => marginReport(sources, { ...october, by })),
  )
  const [byCustomer] = reports
  const acme = byCustomer!.rows.find(({ group }) => group === 'acme')!
  expect([acme.revenue_usd, acme.fees_usd]).toEqual(['40', '1.721'])
  expect(byCustomer!.rows.map(({ group }) => group)).toEqual(['bolt', 'ghost', 'acme', 'euro'])
  expect(byCustomer!.rows.at(-1)).toMatchObject({ contribution_usd: null, revenue_unknown: 1 })
  expect(byCustomer!.notes.join(' ')).toContain('30 EUR')
  expect(byCustomer!.revenue).toMatchObject({
    refunds: 1,
    unknown_customers: { count: 1, names: ['ghost'] },
  })
  for (const { total } of reports)
    expect(total).toMatchObject({
      contribution_usd: byCustomer!.total.contribution_usd,
      contribution_is: 'of those known',
      margin: byCustomer!.total.margin,
    })
})

test('a correction of the ledger is in the margin of whom it is about', async () => {
  const sources = scene([{ customer: 'acme', cost: 4 }], [])
  const [record] = sources.records
  const about = {
    kind: 'table_error',
    difference: usd(-1),
    priceId: 'p',
    configHash: 'c',
    id: newCallId(),
    at: (record!.at + 1) as Instant,
  } as const
  sources.memory.append(correctionOf(record!, about))
  const { rows, total } = await marginReport(sources, october)
  expect([rows[0]!.model_cost_usd, rows[0]!.calls, total.model_cost_usd]).toEqual(['3', 1, '3'])
})

test('the fixed fee of a payment for several months is due once', async () => {
  const sources = scene([], [])
  const defaults = { at: now, currency: 'USD', source: 'books', nth: counter() }
  const said = { customer: 'acme', from: '2026-08-01', to: '2026-10-31', amount: '90' }
  const row = readRevenue(said, defaults)
  const asked = { ...sources, terms: { ...sources.terms, paymentShare: null } }
  const book = { revenue: async () => [row] }
  const fees = ['2026-08', '2026-09', '2026-10'].map(async (month) => {
    const { total } = await marginReport({ ...asked, book }, { ...october, month })
    return total.fees_usd
  })
  expect(await Promise.all(fees)).toEqual(['0.3', '0', '0'])
})

test('early in a month its cost stands at its pace beside what was paid for all of it', async () => {
  const customers = ['acme', 'bolt']
  const calls = customers.map((customer) => ({ customer, cost: 2 }))
  const paid = customers.map((customer) => ({ customer, amount: '31', currency: 'USD' }))
  // Two of 31 days, with 4 of the 62 dollars.
  const sources = { ...scene(calls, paid), now: instant('2026-10-03T00:00:00Z') }
  const { upstream, growth } = await marginReport(sources, october)
  expect(upstream!.cents).toBeCloseTo(100, 2)
  expect(growth!.more_users_more_loss).toBe(true)
})

test('a month of nothing still costs what all share', async () => {
  const { rows, total, notes, growth, upstream } = await marginReport(scene([], []), october)
  expect([rows, growth, upstream]).toEqual([[], null, null])
  expect([total.shared_usd, total.contribution_usd, total.margin]).toEqual(['10', '-10', null])
  expect(notes[0]).toContain('no calls')
})

test('idle cards are in what is left, in the pace of the month and in the runway', async () => {
  const sources = {
    ...scene([], []),
    now: instant('2026-10-16T12:00:00Z'),
    machines: [{ model: 'house/qwen', gpus: 2, usdPerGpuHour: decimal('1.50') }],
  }
  const cash = usd(10_000)
  const { total, shared, pace, runway } = await marginReport(sources, { ...october, cash })
  // Half of October: 372 hours of two cards, and the servers of all of it.
  expect(shared.find(({ name }) => name === 'idle cards')!.usd).toBe('1116')
  expect([total.shared_usd, total.contribution_usd]).toEqual(['1126', '-1126'])
  expect(pace!.contribution_usd).toBe('-2242')
  expect(runway!.months).toBeCloseTo(10_000 / 2_242, 2)
})
