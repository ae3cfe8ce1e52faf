import { Database } from 'bun:sqlite'
import fc from 'fast-check'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import { correctionOf } from '../core/correction.ts'
import { newCallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import { MemoryLedger } from './memory/ledger.ts'
import { openStore } from './offline.ts'
import type { PriceDraft } from './prices.ts'
import { aRecord, noon } from './rows.suite.ts'
import { scratch } from './scratch.suite.ts'
import { verifyLedger } from './verify.ts'

const folder = scratch()

function opened(): { path: string; store: ReturnType<typeof openStore> } {
  const path = folder()
  mkdirSync(path, { recursive: true })
  return { path, store: openStore(path) }
}

const draft = (changes: Partial<PriceDraft> = {}): PriceDraft => ({
  provider: 'acme',
  model: 'echo',
  region: 'standard',
  mode: 'standard',
  kind: 'price_change',
  body: '[]',
  source: 'their page',
  readOn: '2026-11-20',
  confidence: 'vendor-page',
  doubts: [],
  ...changes,
})

const [early, late, later] = [1, 2, 3].map((at) => at as Instant) as [Instant, Instant, Instant]

describe.each([
  ['in memory', () => new MemoryLedger()],
  ['on the disk', () => opened().store],
] as const)('the price book %s', (_, open) => {
  test('closes a version where the next one begins, and changes nothing else of it', async () => {
    const book = open()
    const [first] = await book.addPrices([draft()], early)
    await book.addPrices([draft({ body: '[1]' }), draft({ mode: 'batch' })], late)
    const [closed, open2, batch] = await book.prices()
    expect(first).toMatchObject({ state: 'known', knownFrom: early, knownTo: null })
    expect(closed).toEqual({ ...first!, knownTo: late })
    expect([open2!.knownTo, batch!.knownTo]).toEqual([null, null])
    await book.close()
  })

  test('holds back what is doubted, until somebody decides, once', async () => {
    const book = open()
    await book.addPrices([draft()], early)
    const [held, other] = await book.addPrices(
      [draft({ doubts: ['three times'] }), draft({ doubts: ['yuan'] })],
      late,
    )
    expect(held).toMatchObject({ state: 'held', knownFrom: null, doubts: ['three times'] })
    expect((await book.prices())[0]!.knownTo).toBeNull()
    expect(await book.decidePrice(held!.id, true, later)).toMatchObject({
      state: 'known',
      knownFrom: later,
    })
    expect(await book.decidePrice(other!.id, false, later)).toMatchObject({ state: 'rejected' })
    expect((await book.prices()).map(({ knownTo }) => knownTo)).toEqual([later, null, null])
    for (const id of [held!.id, other!.id, 99]) {
      expect(await book.decidePrice(id, true, later)).toBeNull()
    }
    await book.close()
  })
})

test('the database itself keeps versions from being rewritten or deleted', async () => {
  const { path, store } = opened()
  await store.addPrices([draft()], early)
  await store.close()
  const db = new Database(join(path, 'ledger.db'))
  expect(() => db.run('DELETE FROM price')).toThrow('kept')
  expect(() => db.run("UPDATE price SET body = '[2]'")).toThrow('kept')
  db.close()
})

test('corrections of any amount sum with the rows of before, are no calls, and the ledger stays whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { minLength: 1, maxLength: 20 }),
      async (differences) => {
        const { path, store } = opened()
        const record = aRecord({ cost: 5_000n as Money })
        store.append(record)
        for (const [place, difference] of differences.entries()) {
          const about = { kind: 'table_error', priceId: 'a@b', configHash: 'hash' } as const
          const at = (noon + place * 3_600_000_000) as Instant
          const amount = difference as Money
          store.append(correctionOf(record, { ...about, id: newCallId(), at, difference: amount }))
        }
        await store.flushed()
        const until = (noon + 100 * 3_600_000_000) as Instant
        const { total, rows } = await store.costs({ by: ['role'], filters: {}, since: noon, until })
        expect(total.cost as bigint).toBe(differences.reduce((sum, each) => sum + each, 5_000n))
        expect([total.calls, total.attempts, total.costUnknown]).toEqual([1, 1, 0])
        expect(rows.map(({ group }) => group[0]).toSorted()).toEqual(['correction', 'served'])
        await store.close()
        const report = await verifyLedger({
          folder: path,
          live: false,
          costOf: () => 'unchecked',
          step: async () => {},
        })
        expect(report.checks.filter(({ failed }) => failed > 0)).toEqual([])
      },
    ),
    { numRuns: 8 },
  )
}, 60_000)

test('a row that says to correct, and does not say what, is found', async () => {
  const { path, store } = opened()
  store.append(aRecord({ role: 'correction', attempt: 0, reason: 'somehow', cost: -3n as Money }))
  await store.close()
  const report = await verifyLedger({
    folder: path,
    live: false,
    costOf: () => 'unchecked',
    step: async () => {},
  })
  const numbers = report.checks.find(({ check }) => check === 'numbers')!
  expect(numbers.failures.map(({ says }) => says)).toEqual(['it corrects nothing: "somehow"'])
})
