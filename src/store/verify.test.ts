import { Database } from 'bun:sqlite'
import fc from 'fast-check'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import { firstIdAt, type CallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { LedgerCheck, LedgerReport } from './findings.ts'
import { encodeIntent, encodeRecord } from './journal/codec.ts'
import { Block } from './journal/frame.ts'
import { encodeHead, segmentPath } from './journal/segment.ts'
import { JournalWriter } from './journal/writer.ts'
import { journalFolder } from './folders.ts'
import { laneStart } from './lanes.ts'
import { openStore } from './offline.ts'
import { anIntent, aRecord, noon } from './rows.suite.ts'
import { scratch } from './scratch.suite.ts'
import { verifyLedger } from './verify.ts'

const folder = scratch()
const hourUs = 3_600_000_000

describe('a ledger that nobody touched', () => {
  test('passes, and says what is on it', async () => {
    const path = await aLedger()
    const report = await verify(path)
    expect(failuresOf(report)).toEqual([])
    expect(report.completeness).toMatchObject({
      rows: 61,
      calls: 49,
      unknownOutcome: 1,
      unknownCost: 7,
      first: noon,
      rejected: 0,
      journalFaults: 0,
      segmentsUnlinked: 0,
      rowsInJournal: 61,
      underWay: 0,
    })
    expect(report.completeness.segments).toBeGreaterThan(3)
    for (const { check, looked } of report.checks)
      expect({ check, looked: looked > 0 || check === 'costs' }).toEqual({ check, looked: true })
  })

  test('of two threads passes, beside a gateway too, and damage in either lane is found', async () => {
    const path = await aLedger(2)
    const report = await verify(path)
    expect(failuresOf(report)).toEqual([])
    expect(report.completeness).toMatchObject({ rows: 61, rowsInJournal: 61, unknownOutcome: 1 })
    const journal = journalFolder(path)
    const [here, there] = [0, 1].map(
      (lane) => new JournalWriter({ folder: journal, lane, segmentBytesMax: 9_000 }),
    )
    const both = [here!, there!]
    for (const writer of both) writer.intend(anIntent())
    await Promise.all(both.map((writer) => writer.flushed()))
    const beside = await verifyLedger({
      folder: path,
      live: true,
      costOf: () => 'unchecked',
      step: async () => {},
    })
    expect([failuresOf(beside), beside.completeness.underWay]).toEqual([[], 2])
    await Promise.all(both.map((writer) => writer.close()))

    const second = segmentPath(journal, laneStart(1) + 1)
    const bytes = readFileSync(second)
    bytes[bytes.length - 3]! ^= 1
    writeFileSync(second, bytes)
    const found = failuresOf(await verify(path))
    expect(found).toContainEqual([
      'chain',
      `segment ${laneStart(1) + 1}`,
      `it was changed after segment ${laneStart(1) + 2} was begun`,
    ])
    // One row that the damage hid, and two attempts that no gateway has booked yet.
    expect(found.filter(([check]) => check === 'intents').length).toBeGreaterThanOrEqual(2)
  })

  test('passes when old rows were deleted, and says how many', async () => {
    const path = await aLedger()
    const store = openStore(path, { rowsDays: 1 }, clockAt(noon + 24 * hourUs + hourUs * 1.5))
    const local = store as unknown as { housekeep(): boolean }
    while (local.housekeep());
    await store.close()
    const report = await verify(path)
    expect(failuresOf(report)).toEqual([])
    expect(report.completeness.expired).toBeGreaterThan(10)
    expect(report.completeness.rows + report.completeness.expired).toBe(61)
  })

  test('of before there were sums of times passes, and what is more than its rows is found', async () => {
    const path = await aLedger()
    const older = await onCopy(path, (db) => {
      db.run("INSERT INTO meta SELECT 'pace_missing_until', MAX(at) - 1 FROM attempt")
      db.run('DELETE FROM pace_hour WHERE hour = (SELECT MIN(hour) FROM pace_hour)')
    })
    expect(failuresOf(await verify(older))).toEqual([])
    const more = await onCopy(path, (db) => {
      db.run("INSERT INTO meta SELECT 'pace_missing_until', MAX(at) - 1 FROM attempt")
      db.run("DELETE FROM attempt WHERE end_state = 'complete'")
    })
    const checks = failuresOf(await verify(more)).map(([check]) => check)
    expect(checks).toContain('pace')
  })

  test('of another time zone passes after it was moved', async () => {
    const path = await aLedger()
    await openStore(path, { timeZone: 'Asia/Kolkata' }).close()
    expect(failuresOf(await verify(path))).toEqual([])
  })

  test('of a version without links passes, and its segments are counted', async () => {
    const path = folder()
    const journal = journalFolder(path)
    mkdirSync(journal, { recursive: true })
    const head = encodeHead({ number: 1, createdAt: noon, run: '0'.repeat(32) })
    head.writeUInt32LE(2, 8)
    head.writeUInt32LE(Bun.hash.crc32(head.subarray(0, 40)), 40)
    const block = new Block(10_000)
    const before = aRecord()
    block.add(encodeIntent(anIntent({ callId: before.callId })))
    block.add(encodeRecord(before))
    writeFileSync(
      segmentPath(journal, 1),
      Buffer.concat([head, block.bytes.subarray(0, block.used)]),
    )
    const writer = new JournalWriter({ folder: journal })
    writer.append(aRecord())
    await writer.close()
    await openStore(path).close()
    const report = await verify(path)
    expect(failuresOf(report)).toEqual([])
    expect(report.completeness).toMatchObject({ rows: 2, segments: 2, segmentsUnlinked: 1 })

    const changed = await onCopy(path, (_, copy) => {
      const name = segmentPath(journalFolder(copy), 1)
      const bytes = readFileSync(name)
      bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30)
      writeFileSync(name, bytes)
    })
    expect(failuresOf(await verify(changed)).map(([check]) => check)).toContain('chain')
  })

  test('is stopped by whoever asked', async () => {
    const path = await aLedger()
    const stopped = verifyLedger({
      folder: path,
      live: false,
      costOf: () => 'unchecked',
      step: () => Promise.reject(new Error('stopped')),
    })
    expect(await stopped.catch((error: Error) => error.message)).toBe('stopped')
  })

  test('with a cost that its price does not make is named', async () => {
    const path = await aLedger()
    const report = await verify(path, () => 1n as Money)
    expect(new Set(failuresOf(report).map(([check]) => check))).toEqual(new Set(['costs']))
  })
})

describe('what is found', () => {
  test('a row of which any field was changed', async () => {
    const path = await aLedger()
    const names = fieldsOf(path)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(), async (name, pick) => {
        const changed = await onCopy(path, (db) => {
          const ids = rowIds(db)
          const [id, attempt] = ids[pick % ids.length]!
          const value = db
            .query(`SELECT ${name} FROM attempt WHERE call_id = ? AND attempt = ?`)
            .values(id!, attempt!)[0]![0]
          db.query(`UPDATE attempt SET ${name} = ? WHERE call_id = ? AND attempt = ?`).run(
            otherThan(value, name),
            id!,
            attempt!,
          )
        })
        const failures = failuresOf(await verify(changed))
        expect({ name, found: failures.length > 0 }).toEqual({ name, found: true })
      }),
      { numRuns: 120 },
    )
  }, 60_000)

  test('a changed sum of a row that the journal holds no more', async () => {
    const path = await aLedger()
    const summed = fieldsOf(path).filter((name) =>
      /^(?:input|output|cost|cache_read|task|provider|model|key_id|customer|feature|env|role|end_state|usage_source)$/.test(
        name,
      ),
    )
    expect(summed.length).toBeGreaterThan(10)
    for (const name of summed) {
      const changed = await onCopy(path, (db, copy) => {
        for (const file of readdirSync(journalFolder(copy)).slice(0, -1))
          rmSync(join(journalFolder(copy), file))
        const [id, attempt] = rowIds(db)[7]!
        const value = db
          .query(`SELECT ${name} FROM attempt WHERE call_id = ? AND attempt = ?`)
          .values(id!, attempt!)[0]![0]
        db.query(`UPDATE attempt SET ${name} = ? WHERE call_id = ? AND attempt = ?`).run(
          otherThan(value, name),
          id!,
          attempt!,
        )
      })
      const checks = failuresOf(await verify(changed)).map(([check]) => check)
      expect({ name, checks }).toEqual({
        name,
        checks: expect.arrayContaining(['hours']) as LedgerCheck[],
      })
    }
  }, 60_000)

  test('a row that was taken away, and one that was put in', async () => {
    const path = await aLedger()
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (pick, counted) => {
        const changed = await onCopy(path, (db) => {
          const ids = rowIds(db)
          db.query('DELETE FROM attempt WHERE call_id = ? AND attempt = ?').run(
            ...(ids[pick % ids.length] as [Uint8Array, bigint]),
          )
          if (counted) db.run("UPDATE meta SET value = value - 1 WHERE name = 'rows'")
        })
        const checks = failuresOf(await verify(changed)).map(([check]) => check)
        expect(checks).toContain('hours')
        expect(checks.includes('counts')).toBe(!counted)
      }),
      { numRuns: 20 },
    )
    const added = await onCopy(path, (db) => {
      const [id, attempt] = rowIds(db)[3]!
      db.run('CREATE TEMP TABLE one AS SELECT * FROM attempt WHERE call_id = ? AND attempt = ?', [
        id!,
        attempt!,
      ])
      db.run('UPDATE one SET call_id = ?, at = at + ?', [
        new Uint8Array(16).fill(0xfe),
        hourUs * 99,
      ])
      db.run('INSERT INTO attempt SELECT * FROM one')
      db.run("UPDATE meta SET value = value + 1 WHERE name = 'rows'")
    })
    expect(failuresOf(await verify(added)).map(([check]) => check)).toContain('hours')
  }, 60_000)

  test('a byte of the journal that was flipped', async () => {
    const path = await aLedger()
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat({ max: 7 }), async (file, place, bit) => {
        const changed = await onCopy(path, (_, copy) => {
          const files = readdirSync(journalFolder(copy)).toSorted()
          const name = join(journalFolder(copy), files[file % files.length]!)
          const bytes = readFileSync(name)
          bytes[place % bytes.length]! ^= 1 << bit
          writeFileSync(name, bytes)
        })
        const failures = await verify(changed).then(failuresOf, (error: Error) => [error.message])
        expect(failures.length).toBeGreaterThan(0)
      }),
      { numRuns: 100 },
    )
  }, 60_000)

  test('a frame that was changed and given its checksum, by the chain', async () => {
    const path = await aLedger()
    const changed = await onCopy(path, (db, copy) => {
      const name = join(journalFolder(copy), readdirSync(journalFolder(copy)).toSorted()[1]!)
      const bytes = readFileSync(name)
      const at = bytes.indexOf('["r","')
      const length = bytes.readUInt32LE(at - 8)
      const web = bytes.indexOf('"web"', at)
      bytes.write('"wet"', web)
      bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(at, at + length)), at - 4)
      writeFileSync(name, bytes)
      // The row and its sums are changed to match.
      const id = bytes.toString('utf8', at + 6, at + 42).replaceAll('-', '')
      db.run(`UPDATE attempt SET key_id = 'wet' WHERE call_id = unhex(?)`, [id])
    })
    const checks = failuresOf(await verify(changed))
    expect(checks).toContainEqual([
      'chain',
      'segment 2',
      'it was changed after segment 3 was begun',
    ])
  })

  test('a segment of the journal that was taken away', async () => {
    const path = await aLedger()
    const changed = await onCopy(path, (_, copy) => {
      const files = readdirSync(journalFolder(copy)).toSorted()
      rmSync(join(journalFolder(copy), files[1]!))
    })
    const checks = failuresOf(await verify(changed)).map(([check]) => check)
    expect(checks).toContain('chain')
    expect(checks).toContain('frames')
  })

  test('any sum that is wrong, of an hour or a day', async () => {
    const path = await aLedger()
    for (const table of ['rollup_hour', 'rollup_day']) {
      for (const name of [
        'calls',
        'attempts',
        'errors',
        'input',
        'seconds',
        'cost_low',
        'cost_high',
        'cost_unknown',
        'estimated',
        'saved_low',
        'saved_high',
      ]) {
        const changed = await onCopy(path, (db) => {
          db.run(`UPDATE ${table} SET ${name} = ${name} + 1`)
        })
        const checks = failuresOf(await verify(changed)).map(([check]) => check)
        expect({ table, name, checks }).toEqual({
          table,
          name,
          checks: expect.arrayContaining(['days']) as LedgerCheck[],
        })
        if (table === 'rollup_hour') expect(checks).toContain('hours')
      }
    }
  }, 60_000)

  test('times of an hour that are not those of its rows, of a name that is another', async () => {
    const path = await aLedger()
    for (const change of [
      'UPDATE attempt SET total_us = total_us + 400000 WHERE rowid_of = 1',
      "UPDATE attempt SET end_state = 'timeout' WHERE rowid_of = 1",
      'DELETE FROM pace_hour WHERE hour = (SELECT MIN(hour) FROM pace_hour)',
      'UPDATE pace_hour SET hour = hour + 3600000000 * 1000 WHERE hour = (SELECT MAX(hour) FROM pace_hour)',
      "UPDATE pace_hour SET body = x'09'",
      "UPDATE pace_series SET task = 'another'",
    ]) {
      const changed = await onCopy(path, (db, copy) => {
        // Without what it is held against otherwise.
        for (const file of readdirSync(journalFolder(copy)).slice(0, -1))
          rmSync(join(journalFolder(copy), file))
        const [id, attempt] = rowIds(db)[5]!
        const one = change.replace('rowid_of = 1', 'call_id = ? AND attempt = ?')
        db.query(one).run(...(one === change ? [] : [id!, attempt!]))
      })
      const checks = failuresOf(await verify(changed)).map(([check]) => check)
      expect({ change, found: checks.includes('pace') }).toEqual({ change, found: true })
    }
  }, 60_000)

  test('an attempt that is missing in the middle of a call, an intent that nobody closed', async () => {
    const path = await aLedger()
    const gap = await onCopy(path, (db) => {
      db.run(
        'DELETE FROM attempt WHERE attempt = 1 AND call_id IN (SELECT call_id FROM attempt WHERE attempt = 2 LIMIT 1)',
      )
    })
    expect(failuresOf(await verify(gap)).map(([check]) => check)).toContain('attempts')
    const open = await onCopy(path, (db) =>
      db.run("DELETE FROM attempt WHERE end_state = 'unknown'"),
    )
    expect(failuresOf(await verify(open)).map(([check]) => check)).toContain('intents')
  })

  test('amounts that cannot be', async () => {
    const path = await aLedger()
    for (const [set, says] of [
      ['input = -1', 'its input is -1'],
      ['cost = -5', 'its cost is -5 picodollars'],
      ['first_byte_us = total_us + 1', 'its firstByteUs is more than its totalUs'],
      ['total_us = -3, first_byte_us = NULL', 'its totalUs is -3'],
    ]) {
      const changed = await onCopy(path, (db) =>
        db.run(`UPDATE attempt SET ${set} WHERE attempt = 2 AND end_state = 'complete'`),
      )
      const found = failuresOf(await verify(changed)).filter(([check]) => check === 'numbers')
      expect(found.map(([, , text]) => text)).toContain(says!)
    }
    const far = await onCopy(path, (db) =>
      db.run('UPDATE attempt SET attempt = 4000000000000000 WHERE attempt = 2'),
    )
    const says = failuresOf(await verify(far)).map(([, , text]) => text)
    expect(says).toContain('it has an attempt 4000000000000000')
  })
})

/** Three hours of calls, some with a second attempt, some without a cost, one that never ended. */
async function aLedger(lanes = 1): Promise<string> {
  const path = folder()
  for (const run of [0, 1]) {
    const writer = new JournalWriter({
      folder: journalFolder(path),
      lane: run % lanes,
      segmentBytesMax: 9_000,
    })
    for (let index = 0; index < 24; index += 1) {
      const at = (noon + (run * 24 + index) * (hourUs / 16)) as Instant
      const callId = firstIdAt(at).replace(/0{4}$/, String(1000 + index)) as CallId
      const attempts = index % 4 === 1 ? 2 : 1
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        writer.intend(anIntent({ callId, attempt, at }))
        writer.append(
          aRecord({
            callId,
            attempt,
            at,
            customer: `customer ${index % 3}`,
            ...(index % 8 === 2 ? { cost: null, costSource: 'unknown' } : {}),
            ...(attempts === 2 && attempt === 1 ? { endState: 'provider_error' } : {}),
          }),
        )
        await writer.flushed()
      }
    }
    if (run === 1)
      writer.intend(
        anIntent({
          at: (noon + 3 * hourUs) as Instant,
          callId: firstIdAt((noon + 3 * hourUs) as Instant),
        }),
      )
    await writer.close()
  }
  await openStore(path).close()
  return path
}

function verify(
  path: string,
  costOf: () => Money | 'unchecked' = () => 'unchecked',
): Promise<LedgerReport> {
  return verifyLedger({ folder: path, live: false, costOf, step: async () => {} })
}

function failuresOf({ ok, checks }: LedgerReport): [LedgerCheck, string, string][] {
  const all = checks.flatMap(({ check, failures }) =>
    failures.map(({ where, says }): [LedgerCheck, string, string] => [check, where, says]),
  )
  expect(ok).toBe(all.length === 0)
  return all
}

/** Changes a copy of a ledger, and leaves the ledger. */
async function onCopy(
  path: string,
  change: (db: Database, copy: string) => unknown,
): Promise<string> {
  const copy = folder()
  Bun.spawnSync(['cp', '-r', path, copy])
  const db = new Database(join(copy, 'ledger.db'), { safeIntegers: true, strict: true })
  change(db, copy)
  db.close()
  return copy
}

function rowIds(db: Database): [Uint8Array, bigint][] {
  return db.query('SELECT call_id, attempt FROM attempt').values() as [Uint8Array, bigint][]
}

function fieldsOf(path: string): string[] {
  const db = new Database(join(path, 'ledger.db'), { readonly: true })
  const names = db
    .query("SELECT name FROM pragma_table_info('attempt')")
    .values()
    .map(([name]) => String(name))
  db.close()
  return names
}

function otherThan(value: unknown, name: string): string | bigint | Uint8Array {
  if (value instanceof Uint8Array)
    return Uint8Array.from(value, (byte, place) => (place === 15 ? byte ^ 1 : byte))
  if (typeof value === 'bigint') return name === 'stream' ? 1n - value : value + 5n
  if (name === 'usage_source') return value === 'estimate' ? 'none' : 'estimate'
  if (typeof value === 'string') return `${value}x`
  return /_us$|^(?:status|cost|saved$|tool_calls|input|output|cache|audio|image|reasoning|search|characters|seconds)/.test(
    name,
  )
    ? 1n
    : 'x'
}

function clockAt(at: number) {
  return { now: () => at as Instant, elapsedUs: () => 0, sleep: Bun.sleep }
}
