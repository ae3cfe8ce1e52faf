import { expect, test } from 'bun:test'
import type { CallId } from '../core/ids.ts'
import type { AttemptRecord } from '../core/record.ts'
import { MemoryLedger } from '../store/memory/ledger.ts'
import { aRecord } from '../store/rows.suite.ts'
import { searchCalls } from './call-search.ts'

/** Calls of which the errors of some say a word. */
function ledgerOf(count: number, says: (at: number) => boolean) {
  const records = Array.from({ length: count }, (_, at): AttemptRecord => {
    const id = `01990000-0000-7000-8000-${at.toString(16).padStart(12, '0')}` as CallId
    return aRecord({ callId: id, errorText: says(at) ? 'a Refund is due' : 'nothing' })
  })
  const ledger = new MemoryLedger()
  for (const record of records) ledger.append(record)
  return { ledger, records }
}

test('whoever follows what comes finds it once, however much came that does not fit', async () => {
  const { ledger, records } = ledgerOf(260, (at) => at === 40 || at === 230)
  const query = { filters: {}, limit: 100, after: records[0]!.callId }
  const { calls, next, looked } = await searchCalls(ledger, query, 'refund')
  expect(calls.map(({ id }) => id)).toEqual([records[40]!.callId, records[230]!.callId])
  expect(calls.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  expect([next, looked]).toEqual([null, 259])
})

test('of more than are looked through at once, the next page goes on where this one ended', async () => {
  const { ledger, records } = ledgerOf(700, (at) => at === 650)
  const query = { filters: {}, limit: 100, after: records[0]!.callId }
  const first = await searchCalls(ledger, query, 'refund')
  expect([first.calls, first.looked]).toEqual([[], 500])
  const second = await searchCalls(ledger, { ...query, after: first.next! as CallId }, 'refund')
  expect(second.calls.map(({ id }) => id)).toEqual([records[650]!.callId])
  const back = await searchCalls(ledger, { filters: {}, limit: 1 }, 'refund')
  expect(back.calls.map(({ id }) => id)).toEqual([records[650]!.callId])
})
