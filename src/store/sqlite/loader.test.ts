import { Database } from 'bun:sqlite'
import fc from 'fast-check'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { type CallId, newCallId } from '../../core/ids.ts'
import type { AttemptRecord, Intent } from '../../core/record.ts'
import { Calendar } from '../calendar.ts'
import type { Batch, Entry } from '../entry.ts'
import { laneStart } from '../lanes.ts'
import type { PerformanceQuery } from '../performance.ts'
import { anIntent, aRecord, noon } from '../rows.suite.ts'
import { scratch } from '../scratch.suite.ts'
import { calls } from './calls.ts'
import { columnNames, columns, idBytes, recordOf, usageColumns } from './columns.ts'
import { inTransaction, metaNumber, openDatabase, setMeta } from './database.ts'
import { highSum, joined, lowSum } from './halves.ts'
import { Loader } from './loader.ts'
import { performanceReport } from './performance.ts'
import { schemaVersion, sumColumns } from './schema.ts'

const folder = scratch()
const utc = new Calendar('UTC')

describe('loading the journal', () => {
  test('gives every attempt one row, however often and from wherever it is read', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat({ max: 4 }), { maxLength: 20 }), (runs, stops) => {
        const db = openDatabase(':memory:', utc)
        const journal = aJournal(runs)
        let loader = new Loader(db, utc)
        const readOn = () => {
          const batch = journal.read(loader)
          if (batch) loader.load(batch)
          return batch !== null
        }
        // The loader is thrown away again and again, with what it has in memory.
        for (const looks of stops) {
          for (let look = 0; look < looks; look += 1) readOn()
          loader = new Loader(db, utc)
        }
        while (readOn());
        loader.settle()

        const expected = journal.outcomes()
        expect(outcomesIn(db)).toEqual(expected)
        expect(loader.rows).toBe(expected.length)
        expect(loader.recovered).toBe(expected.filter(({ end }) => end === 'unknown').length)
        expect(sumsIn(db, 'rollup_hour')).toEqual(sumsOfRows(db))
        expect(sumsIn(db, 'rollup_day')).toEqual(sumsOfRows(db))
        db.close()
      }),
      { numRuns: 200 },
    )
  })

  test('saves no cursor beyond an attempt that is under way', () => {
    const { loader, again } = aLoader()
    const [first, second] = [anIntent(), anIntent()]
    const intents = [entryOf(1, 100, { intent: first }), entryOf(1, 200, { intent: second })]
    loader.load(batchOf(1, 300, intents))
    loader.load(batchOf(1, 400, [recordEntry(1, 300, second.callId)]))
    expect(loader.waiting).toBe(1)
    expect(again().position()).toEqual({ segment: 1, offset: 100 })
    loader.load(batchOf(2, 500, [recordEntry(2, 44, first.callId)]))
    expect(loader.waiting).toBe(0)
    expect(again().position()).toEqual({ segment: 2, offset: 500 })
    expect(again().neededFrom()).toBe(2)
  })

  test('a call of a process that is gone is booked as unknown, one that lives is waited for', () => {
    const { db, loader } = aLoader()
    const [dead, alive] = [anIntent(), anIntent()]
    loader.load(batchOf(1, 200, [entryOf(1, 100, { intent: dead })], 'run 1'))
    expect(rowOf(db, dead.callId)).toBeNull()
    loader.load(batchOf(2, 200, [entryOf(2, 100, { intent: alive })], 'run 2'))
    expect(rowOf(db, dead.callId)).toEqual(
      aRecord({
        ...withoutCeiling(dead),
        endState: 'unknown',
        usage: null,
        usageSource: 'none',
        usageRaw: null,
        cost: null,
        costSource: 'unknown',
        modelServed: null,
        credential: null,
        policy: null,
        reason: null,
        priceId: null,
        status: null,
        finish: null,
        toolCalls: null,
        answerId: null,
        queueUs: null,
        firstByteUs: null,
        totalUs: null,
        overheadUs: null,
      }),
    )
    expect(rowOf(db, alive.callId)).toBeNull()
    expect(loader.recovered).toBe(1)
    loader.settle()
    expect(rowOf(db, alive.callId)?.endState).toBe('unknown')
  })

  test('lanes are read apart: each has its cursor, and what one writer left open is its own', () => {
    const { db, loader, again } = aLoader()
    const [here, there] = [anIntent(), anIntent()]
    loader.load(batchOf(1, 200, [entryOf(1, 100, { intent: here })], 'main'))
    loader.load(batchOf(laneStart(1) + 1, 200, [entryOf(laneStart(1) + 1, 100, { intent: there })]))
    // The second thread died, and another one began where it had ended.
    loader.load(batchOf(laneStart(1) + 2, 300, [recordEntry(laneStart(1) + 2, 200)], 'another'))
    expect(rowOf(db, there.callId)?.endState).toBe('unknown')
    expect(rowOf(db, here.callId)).toBeNull()
    expect(loader.waiting).toBe(1)
    expect(again().position(1)).toEqual({ segment: laneStart(1) + 2, offset: 300 })
    expect(again().position(2)).toEqual({ segment: laneStart(2), offset: 0 })
    loader.settle()
    expect(again().position()).toEqual({ segment: 1, offset: 200 })
    expect([loader.rows, loader.recovered]).toEqual([3, 2])
  })

  test('an attempt whose record never comes is given up after a day', () => {
    const { db, loader, again } = aLoader()
    const [old, young] = [anIntent({ at: noon }), anIntent({ at: (noon + 10) as Instant })]
    const intents = [entryOf(1, 100, { intent: old }), entryOf(1, 200, { intent: young })]
    loader.load(batchOf(1, 300, intents))
    expect(loader.abandon(noon)).toEqual([])
    expect(loader.abandon((noon + 5) as Instant)).toEqual([old.callId])
    expect(rowOf(db, old.callId)?.endState).toBe('unknown')
    expect(loader.waiting).toBe(1)
    expect(again().position()).toEqual({ segment: 1, offset: 200 })
  })

  test('a frame that is no row is kept as text and counted, and the next one is loaded', () => {
    const { db, loader } = aLoader()
    const good = recordEntry(1, 400)
    const noId = entryOf(1, 200, { record: aRecord({ callId: 'no id' as CallId }) })
    const noTime = entryOf(1, 300, { record: aRecord({ at: Number.NaN as Instant }) })
    const strange: Entry = { kind: 'strange', start: { segment: 1, offset: 100 }, text: '["?"]' }
    loader.load(batchOf(1, 500, [strange, noId, noTime, good]))
    loader.load(batchOf(1, 600, [strange]))
    expect(db.query('SELECT offset, why FROM rejected ORDER BY offset').values()).toEqual([
      [100n, 'Neither an intent nor a record.'],
      [200n, 'Not an id of a call: no id'],
      [300n, 'NOT NULL constraint failed: attempt.at'],
    ])
    expect(loader.rows).toBe(1)
  })

  test('what the journal lost is counted once, however often it is met', () => {
    const { db, loader } = aLoader()
    const fault = { kind: 'corrupt', start: { segment: 1, offset: 44 }, bytes: 9 } as const
    loader.load({ ...batchOf(1, 100, []), faults: [fault] })
    loader.load({ ...batchOf(1, 100, []), faults: [fault] })
    expect(db.query('SELECT COUNT(*) FROM journal_fault').values()).toEqual([[1n]])
  })

  test('when the disk is full nothing is half loaded, and all is when there is room', () => {
    const { db, loader } = aLoader()
    const entries = Array.from({ length: 300 }, (_, index) => recordEntry(1, 100 + index))
    const pages = Number((db.query('PRAGMA page_count').values()[0] as [bigint])[0])
    db.run(`PRAGMA max_page_count = ${pages + 10}`)
    expect(() => loader.load(batchOf(1, 500, entries))).toThrow('full')
    expect(outcomesIn(db)).toEqual([])
    expect(loader.position()).toEqual({ segment: 0, offset: 0 })
    db.run('PRAGMA max_page_count = 1000000')
    loader.load(batchOf(1, 500, entries))
    expect(loader.rows).toBe(300)
    expect(sumsIn(db, 'rollup_hour')).toEqual(sumsOfRows(db))
  })

  test('sums are those of the rows, however many combinations of dimensions there are', () => {
    const { db, loader } = aLoader()
    let offset = 44
    const load = (changes: readonly Partial<AttemptRecord>[]) => {
      const entries = changes.map((each) => {
        offset += 10
        return entryOf(1, offset, { record: aRecord({ callId: newCallId(), ...each }) })
      })
      loader.load(batchOf(1, offset + 5, entries))
    }
    const features = Array.from({ length: 70 }, (_, number) => ({ feature: `feature-${number}` }))
    const tasks = Array.from({ length: 70 }, (_, number) => ({ task: `task-${number}` }))
    // Two that differ in what is no dimension of its own: the model of a call that nobody was asked for.
    const unasked = ['small', 'large'].map((model) => ({ provider: null, model }))
    for (let round = 0; round < 5; round += 1) {
      for (const some of [[...features, features[0]!], [...tasks, tasks[0]!], unasked]) load(some)
      for (const one of [features[0]!, features[69]!, tasks[0]!, ...unasked]) load([one])
    }
    expect(sumsIn(db, 'rollup_hour')).toEqual(sumsOfRows(db))
    expect(sumsIn(db, 'rollup_day')).toEqual(sumsOfRows(db))
    const all = { since: 0, until: 4e15, by: [], filters: {} } as unknown as PerformanceQuery
    const { total } = performanceReport(db, utc, all)
    const exchanges = db.query('SELECT COUNT(*) FROM attempt WHERE provider IS NOT NULL').values()
    expect(BigInt(total.attempts)).toBe(exchanges[0]![0] as bigint)
  })

  test('while a stranger holds the database it is tried again', () => {
    const path = aPath()
    const db = openDatabase(path, utc)
    const loader = new Loader(db, utc)
    const stranger = new Database(path)
    stranger.run('BEGIN IMMEDIATE')
    const batch = batchOf(1, 200, [recordEntry(1, 100)])
    expect(() => loader.load(batch)).toThrow('locked')
    stranger.run('COMMIT')
    expect(loader.load(batch)).toHaveLength(1)
    stranger.close()
    db.close()
  })

  test('old rows are deleted a few at a time, and their sums stay', () => {
    const { db, loader } = aLoader()
    const records = Array.from({ length: 10 }, () => aRecord()).toSorted((left, right) =>
      left.callId < right.callId ? -1 : 1,
    )
    loader.load(
      batchOf(
        1,
        200,
        records.map((record) => entryOf(1, 100, { record })),
      ),
    )
    const before = idBytes(records[7]!.callId)
    expect([1, 2, 3].map(() => loader.deleteRows(before, 5))).toEqual([5, 2, 0])
    expect(loader.rows).toBe(3)
    expect(outcomesIn(db).map(({ id }) => id)).toEqual(
      records.slice(7).map(({ callId }) => `${callId}/1`),
    )
    expect(db.query('SELECT SUM(attempts) FROM rollup_day').values()).toEqual([[10n]])
  })
})

describe('the database', () => {
  test('keeps nothing of work that failed, and goes on', () => {
    const db = openDatabase(':memory:', utc)
    const fail = () =>
      inTransaction(db, () => {
        setMeta(db, 'rows', 5)
        throw new Error('half way')
      })
    expect(fail).toThrow('half way')
    expect(metaNumber(db, 'rows')).toBe(0)
    inTransaction(db, () => setMeta(db, 'rows', 6))
    expect(metaNumber(db, 'rows')).toBe(6)
    db.close()
  })

  test('has a column for every field of a record, in the order of `columns`', () => {
    const db = openDatabase(':memory:', utc)
    const info = db.query('PRAGMA table_info(attempt)').values() as [
      bigint,
      string,
      string,
      bigint,
    ][]
    expect(
      info.map(([, name, type, notNull]) => ({ name, type, nullable: notNull === 0n })),
    ).toEqual([...columns])
    expect(columns).toHaveLength(Object.keys(aRecord()).length + usageColumns.length - 1)
    db.close()
  })

  test('of a newer version, or that is none, is refused by name', () => {
    const path = aPath()
    const db = openDatabase(path, utc)
    db.run(`PRAGMA user_version = ${schemaVersion + 1}`)
    db.close()
    expect(() => openDatabase(path, utc)).toThrow(`${path} was written by a newer version`)
    writeFileSync(
      path,
      'This is no database, and it is longer than a head of one would be.'.repeat(9),
    )
    expect(() => openDatabase(path, utc)).toThrow(`The ledger ${path} cannot be opened`)
    expect(readFileSync(path, 'utf8')).toStartWith('This is no database')
  })

  test('adds up days anew when the time zone is changed', () => {
    const path = aPath()
    const db = openDatabase(path, utc)
    const at = (hour: number) => (noon + hour * 3_600_000_000) as Instant
    const records = [0, 5, 11, 12, 20].map((hour) => aRecord({ at: at(hour) }))
    new Loader(db, utc).load(
      batchOf(
        1,
        200,
        records.map((record) => entryOf(1, 100, { record })),
      ),
    )
    expect(daysIn(db)).toEqual([3n, 2n])
    db.close()
    const tokyo = openDatabase(path, new Calendar('Asia/Tokyo'))
    expect(daysIn(tokyo)).toEqual([1n, 4n])
    expect(sumsIn(tokyo, 'rollup_day')).toEqual(sumsOfRows(tokyo))
    tokyo.close()
  })
})

test('calls of before a change to half past the hour are found from their minute on', async () => {
  const path = aPath()
  const db = openDatabase(path, utc)
  const minute = (count: number) => (noon + count * 60_000_000) as Instant
  const records = [5, 45].map((count) => aRecord({ at: minute(count) }))
  const entries = records.map((record) => entryOf(1, 100, { record }))
  new Loader(db, utc).load(batchOf(1, 200, entries))
  db.close()
  const kolkata = openDatabase(path, new Calendar('Asia/Kolkata'))
  const since = minute(35)
  const { attempts } = await calls(kolkata, { filters: {}, since, limit: 10 }, async () => {})
  expect(attempts.map(({ at }) => at)).toEqual([minute(45)])
  kolkata.close()
})

// A history of processes: each begins calls and ends some of them, over one or more segments.

interface Step {
  readonly call: number
  readonly what: 'begin' | 'end' | 'refuse'
  readonly rotate: boolean
}

const history = fc.array(
  fc.array(
    fc.record<Step>({
      call: fc.nat({ max: 5 }),
      what: fc.constantFrom('begin', 'end', 'refuse'),
      rotate: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
  { maxLength: 4 },
)

/** The journal that such a history writes, to be read two frames at a time. */
function aJournal(runs: readonly (readonly Step[])[]) {
  const segments: { run: string; entries: Entry[] }[] = []
  const ends = new Map<string, string>()
  runs.forEach((steps, run) => {
    const ids = Array.from({ length: 6 }, () => newCallId())
    const open = new Set<number>()
    let segment: Entry[] = []
    const begin = () => {
      segment = []
      segments.push({ run: `run ${run}`, entries: segment })
    }
    begin()
    const add = (entry: Parameters<typeof entryOf>[2]) => {
      segment.push(entryOf(segments.length, segment.length, entry))
    }
    for (const { call, what, rotate } of steps) {
      if (rotate) begin()
      const callId = ids[call]!
      if (what === 'refuse') {
        const record = aRecord({ callId: newCallId(), attempt: 0, endState: 'refused', cost: null })
        ends.set(`${record.callId}/0`, 'refused')
        add({ record })
      } else if (what === 'begin' && !ends.has(`${callId}/1`)) {
        open.add(call)
        ends.set(`${callId}/1`, 'unknown')
        add({ intent: anIntent({ callId }) })
      } else if (what === 'end' && open.has(call)) {
        open.delete(call)
        ends.set(`${callId}/1`, 'complete')
        add({ record: aRecord({ callId }) })
      }
    }
  })
  return {
    outcomes: () => [...ends].map(([id, end]) => ({ id, end })).toSorted(byId),
    read: (loader: Loader): Batch | null => {
      const position = loader.position()
      const number = Math.max(1, position.segment)
      const segment = segments[number - 1]
      if (!segment) return null
      const offset = position.segment === 0 ? 0 : position.offset
      const entries = segment.entries.slice(offset, offset + 2)
      const atEnd = offset + entries.length >= segment.entries.length
      if (atEnd && entries.length === 0 && number === segments.length) return null
      const next =
        atEnd && number < segments.length
          ? { segment: number + 1, offset: 0 }
          : { segment: number, offset: offset + entries.length }
      return { entries, next, run: segment.run, faults: [], more: true }
    },
  }
}

function aLoader() {
  const db = openDatabase(':memory:', utc)
  return { db, loader: new Loader(db, utc), again: () => new Loader(db, utc) }
}

function batchOf(segment: number, offset: number, entries: Entry[], run = 'run'): Batch {
  return { entries, next: { segment, offset }, run, faults: [], more: false }
}

function recordEntry(segment: number, offset: number, callId = newCallId()): Entry {
  return entryOf(segment, offset, { record: aRecord({ callId }) })
}

function entryOf(
  segment: number,
  offset: number,
  row: { intent: Intent } | { record: AttemptRecord },
): Entry {
  const start = { segment, offset }
  if ('intent' in row) {
    const { callId, attempt } = row.intent
    return { kind: 'intent', key: `${callId}/${attempt}`, start, read: () => row.intent }
  }
  const { callId, attempt } = row.record
  return { kind: 'record', key: `${callId}/${attempt}`, start, text: '', read: () => row.record }
}

function withoutCeiling(intent: Intent) {
  const { ceiling: _, ...rest } = intent
  return rest
}

function rowOf(db: Database, id: CallId): AttemptRecord | null {
  const row = db
    .query(`SELECT ${columnNames} FROM attempt WHERE call_id = ?`)
    .values(idBytes(id))[0]
  return row ? recordOf(row) : null
}

function outcomesIn(db: Database): { id: string; end: string }[] {
  return db
    .query(`SELECT ${columnNames} FROM attempt`)
    .values()
    .map(recordOf)
    .map(({ callId, attempt, endState }) => ({ id: `${callId}/${attempt}`, end: endState }))
    .toSorted(byId)
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1
}

type SumRow = Record<string, bigint>

function sumsIn(db: Database, table: 'rollup_hour' | 'rollup_day'): SumRow {
  const sums = sumColumns.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`).join(', ')
  return withCost(db.query<SumRow, []>(`SELECT ${sums} FROM ${table}`).get()!)
}

function sumsOfRows(db: Database): SumRow {
  const tokens = usageColumns.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`).join(', ')
  const row = db
    .query<SumRow, []>(
      `SELECT COALESCE(SUM(attempt <= 1), 0) AS calls, COUNT(*) AS attempts,
         COALESCE(SUM(end_state <> 'complete'), 0) AS errors, ${tokens},
         COALESCE(${highSum}, 0) AS cost_high, COALESCE(${lowSum}, 0) AS cost_low,
         COUNT(*) - COUNT(cost) AS cost_unknown,
         COALESCE(SUM(usage_source = 'estimate'), 0) AS estimated,
         COALESCE(SUM(saved >> 32), 0) AS saved_high,
         COALESCE(SUM(saved & 4294967295), 0) AS saved_low FROM attempt`,
    )
    .get()
  return withCost(row!)
}

/** Two sums of halves are the same amount in many ways. */
function withCost({ cost_high, cost_low, saved_high, saved_low, ...rest }: SumRow): SumRow {
  return { ...rest, cost: joined(cost_high!, cost_low!), saved: joined(saved_high!, saved_low!) }
}

function daysIn(db: Database): unknown[] {
  return db.query('SELECT SUM(attempts) FROM rollup_day GROUP BY day ORDER BY day').values().flat()
}

function aPath(): string {
  const path = folder()
  mkdirSync(path)
  return join(path, 'ledger.db')
}
