import { Database } from 'bun:sqlite'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { type Money, nothing } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { noUsage } from '../../core/usage.ts'
import { Calendar } from '../calendar.ts'
import { aRecord, noon } from '../rows.suite.ts'
import { scratch } from '../scratch.suite.ts'
import { openDatabase } from './database.ts'
import { SqliteLedger } from './ledger.ts'

const folder = scratch()
const utc = new Calendar('UTC')
const laterKinds = ['image_in', 'image_out', 'images', 'characters', 'seconds']

test('a database of version 1 is taken on with its rows and sums, and counts what came later', () => {
  const path = aPath()
  const [counted, uncounted] = [aRecord(), aRecord({ usage: null, usageSource: 'none' })]
  const before = new SqliteLedger(path, utc)
  load(before, [counted, uncounted], 100)
  before.close()
  toVersion1(path)

  const ledger = new SqliteLedger(path, utc)
  expect(ledger.attempts(counted.callId)).toEqual([counted])
  expect(ledger.attempts(uncounted.callId)).toEqual([uncounted])
  const spoken = aRecord({ usage: { ...noUsage, images: 2, characters: 40, seconds: 7 } })
  load(ledger, [spoken], 200)
  expect(ledger.attempts(spoken.callId)).toEqual([spoken])
  const { total } = ledger.costs({ by: [], filters: {}, since: noon, until: (noon + 1) as Instant })
  expect(total.usage).toEqual({ ...counted.usage!, images: 2, characters: 40, seconds: 7 })
  ledger.close()
})

test('a database that was taken on is one of this version', () => {
  const path = aPath()
  openDatabase(path, utc).close()
  toVersion1(path)
  const db = openDatabase(path, utc)
  const fresh = openDatabase(':memory:', utc)
  for (const table of ['attempt', 'rollup_hour', 'rollup_day']) {
    expect(columnsOf(db, table)).toEqual(columnsOf(fresh, table))
  }
  expect(db.query('PRAGMA user_version').values()).toEqual(
    fresh.query('PRAGMA user_version').values(),
  )
  db.close()
  fresh.close()
})

test('what was saved before sums had it is summed, by hour and by day', () => {
  const path = aPath()
  const hit = (saved: bigint | null, later = 0): AttemptRecord =>
    aRecord({
      role: 'cache_hit',
      at: (noon + later) as Instant,
      saved: saved as Money | null,
      cost: nothing,
      customer: saved === 7n ? null : 'acme',
    })
  const before = new SqliteLedger(path, utc)
  const large = 5_000_000_000_000_000_000n
  load(before, [hit(large), hit(large), hit(7n), hit(null), hit(1n, 3_600_000_000), aRecord()], 100)
  const asked = { filters: {}, since: noon, until: (noon + 7_200_000_000) as Instant }
  const whole = (ledger: SqliteLedger) => [
    ledger.costs({ by: ['hour', 'customer'], ...asked }),
    ledger.costs({
      by: ['day'],
      ...asked,
      since: (noon - 43_200_000_000) as Instant,
      until: (noon + 43_200_000_000) as Instant,
    }),
  ]
  const real = whole(before)
  expect(real[1]!.total.saved as bigint).toBe(2n * large + 8n)
  before.close()
  const db = new Database(path)
  dropSavedSums(db)
  dropReasons(db)
  db.run('PRAGMA user_version = 3')
  db.close()

  const ledger = new SqliteLedger(path, utc)
  expect(whole(ledger)).toEqual(real)
  ledger.close()
})

test('how fast models were is summed from the step on, and what is missing is said', () => {
  const path = aPath()
  const before = new SqliteLedger(path, utc)
  load(before, [aRecord({ at: (noon + 5) as Instant })], 100)
  before.close()
  const db = new Database(path)
  for (const table of ['pace_series', 'pace_hour']) db.run(`DROP TABLE ${table}`)
  dropReasons(db)
  db.run('PRAGMA user_version = 7')
  db.close()

  const ledger = new SqliteLedger(path, utc)
  load(ledger, [aRecord({ at: (noon + 9) as Instant })], 200)
  const query = { by: [], filters: {}, since: noon, until: (noon + 1) as Instant }
  const { total, missingUntil } = ledger.performance(query)
  expect([total.attempts, missingUntil as number]).toEqual([1, noon + 5])
  ledger.close()
})

test('a database of version 8 keeps its sums, and those of the cache say what saved', () => {
  const path = aPath()
  const rows = [
    aRecord({ role: 'cache_hit', cost: nothing, saved: 7n as Money, savedBy: null }),
    aRecord({ customer: null }),
  ]
  const before = new SqliteLedger(path, utc)
  load(before, rows, 100)
  before.close()
  const db = new Database(path)
  dropReasons(db)
  db.run('PRAGMA user_version = 8')
  db.close()

  const ledger = new SqliteLedger(path, utc)
  const waited = aRecord({ mode: 'batch', region: 'eu-west-1', savedBy: 'wait+batch' })
  const later = { ...waited, saved: -3n as Money }
  load(ledger, [aRecord({ customer: null }), later], 200)
  expect(ledger.attempts(later.callId)).toEqual([later])
  expect(ledger.attempts(rows[0]!.callId)).toEqual([rows[0]!])
  const asked = { filters: {}, since: noon, until: (noon + 1) as Instant }
  const by = (name: 'saved_by' | 'mode') =>
    ledger
      .costs({ by: [name], ...asked })
      .rows.map(({ group, attempts, saved }) => [group[0], attempts, saved as bigint])
      .toSorted()
  expect(by('saved_by')).toEqual([
    [null, 2, 0n],
    ['cache', 1, 7n],
    ['wait+batch', 1, -3n],
  ])
  expect(by('mode')).toEqual([
    [null, 3, 7n],
    ['batch', 1, -3n],
  ])
  // A combination of before the step is the same combination after it.
  const customers = ledger.costs({ by: ['customer', 'saved_by'], ...asked }).rows
  expect(customers.find(({ group }) => group[0] === null)!.attempts).toBe(2)
  ledger.close()
  const dims = new Database(path)
  expect(dims.query('SELECT COUNT(*) FROM dims WHERE customer IS NULL').values()).toEqual([[1]])
  dims.close()
})

/** What version 8 wrote: rows and combinations without modes, regions and reasons. */
function dropReasons(db: Database): void {
  for (const name of ['mode', 'region', 'saved_by'])
    db.run(`ALTER TABLE attempt DROP COLUMN ${name}`)
  for (const name of ['mode', 'saved_by']) db.run(`ALTER TABLE dims DROP COLUMN ${name}`)
  for (const [id, key] of db.query('SELECT id, key FROM dims').values()) {
    const values = JSON.parse(String(key)) as unknown[]
    db.query('UPDATE dims SET key = ?2 WHERE id = ?1').run(
      id as number,
      JSON.stringify(values.slice(0, 8)),
    )
  }
}

/** What version 1 wrote differs in nothing but the columns that it did not have. */
function toVersion1(path: string): void {
  const db = new Database(path)
  dropReasons(db)
  for (const table of ['attempt', 'rollup_hour', 'rollup_day']) {
    for (const name of laterKinds) db.run(`ALTER TABLE ${table} DROP COLUMN ${name}`)
  }
  dropSavedSums(db)
  db.run('ALTER TABLE attempt DROP COLUMN saved')
  db.run('PRAGMA user_version = 1')
  db.close()
}

function dropSavedSums(db: Database): void {
  for (const table of ['rollup_hour', 'rollup_day']) {
    for (const name of ['saved_high', 'saved_low']) {
      db.run(`ALTER TABLE ${table} DROP COLUMN ${name}`)
    }
  }
}

/** Names and whether they may be null; the order is the table's own affair. */
function columnsOf(db: Database, table: string): unknown[] {
  return db
    .query(`SELECT name, type, "notnull" FROM pragma_table_info('${table}') ORDER BY name`)
    .values()
}

function load(ledger: SqliteLedger, records: readonly AttemptRecord[], offset: number): void {
  ledger.load({
    entries: records.map((record, index) => ({
      kind: 'record',
      key: `${record.callId}",${record.attempt}`,
      start: { segment: 1, offset: offset + index },
      read: () => record,
      text: '',
    })),
    next: { segment: 1, offset: offset + records.length },
    run: 'run 1',
    faults: [],
    more: false,
  })
}

function aPath(): string {
  const path = folder()
  mkdirSync(path)
  return join(path, 'ledger.db')
}
