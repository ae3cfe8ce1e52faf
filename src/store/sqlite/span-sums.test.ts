import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Instant, instant } from '../../core/clock.ts'
import { newCallId } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { Calendar, hourUs } from '../calendar.ts'
import { MemoryLedger } from '../memory/ledger.ts'
import type { SpanReport } from '../ports.ts'
import { aRecord } from '../rows.suite.ts'
import { SqliteLedger } from './ledger.ts'

const start = instant('2026-10-23T00:00:00Z')

const aCall = fc.record({
  hour: fc.nat({ max: 24 * 5 }),
  customer: fc.constantFrom('acme', 'bolt', null),
  role: fc.constantFrom('served', 'correction'),
  input: fc.nat(),
  search: fc.constantFrom(0, 0, 3),
  cost: fc.option(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })),
})

const span = (label: string, from: number, to: number) => ({
  label,
  since: (start + from * hourUs) as Instant,
  until: (start + to * hourUs) as Instant,
})

const queries = [
  { spans: [span('all', 0, 121)], by: [], filters: {} },
  { spans: [span('all', 0, 121)], by: ['customer', 'role'], filters: {} },
  { spans: [span('one', 0, 72), span('other', 72, 121)], by: ['customer'], filters: {} },
  { spans: [span('acme', 5, 80)], by: ['role'], filters: { customer: 'acme' } },
] as const

test('sums that are kept are those of now, whatever comes in at whatever hour', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(aCall, { maxLength: 6 }), { maxLength: 5 }),
      async (loads) => {
        // The clocks go back on one of these days.
        const memory = new MemoryLedger('Europe/Berlin')
        const files = new SqliteLedger(':memory:', new Calendar('Europe/Berlin'))
        let offset = 0
        for (const calls of loads) {
          const records = calls.map(({ hour, customer, role, input, search, cost }) =>
            aRecord({
              callId: newCallId(),
              at: (start + hour * hourUs + 1) as Instant,
              customer,
              role,
              usage: { ...noUsage, input, search },
              cost: cost as Money | null,
            }),
          )
          for (const record of records) memory.append(record)
          files.load({
            entries: records.map((record) => ({
              kind: 'record',
              key: `${record.callId}",${record.attempt}`,
              start: { segment: 1, offset: (offset += 1) },
              read: () => record,
              text: '',
            })),
            next: { segment: 1, offset },
            run: 'run 1',
            faults: [],
            more: false,
          })
          for (const query of queries)
            expect(inOrder(files.spanSums(query))).toEqual(inOrder(await memory.spanSums(query)))
        }
        files.close()
      },
    ),
    { numRuns: 40 },
  )
})

function inOrder({ rows }: SpanReport) {
  return rows.toSorted((left, right) =>
    JSON.stringify(left.group) < JSON.stringify(right.group) ? -1 : 1,
  )
}
