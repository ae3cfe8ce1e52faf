import type { Database, SQLQueryBindings, Statement } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import type { AttemptRecord, Intent } from '../../core/record.ts'
import type { Calendar } from '../calendar.ts'
import { type Batch, type Cursor, type Entry, journalStart } from '../entry.ts'
import { bindingsOf, columnNames, columns } from './columns.ts'
import { inTransaction, metaNumber, setMeta } from './database.ts'
import { Rollup } from './rollup.ts'

interface OpenIntent {
  readonly start: Cursor
  readonly read: () => Intent
}

/**
 * Brings the journal into the database, each attempt once, whatever is read twice.
 *
 * Rows, roll-ups and the cursor are written in one transaction, and a row that is already there adds
 * nothing. An intent waits in memory for its record. The cursor that is saved never passes the
 * oldest intent that waits, so that after a restart all of them are met again; those of a process
 * that is gone get a row that says 'unknown', because nobody knows what the provider did.
 *
 * A failed transaction leaves the database as it was, and the loader at the saved cursor.
 */
export class Loader {
  readonly #db: Database
  readonly #rollup: Rollup
  readonly #insertRow: Statement<unknown, SQLQueryBindings[]>
  readonly #open = new Map<string, OpenIntent>()
  /** What has been read; the saved cursor may stand before it. */
  #position: Cursor
  #run: string | null = null
  #rows: number
  #recovered: number

  constructor(db: Database, calendar: Calendar) {
    this.#db = db
    this.#rollup = new Rollup(db, calendar)
    this.#insertRow = db.query(insertRow)
    this.#position = this.#saved()
    this.#rows = metaNumber(db, 'rows')
    this.#recovered = metaNumber(db, 'recovered')
  }

  /** Where to read on. */
  get position(): Cursor {
    return this.#position
  }

  /** The first segment that is still needed: the ones before it are in the database for good. */
  get neededFrom(): number {
    return this.#saved().segment
  }

  get rows(): number {
    return this.#rows
  }

  get recovered(): number {
    return this.#recovered
  }

  /** Attempts under way, as far as the journal was read. */
  get waiting(): number {
    return this.#open.size
  }

  /**
   * Takes in what was read at `position`.
   * @returns the calls that got a row, in the order of the journal
   * @throws SQLiteError when the database cannot be written: read again from `position`, later
   */
  load(batch: Batch): readonly CallId[] {
    const arrived: CallId[] = []
    const newRun = batch.run !== null && this.#run !== null && batch.run !== this.#run
    const writes =
      batch.faults.length > 0 ||
      (newRun && this.#open.size > 0) ||
      batch.entries.some(({ kind }) => kind !== 'intent')
    const work = () => {
      // Whoever wrote what was read so far is gone: what it began was not ended.
      if (newRun) this.#bookOpen(arrived)
      this.#run = batch.run ?? this.#run
      for (const entry of batch.entries) this.#take(entry, arrived)
      this.#position = batch.next
      if (!writes) return
      for (const { kind, start, bytes } of batch.faults) {
        this.#db.query(insertFault).run(start.segment, start.offset, kind, bytes)
      }
      this.#save()
    }
    if (writes) this.#transact(work)
    else work()
    return arrived
  }

  /** Nobody writes the journal, and all of it was read: what is open gets its row. */
  settle(): readonly CallId[] {
    const arrived: CallId[] = []
    this.#transact(() => {
      this.#bookOpen(arrived)
      this.#save()
    })
    return arrived
  }

  /**
   * Gives up intents that wait for a record since before an instant, so that one that was forgotten
   * does not hold the cursor, and with it the journal's files, for ever.
   */
  abandon(before: Instant): readonly CallId[] {
    const [oldest] = this.#open.values()
    if (!oldest || oldest.read().at >= before) return []
    const arrived: CallId[] = []
    this.#transact(() => {
      for (const [key, { read }] of this.#open) {
        const intent = read()
        if (intent.at >= before) break
        this.#book(intent, arrived)
        this.#open.delete(key)
      }
      this.#save()
    })
    return arrived
  }

  /** Deletes the oldest rows, `count` at most. Roll-ups stay. @returns how many */
  deleteRows(before: Uint8Array, count: number): number {
    if (!this.#db.query(nthRow).get(before, 0)) return 0
    const last = this.#db.query(nthRow).values(before, count - 1)[0]?.[0] ?? before
    return this.#transact(() => {
      const { changes } = this.#db.query(deleteRows).run(before, last as Uint8Array)
      this.#rows -= changes
      setMeta(this.#db, 'rows', this.#rows)
      setMeta(this.#db, 'deleted_through', Buffer.from(last as Uint8Array).toString('hex'))
      return changes
    })
  }

  #take(entry: Entry, arrived: CallId[]): void {
    switch (entry.kind) {
      case 'intent':
        if (!this.#open.has(entry.key)) this.#open.set(entry.key, entry)
        return
      case 'record':
        this.#open.delete(entry.key)
        try {
          this.#insert(entry.read(), arrived)
        } catch (error) {
          if (!isAboutRow(error)) throw error
          this.#reject(entry.start, entry.text, error)
        }
        return
      case 'strange':
        this.#reject(entry.start, entry.text, new Error('Neither an intent nor a record.'))
    }
  }

  #insert(record: AttemptRecord, arrived: CallId[]): boolean {
    const { changes } = this.#insertRow.run(...bindingsOf(record))
    if (changes === 0) return false
    this.#rollup.add(record)
    this.#rows += 1
    arrived.push(record.callId)
    return true
  }

  #bookOpen(arrived: CallId[]): void {
    for (const { start, read } of this.#open.values()) {
      try {
        this.#book(read(), arrived)
      } catch (error) {
        if (!isAboutRow(error)) throw error
        this.#reject(start, '', error)
      }
    }
    this.#open.clear()
  }

  #book(intent: Intent, arrived: CallId[]): void {
    if (this.#insert(unknownOutcome(intent), arrived)) this.#recovered += 1
  }

  /** The row is kept as text: nothing that was acknowledged is thrown away. */
  #reject({ segment, offset }: Cursor, text: string, error: unknown): void {
    this.#db
      .query(insertRejected)
      .run(segment, offset, text.toWellFormed(), (error as Error).message)
  }

  #save(): void {
    this.#rollup.write()
    // Intents are met in the order of the journal: the first is the oldest.
    const [oldest] = this.#open.values()
    const { segment, offset } = oldest?.start ?? this.#position
    setMeta(this.#db, 'segment', segment)
    setMeta(this.#db, 'offset', offset)
    setMeta(this.#db, 'rows', this.#rows)
    setMeta(this.#db, 'recovered', this.#recovered)
  }

  #saved(): Cursor {
    const segment = metaNumber(this.#db, 'segment')
    return segment === 0 ? journalStart : { segment, offset: metaNumber(this.#db, 'offset') }
  }

  #transact<Result>(work: () => Result): Result {
    try {
      return inTransaction(this.#db, work)
    } catch (error) {
      this.#rollup.forget()
      this.#open.clear()
      this.#run = null
      this.#position = this.#saved()
      this.#rows = metaNumber(this.#db, 'rows')
      this.#recovered = metaNumber(this.#db, 'recovered')
      throw error
    }
  }
}

/** The last id whose row was deleted because it was old; null when none was. */
export function deletedThrough(db: Database): Uint8Array | null {
  const row = db.query("SELECT value FROM meta WHERE name = 'deleted_through'").values()[0]
  return row ? Buffer.from(String(row[0]), 'hex') : null
}

/** What is known of an attempt whose process died: that it was begun, and may have cost something. */
export function unknownOutcome(intent: Intent): AttemptRecord {
  const { ceiling: _, ...known } = intent
  return {
    ...known,
    modelServed: null,
    credential: null,
    policy: null,
    reason: null,
    adapted: null,
    usage: null,
    usageSource: 'none',
    usageRaw: null,
    cost: null,
    costSource: 'unknown',
    priceId: null,
    reportedUsd: null,
    status: null,
    endState: 'unknown',
    errorCode: null,
    errorText: null,
    finish: null,
    toolCalls: null,
    answerId: null,
    queueUs: null,
    connectUs: null,
    firstByteUs: null,
    firstContentUs: null,
    totalUs: null,
    overheadUs: null,
    saved: null,
  }
}

/** True when this row is at fault, and the next may well be taken; false when it is the database. */
function isAboutRow(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === undefined || /^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)/.test(code)
}

const insertRow = `
  INSERT INTO attempt (${columnNames}) VALUES (${columns.map(() => '?').join(', ')})
  ON CONFLICT (call_id, attempt) DO NOTHING`

const insertFault =
  'INSERT INTO journal_fault (segment, offset, kind, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'

const insertRejected =
  'INSERT INTO rejected (segment, offset, text, why) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'

const nthRow =
  'SELECT call_id FROM attempt WHERE call_id < ? ORDER BY call_id, attempt LIMIT 1 OFFSET ?'

const deleteRows = 'DELETE FROM attempt WHERE call_id < ?1 AND call_id <= ?2'
