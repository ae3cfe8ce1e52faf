import fc from 'fast-check'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { type Clock, type Instant, systemClock } from '../core/clock.ts'
import { type CallId, firstIdAt, newCallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord } from '../core/record.ts'
import { redact, redactJson } from '../privacy/redact.ts'
import { encodeHead, segmentNumbers, segmentPath } from './journal/segment.ts'
import { JournalWriter } from './journal/writer.ts'
import { verifyChain } from './journal/verify.ts'
import { journalFolder } from './folders.ts'
import { laneStart } from './lanes.ts'
import { LocalStore } from './local.ts'
import { MemoryLedger } from './memory/ledger.ts'
import { storeDefaults } from './options.ts'
import { type CallQuery, costRowsMax, type Payload, type Store } from './ports.ts'
import { storeSuite } from './ports.suite.ts'
import { anIntent, aRecord, noon } from './rows.suite.ts'
import { scratch } from './scratch.suite.ts'

const folder = scratch()

storeSuite('journal and sqlite, in one thread', async (timeZone) => {
  const path = folder()
  const options = { ...storeDefaults, timeZone }
  const store = new LocalStore(path, options, { masker: { redact, redactJson } })
  const ledger = new JournalWriter({ folder: journalFolder(path) })
  return {
    ledger,
    payloads: { keep: (payload) => store.keep([payload]) },
    store,
    close: async () => {
      await ledger.close()
      await store.close()
    },
  }
})

describe('housekeeping', () => {
  test('forgets rows after 13 months and payloads after a month, and keeps their sums', async () => {
    const { store, ledger, travel, path } = aStore()
    const old = aRecord({ callId: idAt(now()), at: now() })
    ledger.append(old)
    await ledger.flushed()
    store.keep([aPayload(old.callId, now())])
    store.load()
    travel(29)
    expect(store.housekeep()).toBe(false)
    expect((await store.call(old.callId))?.answers.size).toBe(1)
    travel(2)
    store.housekeep()
    expect(await store.call(old.callId)).toMatchObject({ payloadNote: 'expired' })
    travel(364)
    ledger.append(aRecord({ callId: idAt(now()), at: now() }))
    await ledger.flushed()
    store.load()
    expect(store.housekeep()).toBe(false)
    expect((await store.health()).rows).toBe(2)
    travel(2)
    expect(store.housekeep()).toBe(true)
    expect(store.housekeep()).toBe(false)
    expect(await store.call(old.callId)).toBeNull()
    expect((await store.health()).rows).toBe(1)
    const { total } = await store.costs({ by: [], filters: {}, since: 0 as Instant, until: now() })
    expect(total.attempts).toBe(2)
    expect(readdirSync(join(path, 'payloads'))).toEqual([])
    await ledger.close()
    await store.close()
  })

  test('forgets payloads with the rows that say whose they are, where rows are kept for less', async () => {
    const { store, ledger, travel, path } = aStore({ rowsDays: 7 })
    const old = aRecord({ callId: idAt(now()), at: now() })
    ledger.append(old)
    await ledger.flushed()
    store.keep([aPayload(old.callId, now())])
    store.load()
    for (let day = 0; day < 8; day += 0.25) {
      travel(0.25)
      store.housekeep()
      const kept = readdirSync(join(path, 'payloads')).length > 0
      if (kept) expect((await store.call(old.callId))?.attempts).toHaveLength(1)
      if (day < 4) expect(kept).toBe(true)
    }
    expect(readdirSync(join(path, 'payloads'))).toEqual([])
    await ledger.close()
    await store.close()
  })

  test('deletes segments a day after they were loaded, never one that is needed', async () => {
    const { store, ledger, travel, path } = aStore({ segmentBytesMax: 1000 })
    const add = async (count: number) => {
      for (let index = 0; index < count; index += 1) {
        ledger.append(aRecord())
        await ledger.flushed()
      }
      while (store.load());
    }
    const numbers = () => segmentNumbers(journalFolder(path))
    await add(5)
    const inSegment = numbers().at(-1)
    ledger.intend(anIntent({ at: (now() + 86_400_000_000) as Instant }))
    await add(4)
    const all = numbers()
    store.housekeep()
    expect(numbers()).toEqual(all)
    travel(1.1)
    store.housekeep()
    expect(numbers()[0]).toBe(inSegment!)
    // The call that never ended is given up a day after it began: then nothing is needed any more.
    travel(1)
    store.housekeep()
    store.housekeep()
    expect(numbers()).toEqual(all.slice(-1))
    expect((await store.health()).recovered).toBe(1)
    await ledger.close()
    await store.close()
  })
})

describe('lanes of the journal', () => {
  test('are all taken in, also those that nobody writes any more', async () => {
    const path = folder()
    const first = new LocalStore(path, storeDefaults, { masker: null })
    const lanes = [0, 1, 2].map((lane) => {
      first.addLane(lane)
      return new JournalWriter({ folder: journalFolder(path), lane })
    })
    const open = lanes.map(() => anIntent({ at: now() }))
    for (const [lane, writer] of lanes.entries()) {
      writer.append(aRecord({ callId: idAt(now()), at: now() }))
      writer.intend(open[lane]!)
      await writer.flushed()
    }
    expect((await first.health()).rows).toBe(3)
    // All of it dies, and is started again with one thread.
    await first.close()
    const second = new LocalStore(path, storeDefaults, { masker: null })
    second.catchUp()
    expect(await second.health()).toMatchObject({ rows: 6, recovered: 3, journalFaults: 0 })
    for (const { callId } of open) {
      expect((await second.call(callId))?.attempts[0]).toMatchObject({ endState: 'unknown' })
    }
    expect(second.segments.toSorted((left, right) => left - right)).toEqual(
      [0, 1, 2].map((lane) => laneStart(lane) + 1),
    )
    // And with three once more: each goes on where its lane ended.
    const heirs = [0, 1, 2].map((lane) => new JournalWriter({ folder: journalFolder(path), lane }))
    expect(verifyChain(journalFolder(path))).toEqual({ segments: 6, unlinked: 0, faults: [] })
    await Promise.all(heirs.map((heir) => heir.close()))
    await second.close()
  })

  test('a thread that died is followed by another, and its calls are unknown at once', async () => {
    const path = folder()
    const store = new LocalStore(path, storeDefaults, { masker: null })
    store.addLane(1)
    const main = new JournalWriter({ folder: journalFolder(path) })
    const dying = new JournalWriter({ folder: journalFolder(path), lane: 1 })
    const [here, there] = [anIntent({ at: now() }), anIntent({ at: now() })]
    main.intend(here)
    dying.intend(there)
    await Promise.all([main.flushed(), dying.flushed()])
    while (store.load());
    const heir = new JournalWriter({ folder: journalFolder(path), lane: 1 })
    while (store.load());
    expect((await store.call(there.callId))?.attempts).toMatchObject([{ endState: 'unknown' }])
    expect(await store.call(here.callId)).toBeNull()
    await Promise.all([main.close(), heir.close()])
    await store.close()
  })
})

describe('queries', () => {
  test('of any calls find the same as memory does, on any pages', async () => {
    const { store, ledger } = aStore()
    const memory = new MemoryLedger()
    const seed = Date.now() % 1_000_000
    const records = fc.sample(scattered, { numRuns: 400, seed })
    for (const [index, record] of records.entries()) {
      ledger.append(record)
      memory.append(record)
      await ledger.flushed()
      if (index % 20 === 0) store.load()
    }
    for (const query of fc.sample(anyQuery, { numRuns: 100, seed })) {
      const found = await allPages(store, query)
      expect({ seed, found }).toEqual({ seed, found: await allPages(memory, query) })
    }
    await ledger.close()
    await store.close()
  })

  test('of more groups than a report holds give the dearest, and the total of all', async () => {
    const { store, ledger } = aStore()
    for (let count = 0; count < costRowsMax + 50; count += 1) {
      ledger.append(aRecord({ customer: `c${count}`, cost: BigInt(count) as Money }))
    }
    await ledger.flushed()
    while (store.load());
    const report = await store.costs({
      by: ['customer'],
      filters: {},
      since: noon,
      until: (noon + 1) as Instant,
    })
    expect(report.cut).toBe(true)
    expect(report.rows).toHaveLength(costRowsMax)
    expect(report.rows[0]?.group).toEqual([`c${costRowsMax + 49}`])
    expect(report.rows.at(-1)?.group).toEqual(['c50'])
    expect(report.total.calls).toBe(costRowsMax + 50)
    await ledger.close()
    await store.close()
  })

  test('of calls with very long texts give smaller pages, and every call', async () => {
    const { store, ledger } = aStore()
    const ids = Array.from({ length: 40 }, () => newCallId())
    for (const callId of ids) ledger.append(aRecord({ callId, errorText: 'x'.repeat(999_999) }))
    await ledger.flushed()
    while (store.load());
    const first = await store.calls({ filters: {}, limit: 1000 })
    expect(first.attempts.length).toBeLessThan(20)
    const seen = first.attempts.map(({ callId }) => callId)
    for (let next = first.next; next;) {
      const page = await store.calls({ filters: {}, limit: 1000, before: next })
      seen.push(...page.attempts.map(({ callId }) => callId))
      next = page.next
    }
    expect(seen.toSorted()).toEqual(ids.toSorted())
    await ledger.close()
    await store.close()
  })

  test('look through a bounded number of rows for one page, and say where to go on', async () => {
    const { store, ledger } = aStore()
    const rare = aRecord({ callId: idAt(noon), session: 'rare' })
    ledger.append(rare)
    for (let count = 0; count < 25_000; count += 1) ledger.append(aRecord())
    await ledger.flushed()
    while (store.load());
    const page = await store.calls({ filters: {}, session: 'rare', limit: 10 })
    expect(page).toEqual({ attempts: [rare], next: null })
    await ledger.close()
    await store.close()
  })

  test('are answered from the database when the journal cannot be read', async () => {
    const { store, ledger, path } = aStore()
    const record = aRecord()
    ledger.append(record)
    await ledger.flushed()
    store.load()
    await ledger.close()
    const later = encodeHead({ number: 2, createdAt: noon, run: '00'.repeat(16) })
    later.writeUInt32LE(99, 8)
    later.writeUInt32LE(Bun.hash.crc32(later.subarray(0, 40)), 40)
    writeFileSync(segmentPath(journalFolder(path), 2), later)
    expect(() => {
      while (store.load());
    }).toThrow('has format 99 of the journal')
    expect((await store.call(record.callId))?.attempts).toEqual([record])
    await store.close()
  })

  test('of a payload whose file is damaged give the rows, and say so', async () => {
    const { store, ledger, path } = aStore()
    const record = aRecord({ callId: idAt(noon) })
    ledger.append(record)
    await ledger.flushed()
    mkdirSync(join(path, 'payloads'))
    writeFileSync(join(path, 'payloads', '2026-11-21.db'), 'no database'.repeat(100))
    expect(() => store.keep([aPayload(record.callId, noon)])).toThrow()
    const call = await store.call(record.callId)
    expect(call).toMatchObject({ attempts: [record], payloadNote: 'unreadable' })
    expect((await store.health()).payloadsDropped).toBe(1)
    await ledger.close()
    await store.close()
  })
})

const anyTime = fc
  .integer({ min: Date.UTC(2026, 10, 18), max: Date.UTC(2026, 10, 21) })
  .map((ms) => (ms * 1000 + 5) as Instant)
const fewNames = fc.constantFrom('a', 'b', 'c')

/** Rows whose ids say one time and whose rows another, with several attempts a call. */
const scattered = fc
  .record({
    made: anyTime,
    call: fc.nat({ max: 3 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    at: anyTime,
    customer: fc.option(fewNames),
    task: fewNames,
    session: fc.option(fewNames),
    endState: fc.constantFrom('complete', 'timeout'),
  })
  .map(({ made, call, ...row }) => {
    const hour = (made - (made % 3_600_000_000)) as Instant
    return aRecord({
      ...row,
      callId: `${firstIdAt(hour).slice(0, -1)}${call}`,
    } as Partial<AttemptRecord>)
  })

const anyQuery = fc.record(
  {
    filters: fc.record({ customer: fewNames, task: fewNames }, { requiredKeys: [] }),
    session: fewNames,
    status: fc.constantFrom('ok' as const, 'error' as const),
    since: anyTime,
    until: anyTime,
    before: anyTime.map(firstIdAt),
    limit: fc.integer({ min: 1, max: 50 }),
  },
  { requiredKeys: ['filters', 'limit'] },
)

async function allPages(store: Pick<Store, 'calls'>, query: CallQuery) {
  const pages = []
  for (let before = query.before, more = true; more;) {
    const page = await store.calls({ ...query, ...(before ? { before } : {}) })
    pages.push(page.attempts.map(({ callId, attempt }) => `${callId}/${attempt}`))
    more = page.next !== null
    before = page.next ?? undefined
  }
  return pages
}

let days = 0
const now = () => (Date.now() * 1000 + days * 86_400_000_000) as Instant

function aStore({ segmentBytesMax = 64_000_000, rowsDays = storeDefaults.rowsDays } = {}) {
  days = 0
  const path = folder()
  const clock: Clock = { ...systemClock, now }
  const store = new LocalStore(path, { ...storeDefaults, rowsDays }, { masker: null }, clock)
  const ledger = new JournalWriter({ folder: journalFolder(path), segmentBytesMax })
  return { path, store, ledger, travel: (by: number) => (days += by) }
}

/** An id of a call that was made at an instant. */
function idAt(at: Instant): CallId {
  return `${firstIdAt(at).slice(0, -12)}${newCallId().slice(-12)}` as CallId
}

function aPayload(callId: CallId, at: Instant): Payload {
  return { callId, attempt: 1, at, dialect: 'x', request: null, answer: 'x', mode: 'full' }
}
