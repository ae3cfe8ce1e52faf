import { Database } from 'bun:sqlite'
import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { type Instant, systemClock } from '../core/clock.ts'
import { type CallId, newCallId } from '../core/ids.ts'
import { type EmbeddedOptions, startStore } from '../store/embedded.ts'
import { journalFolder } from '../store/folders.ts'
import { JournalWriter } from '../store/journal/writer.ts'
import { openStore } from '../store/offline.ts'
import { storeDefaults } from '../store/options.ts'
import type { Payload, Store } from '../store/ports.ts'
import { storeSuite } from '../store/ports.suite.ts'
import { anIntent, aRecord } from '../store/rows.suite.ts'
import { failureOf, scratch } from '../store/scratch.suite.ts'
import { StoreClient } from '../store/thread/client.ts'
import { LaneClient } from '../store/thread/lane.ts'
import { behindCalls, systemThreads } from './priority.ts'

const folder = scratch()
const spawn = () => new Worker(new URL('ledger.ts', import.meta.url))
const start = (path: string, options: Partial<EmbeddedOptions> = {}) =>
  startStore({ folder: path, spawn, ...options })

storeSuite('journal and sqlite, in a thread of its own', (timeZone) =>
  start(folder(), { options: { timeZone } }),
)

describe('the thread of the ledger', () => {
  test('brings a row into the database, though nobody asks', async () => {
    const path = folder()
    const embedded = await start(path)
    const db = new Database(join(path, 'ledger.db'), { readonly: true })
    for (let round = 0; round < 3; round += 1) {
      embedded.ledger.append(aRecord())
      await embedded.ledger.flushed()
      await until(async () => rowsIn(db) > round)
    }
    db.close()
    await embedded.close()
  })

  test.if(systemThreads !== null)(
    'is behind those that serve, which stay where they are',
    async () => {
      const { main, all, niceOf, nameOf } = systemThreads!
      const before = niceOf(main)
      const embedded = await start(folder())
      const workers = all().filter((id) => nameOf(id) === 'Worker')
      expect(workers.map(niceOf)).toContain(Math.min(19, before + behindCalls))
      expect(niceOf(main)).toBe(before)
      await embedded.close()
    },
  )

  test('carries an error with its sentence', async () => {
    const embedded = await start(folder())
    const failure = await failureOf(embedded.store.calls({ filters: {}, limit: 0 }))
    expect(failure).toEqual(new RangeError('A page holds 1 to 1000 calls, not 0.'))
    await embedded.close()
  })

  test('that cannot start says why, and leaves the folder free', async () => {
    const path = folder()
    const failure = await failureOf(start(path, { options: { timeZone: 'Mars/Olympus' } }))
    expect(failure).toEqual(new RangeError('There is no time zone named Mars/Olympus.'))
    await (await start(path)).close()
  })

  test('that dies is started again, and nothing that was written is lost', async () => {
    const workers: Worker[] = []
    const told: (string | null)[] = []
    const embedded = await start(folder(), {
      spawn: () => {
        workers.push(spawn())
        return workers.at(-1)!
      },
      onFault: (part, error) => told.push(error && part),
    })
    const before = aRecord()
    embedded.ledger.append(before)
    const under = anIntent()
    embedded.ledger.intend(under)
    await embedded.ledger.flushed()
    workers[0]!.terminate()
    const failure = await failureOf(embedded.store.call(before.callId))
    expect(failure).toMatchObject({ code: 'ledger_unavailable' })
    await until(async () => (await embedded.store.health()).threadRestarts === 1)
    expect((await embedded.store.call(before.callId))?.attempts).toEqual([before])
    const after = aRecord({ callId: under.callId })
    embedded.ledger.append(after)
    await embedded.ledger.flushed()
    // The gateway lived on: its open attempt was not given up with the thread.
    expect((await embedded.store.call(under.callId))?.attempts).toEqual([after])
    expect((await embedded.store.health()).recovered).toBe(0)
    expect(told).toEqual(['thread', null])
    await embedded.close()
  })

  test('takes in what another thread writes and keeps, also after it has died itself', async () => {
    const path = folder()
    const workers: Worker[] = []
    const embedded = await start(path, {
      spawn: () => {
        workers.push(spawn())
        return workers.at(-1)!
      },
    })
    // As `compose/workers/serving.ts` has it, in this thread.
    const lane = new LaneClient(1_000_000)
    const leave = embedded.join(1, (port) => lane.connect(port))
    const journal = new JournalWriter({
      folder: journalFolder(path),
      lane: 1,
      after: embedded.segment(1),
      onWritten: () => lane.wake(),
    })
    const serve = async () => {
      const record = aRecord()
      journal.append(record)
      lane.keep(payloadOf(record.callId, 'x'))
      await journal.flushed()
      return record
    }
    const isKept = async ({ callId }: { readonly callId: CallId }) =>
      (await embedded.store.call(callId).catch(() => null))?.answers.size === 1
    const before = await serve()
    await until(() => isKept(before))
    workers[0]!.terminate()
    await until(async () => (await embedded.store.health().catch(() => null))?.threadRestarts === 1)
    const after = await serve()
    await until(() => isKept(after))
    expect((await embedded.store.call(after.callId))?.attempts).toEqual([after])
    await journal.close()
    await lane.close()
    leave()
    await embedded.close()
  })

  test('answers queries while it loads', async () => {
    const path = folder()
    const embedded = await start(path)
    const records = Array.from({ length: 20_000 }, () => aRecord())
    for (const record of records) embedded.ledger.append(record)
    await embedded.ledger.flushed()
    const asked = await Promise.all(
      records.slice(0, 20).map(({ callId }) => embedded.store.call(callId)),
    )
    expect(asked.every((call) => call?.attempts.length === 1)).toBe(true)
    await until(async () => (await embedded.store.health()).behindBytes === 0)
    expect((await embedded.store.health()).rows).toBe(20_000)
    await embedded.close()
  })

  test('takes in all that was given before it ends', async () => {
    const path = folder()
    const embedded = await start(path)
    const record = aRecord({ at: systemClock.now() })
    embedded.ledger.append(record)
    embedded.payloads.keep(payloadOf(record.callId, 'x'))
    await embedded.close()
    const store = openStore(path)
    expect(await store.call(record.callId)).toMatchObject({
      attempts: [record],
      answers: new Map([[1, 'x']]),
    })
    await store.close()
  })
})

describe('payloads', () => {
  test('above the bound of the queue are dropped, counted, and said to be dropped', async () => {
    const client = await StoreClient.start({
      spawn,
      folder: folder(),
      options: storeDefaults,
      queueBytesMax: 25_000,
    })
    const ids = Array.from({ length: 5 }, () => newCallId())
    for (const id of ids) client.keep(payloadOf(id, 'x'.repeat(5_000)))
    await until(async () => {
      const { payloadsKept, payloadsDropped } = await client.health()
      return payloadsKept === 2 && payloadsDropped === 3
    })
    client.keep(payloadOf(newCallId(), 'x'.repeat(5_000)))
    await until(async () => (await client.health()).payloadsKept === 3)
    await client.close()
  })

  test('that were dropped are told from those that were never given', async () => {
    const embedded = await start(folder())
    const record = aRecord({ at: systemClock.now() })
    embedded.ledger.append(record)
    await embedded.ledger.flushed()
    embedded.payloads.keep(payloadOf(record.callId, 'x'.repeat(40_000_000)))
    await until(async () => (await embedded.store.health()).payloadsDropped === 1)
    await until(async () => (await embedded.store.call(record.callId))?.payloadNote === 'dropped')
    await embedded.close()
  })
})

describe('the folder of a store', () => {
  test('has one owner at a time', async () => {
    const path = folder()
    const embedded = await start(path)
    const words = `The store ${path} is in use by another process.`
    expect(String(await failureOf(start(path)))).toContain(words)
    expect(() => openStore(path)).toThrow(words)
    await embedded.close()
    const store = openStore(path)
    expect(String(await failureOf(start(path)))).toContain(words)
    await store.close()
    await (await start(path)).close()
  })

  test('has an owner in another process until that one dies', async () => {
    const path = folder()
    const victim = aVictim(path)
    await victim.hasBegun
    expect(() => openStore(path)).toThrow('is in use by another process')
    await victim.kill()
    await openStore(path).close()
  })

  test('keeps every acknowledged row once, however often the gateway is killed', async () => {
    const path = folder()
    const begun = new Set<string>()
    const ended = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const victim = aVictim(path)
      await victim.hasBegun
      await Bun.sleep(Math.random() * 60)
      const said = await victim.kill()
      for (const [, word, id] of said.matchAll(/^(begun|ended) (\S+)\n/gm)) {
        if (word === 'begun') begun.add(id!)
        else ended.add(id!)
      }
      // Half of the time the next gateway finds what this one left, half of the time a command does.
      if (round % 2 === 0) await openStore(path).close()
    }
    const store = openStore(path)
    const rows = await allRows(store)
    const outcomes = new Map(rows.map(({ callId, endState }) => [callId as string, endState]))
    expect(outcomes.size).toBe(rows.length)
    expect(ended.size).toBeGreaterThan(100)
    expect([...ended].filter((id) => outcomes.get(id) !== 'complete')).toEqual([])
    expect([...begun].filter((id) => !outcomes.has(id))).toEqual([])
    const unknown = rows.filter(({ endState }) => endState === 'unknown')
    expect(unknown.length).toBeGreaterThan(20)
    expect(unknown.every(({ cost, usage }) => cost === null && usage === null)).toBe(true)
    const health = await store.health()
    expect(health).toMatchObject({ rows: rows.length, recovered: unknown.length, rejected: 0 })
    const { total } = await store.costs({
      by: [],
      filters: {},
      since: 0 as Instant,
      until: (systemClock.now() + 1) as Instant,
    })
    expect(total).toMatchObject({
      attempts: rows.length,
      errors: unknown.length,
      costUnknown: unknown.length,
    })
    await store.close()
  }, 30_000)

  test('survives damage in the journal: what can be read is, and the rest is counted', async () => {
    const path = folder()
    const first = await start(path)
    const record = aRecord()
    first.ledger.append(record)
    await first.ledger.flushed()
    await first.close()
    const [segment] = readdirSync(join(path, 'journal'))
    appendFileSync(join(path, 'journal', segment!), Buffer.alloc(100, 7))
    const second = await start(path)
    expect(await second.store.health()).toMatchObject({ rows: 1, journalFaults: 1 })
    const later = aRecord()
    second.ledger.append(later)
    await second.ledger.flushed()
    expect((await second.store.call(later.callId))?.attempts).toEqual([later])
    await second.close()
  })
})

function aVictim(path: string) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'victim.suite.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { promise: hasBegun, resolve } = Promise.withResolvers<void>()
  const said = (async () => {
    let text = ''
    for await (const bytes of child.stdout) {
      text += new TextDecoder().decode(bytes)
      resolve()
    }
    return text
  })()
  return {
    hasBegun,
    kill: async () => {
      child.kill('SIGKILL')
      await child.exited
      return said
    },
  }
}

async function allRows(store: Store) {
  const rows = []
  let before: CallId | undefined
  do {
    const page = await store.calls({ filters: {}, limit: 1000, ...(before ? { before } : {}) })
    rows.push(...page.attempts)
    before = page.next ?? undefined
  } while (before)
  return rows
}

function payloadOf(callId: CallId, answer: string): Payload {
  return {
    callId,
    attempt: 1,
    at: systemClock.now(),
    dialect: 'openai-chat',
    request: null,
    answer,
    mode: 'full',
  }
}

function rowsIn(db: Database): number {
  return Number(db.query('SELECT COUNT(*) FROM attempt').values()[0]?.[0])
}

/** Waits for what comes soon; a store that is starting anew may refuse meanwhile. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 300; waited += 1) {
    if (await holds().catch(() => false)) return
    await Bun.sleep(10)
  }
  throw new Error('It never came.')
}
