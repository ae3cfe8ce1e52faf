import { afterAll, describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../core/clock.ts'
import type { Money } from '../core/money.ts'
import { noUsage } from '../core/usage.ts'
import { MemoryLedger } from './memory/ledger.ts'
import { openStore } from './offline.ts'
import type { Store } from './ports.ts'
import type { RevenueRow } from './revenue.ts'
import { aRecord } from './rows.suite.ts'
import { scratch } from './scratch.suite.ts'
import { Calendar } from './calendar.ts'
import { SqliteLedger } from './sqlite/ledger.ts'

const folder = scratch()
const disk = openStore(folder())
afterAll(() => disk.close())

const row = (id: string, more: Partial<RevenueRow> = {}): RevenueRow => ({
  id,
  customer: 'acme',
  from: '2026-11-01',
  to: '2026-11-30',
  amountMicro: -49_000_000n,
  currency: 'USD',
  plan: null,
  cohort: '2026-09',
  source: 'books.csv',
  at: 1_000_000 as Instant,
  ...more,
})

describe.each([
  ['memory', new MemoryLedger() as Store],
  ['files', disk],
])('revenue in %s', (_, store) => {
  test('is added once, and a row of the same id that says something else changes nothing', async () => {
    expect(await store.addRevenue([row('a'), row('b')])).toEqual({
      added: 2,
      known: 0,
      conflicts: [],
    })
    const later = row('a', { at: 2_000_000 as Instant, source: 'again.csv' })
    expect(await store.addRevenue([later, row('b', { amountMicro: 1n }), row('c')])).toEqual({
      added: 1,
      known: 1,
      conflicts: ['b'],
    })
    const rows = await store.revenue({ from: '2026-11-30', to: '2026-12-31' })
    expect(rows).toEqual([row('a'), row('b'), row('c')])
  })

  test('is found by the days that it touches', async () => {
    const year = row('year', { from: '2025-01-01', to: '2025-12-31' })
    await store.addRevenue([year])
    expect(await store.revenue({ from: '2025-06-01', to: '2025-06-30' })).toEqual([year])
    expect(await store.revenue({ from: '2024-01-01', to: '2024-12-31' })).toEqual([])
  })
})

test('sums over spans are the sums of their hours, in every backend', () => {
  const memory = new MemoryLedger('Asia/Kolkata')
  const files = new SqliteLedger(':memory:', new Calendar('Asia/Kolkata'))
  const start = instant('2026-11-01T00:30:00Z')
  const hourUs = 3_600_000_000
  const records = Array.from({ length: 24 * 6 }, (_, at) =>
    aRecord({
      at: (start + at * hourUs) as Instant,
      customer: at % 3 === 0 ? null : 'acme',
      task: at % 2 === 0 ? 'chat' : 'search',
      usage: { ...noUsage, input: at, cacheRead: at * 2 },
      cost: at % 5 === 0 ? null : (BigInt(at) as Money),
    }),
  )
  for (const record of records) memory.append(record)
  files.load({
    entries: records.map((record, at) => ({
      kind: 'record',
      key: `${record.callId}",${record.attempt}`,
      start: { segment: 1, offset: at },
      read: () => record,
      text: '',
    })),
    next: { segment: 1, offset: records.length },
    run: 'run 1',
    faults: [],
    more: false,
  })
  const span = (label: string, from: number, to: number) => ({
    label,
    since: (start + from * hourUs) as Instant,
    until: (start + to * hourUs) as Instant,
  })
  const query = {
    spans: [span('whole', 0, 144), span('some', 3, 60), span('hour', 8, 9), span('some', 100, 103)],
    by: ['task', 'customer'],
    filters: { task: 'chat' },
  } as const
  const byGroup = (rows: readonly { readonly group: readonly (string | null)[] }[]) =>
    rows.toSorted((left, right) =>
      JSON.stringify(left.group) < JSON.stringify(right.group) ? -1 : 1,
    )
  const report = files.spanSums(query)
  return memory.spanSums(query).then((expected) => {
    expect(expected.rows.length).toBeGreaterThan(4)
    expect(byGroup(report.rows)).toEqual(byGroup(expected.rows))
    files.close()
  })
})
