import { Database } from 'bun:sqlite'
import { chmodSync } from 'node:fs'
import type { Instant } from '../../core/clock.ts'
import type { Calendar } from '../calendar.ts'
import { migrations, schema, schemaVersion, sumColumns } from './schema.ts'

/**
 * The ledger's database, open. One connection, on one thread: nobody waits for a lock but for a
 * stranger's.
 *
 * Write-ahead log and `synchronous = NORMAL`: a transaction is one append without a sync. A power cut
 * may undo the last ones, and the journal, which is synced every 50 ms, gives them again.
 * @throws Error when the file is no database, is damaged, or was written by a newer version
 */
export function openDatabase(path: string, calendar: Calendar): Database {
  const db = new Database(path, { create: true, strict: true, safeIntegers: true })
  try {
    db.run('PRAGMA busy_timeout = 250')
    // Rows are some hundred bytes long, and more of them fit a page that is not of 4 KiB. For new files alone.
    db.run('PRAGMA page_size = 8192')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = NORMAL')
    db.run('PRAGMA cache_size = -8000')
    // 16 MB of pages as they are now, 8 of those of older files: a log that is brought into the file seldom has fewer pages that were written twice.
    db.run('PRAGMA wal_autocheckpoint = 2000')
    // After a burst the log is cut back to this rather than kept at its greatest length.
    db.run('PRAGMA journal_size_limit = 16777216')
    db.run('PRAGMA temp_store = MEMORY')
    // For its owner alone, wherever the folder is; the files beside it follow this one.
    if (path !== ':memory:') chmodSync(path, 0o600)
    inTransaction(db, () => migrate(db, path))
    inTransaction(db, () => moveTo(calendar, db))
    return db
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code === undefined) throw error
    throw new Error(`The ledger ${path} cannot be opened: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

/** Everything or nothing. What `work` throws is thrown on. */
export function inTransaction<Result>(db: Database, work: () => Result): Result {
  db.query('BEGIN IMMEDIATE').run()
  try {
    const result = work()
    db.query('COMMIT').run()
    return result
  } catch (error) {
    // Some errors, such as a full disk, have rolled back already.
    if (db.inTransaction) db.query('ROLLBACK').run()
    throw error
  }
}

/** Every look of `work` sees the database as it was at the first. */
export function inSnapshot<Result>(db: Database, work: () => Result): Result {
  db.query('BEGIN').run()
  try {
    return work()
  } finally {
    db.query('ROLLBACK').run()
  }
}

/**
 * Brings the write-ahead log into its database and cuts it off, so that it holds nothing any more that
 * was overwritten there. One that somebody reads from is cut off the next time.
 */
export function cutLog(db: Database): void {
  db.query('PRAGMA wal_checkpoint(TRUNCATE)').values()
}

/** A number kept in the table `meta`; 0 when it was never set. */
export function metaNumber(db: Database, name: string): number {
  const row = db.query('SELECT value FROM meta WHERE name = ?').values(name)[0]
  return Number((row?.[0] as bigint | undefined) ?? 0)
}

export function setMeta(db: Database, name: string, value: number | string): void {
  db.query(
    'INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
  ).run(name, value)
}

function migrate(db: Database, path: string): void {
  const version = Number((db.query('PRAGMA user_version').values()[0] as [bigint])[0])
  if (version === schemaVersion) return
  if (version > schemaVersion) {
    throw new Error(
      `The ledger ${path} was written by a newer version of freehold (schema ${version}, this one knows ${schemaVersion}).`,
    )
  }
  if (version === 0) for (const statement of schema) db.run(statement)
  else {
    for (let from = version; from < schemaVersion; from += 1) {
      for (const statement of migrations[from]!) db.run(statement)
    }
  }
  db.run(`PRAGMA user_version = ${schemaVersion}`)
}

/**
 * Days begin elsewhere when the time zone is changed. Hours stay as they are, and days are added up
 * from them anew; an hour that lies across a new midnight counts for the day that it begins in.
 */
function moveTo(calendar: Calendar, db: Database): void {
  const row = db.query("SELECT value FROM meta WHERE name = 'time_zone'").values()[0]
  if (row?.[0] === calendar.timeZone) return
  setMeta(db, 'time_zone', calendar.timeZone)
  const move = db.query('UPDATE rollup_hour SET day = ?2 WHERE hour = ?1')
  for (const [hour] of db.query('SELECT DISTINCT hour FROM rollup_hour').values()) {
    move.run(hour as bigint, calendar.dayStart(Number(hour) as Instant))
  }
  const sums = sumColumns.map((name) => `SUM(${name})`).join(', ')
  db.run('DELETE FROM rollup_day')
  db.run(
    `INSERT INTO rollup_day (day, dims, ${sumColumns.join(', ')})
     SELECT day, dims, ${sums} FROM rollup_hour GROUP BY day, dims`,
  )
}
