import type { Database, SQLQueryBindings, Statement } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import { type AttemptRecord, type Intent, noExchange } from '../../core/record.ts'
import type { Calendar } from '../calendar.ts'
import type { Batch, Cursor, Entry } from '../entry.ts'
import { laneOf, laneStart } from '../lanes.ts'
import { bindingsOf, columnNames, columns } from './columns.ts'
import { inTransaction, metaNumber, setMeta } from './database.ts'
import { PerformanceRollup } from './performance.ts'
import { Rollup, type Told } from './rollup.ts'

interface OpenIntent {
  readonly start: Cursor
  readonly read: () => Intent
}

/** How far one lane of the journal was read. */
interface Lane {
  /** What has been read; the saved cursor may stand before it. */
  position: Cursor
  run: string | null
  readonly open: Map<string, OpenIntent>
}

/**
 * Brings the journal into the database, each attempt once, whatever is read twice.
 *
 * Rows, roll-ups and the cursor of a lane are written in one transaction, and a row that is already
 * there adds nothing. An intent waits in memory for its record, which comes in the same lane. The
 * cursor that is saved never passes the oldest intent that waits, so that after a restart all of them
 * are met again; those of a writer that is gone get a row that says 'unknown', because nobody knows
 * what the provider did.
 *
 * A failed transaction leaves the database as it was, and the loader at the saved cursors.
 */
export class Loader {
  readonly #db: Database
  readonly #rollup: Rollup
  readonly #performance: PerformanceRollup
  readonly #insertRow: Statement<unknown, SQLQueryBindings[]>
  readonly #lanes = new Map<number, Lane>()
  readonly #rest: () => void
  #rows: number
  #recovered: number

  /**
   * @param told  who keeps what the roll-ups say, and has to know what is added
   * @param rest  called behind each row
   */
  constructor(db: Database, calendar: Calendar, told?: Told, rest: () => void = () => {}) {
    this.#db = db
    this.#rest = rest
    this.#rollup = new Rollup(db, calendar, told)
    this.#performance = new PerformanceRollup(db, calendar)
    this.#insertRow = db.query(insertRow)
    this.#rows = metaNumber(db, 'rows')
    this.#recovered = metaNumber(db, 'recovered')
  }

  /** Where to read a lane on. */
  position(lane = 0): Cursor {
    return this.#lane(lane).position
  }

  /** The first segment of a lane that is still needed: the ones before it are in the database for good. */
  neededFrom(lane = 0): number {
    return this.#saved(lane).segment
  }

  get rows(): number {
    return this.#rows
  }

  get recovered(): number {
    return this.#recovered
  }

  /** Attempts under way, as far as the journal was read. */
  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, { open }) => sum + open.size, 0)
  }

  /**
   * Takes in what was read at the `position` of a lane.
   * @returns the calls that got a row, in the order of the journal
   * @throws SQLiteError when the database cannot be written: read again from `position`, later
   */
  load(batch: Batch): readonly CallId[] {
    const arrived: CallId[] = []
    const number = laneOf(batch.next.segment)
    const lane = this.#lane(number)
    const newRun = batch.run !== null && lane.run !== null && batch.run !== lane.run
    const writes =
      batch.faults.length > 0 ||
      (newRun && lane.open.size > 0) ||
      batch.entries.some(({ kind }) => kind !== 'intent')
    const work = () => {
      // Whoever wrote what was read so far is gone: what it began was not ended.
      if (newRun) this.#bookOpen(lane, arrived)
      lane.run = batch.run ?? lane.run
      for (const entry of batch.entries) {
        this.#take(entry, lane, arrived)
        this.#rest()
      }
      lane.position = batch.next
      if (!writes) return
      for (const { kind, start, bytes } of batch.faults) {
        this.#db.query(insertFault).run(start.segment, start.offset, kind, bytes)
      }
      this.#save(number, lane)
    }
    if (writes) this.#transact(work)
    else work()
    return arrived
  }

  /** Nobody writes the journal, and all of it was read: what is open gets its row. */
  settle(): readonly CallId[] {
    const arrived: CallId[] = []
    this.#transact(() => {
      for (const [number, lane] of this.#lanes) {
        this.#bookOpen(lane, arrived)
        this.#save(number, lane)
      }
    })
    return arrived
  }

  /**
   * Gives up intents that wait for a record since before an instant, so that one that was forgotten
   * does not hold the cursor, and with it the journal's files, for ever.
   */
  abandon(before: Instant): readonly CallId[] {
    const stale = [...this.#lanes].filter(([, { open }]) => {
      const [oldest] = open.values()
      return oldest !== undefined && oldest.read().at < before
    })
    if (stale.length === 0) return []
    const arrived: CallId[] = []
    this.#transact(() => {
      for (const [number, lane] of stale) {
        for (const [key, { read }] of lane.open) {
          const intent = read()
          if (intent.at >= before) break
          this.#book(intent, arrived)
          lane.open.delete(key)
        }
        this.#save(number, lane)
      }
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

  #take(entry: Entry, { open }: Lane, arrived: CallId[]): void {
    switch (entry.kind) {
      case 'intent':
        if (!open.has(entry.key)) open.set(entry.key, entry)
        return
      case 'record':
        open.delete(entry.key)
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
    this.#performance.add(record)
    this.#rows += 1
    arrived.push(record.callId)
    return true
  }

  #bookOpen({ open }: Lane, arrived: CallId[]): void {
    for (const { start, read } of open.values()) {
      try {
        this.#book(read(), arrived)
      } catch (error) {
        if (!isAboutRow(error)) throw error
        this.#reject(start, '', error)
      }
    }
    open.clear()
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

  #save(number: number, { open, position }: Lane): void {
    this.#rollup.write()
    this.#performance.write()
    // Intents are met in the order of the lane: the first is the oldest.
    const [oldest] = open.values()
    const { segment, offset } = oldest?.start ?? position
    const names = cursorNames(number)
    setMeta(this.#db, names.segment, segment)
    setMeta(this.#db, names.offset, offset)
    setMeta(this.#db, 'rows', this.#rows)
    setMeta(this.#db, 'recovered', this.#recovered)
  }

  #saved(number: number): Cursor {
    const names = cursorNames(number)
    const segment = metaNumber(this.#db, names.segment)
    if (segment === 0) return { segment: laneStart(number), offset: 0 }
    return { segment, offset: metaNumber(this.#db, names.offset) }
  }

  #lane(number: number): Lane {
    let lane = this.#lanes.get(number)
    if (lane === undefined) {
      lane = { position: this.#saved(number), run: null, open: new Map() }
      this.#lanes.set(number, lane)
    }
    return lane
  }

  #transact<Result>(work: () => Result): Result {
    try {
      return inTransaction(this.#db, work)
    } catch (error) {
      this.#rollup.forget()
      this.#performance.forget()
      this.#lanes.clear()
      this.#rows = metaNumber(this.#db, 'rows')
      this.#recovered = metaNumber(this.#db, 'recovered')
      throw error
    }
  }
}

/** Where a lane's cursor is kept; lane 0 was the only one in stores of before there were more. */
function cursorNames(lane: number): { readonly segment: string; readonly offset: string } {
  return lane === 0
    ? { segment: 'segment', offset: 'offset' }
    : { segment: `segment ${lane}`, offset: `offset ${lane}` }
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
    ...noExchange,
    ...known,
    cost: null,
    costSource: 'unknown',
    endState: 'unknown',
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
