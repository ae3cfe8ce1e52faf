import type { Database } from 'bun:sqlite'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type Instant, systemClock } from '../core/clock.ts'
import { type CallId, firstIdAt, madeAt } from '../core/ids.ts'
import { Arrivals } from './arrivals.ts'
import { Calendar } from './calendar.ts'
import { JournalReader } from './journal/reader.ts'
import { pruneSegments } from './journal/segment.ts'
import { JournalSync } from './journal/sync.ts'
import type { StoreOptions, StoreTools } from './options.ts'
import type {
  AlarmRow,
  CallPage,
  CallQuery,
  CostQuery,
  CostReport,
  DroppedPayload,
  KeyRow,
  LedgerHealth,
  Payload,
  Spent,
  SpentQuery,
  Store,
  WholeCall,
} from './ports.ts'
import { alarms, putAlarm } from './sqlite/alarms.ts'
import { attemptsOf, calls, callsAfter, callsAmong } from './sqlite/calls.ts'
import { idBytes } from './sqlite/columns.ts'
import { costs } from './sqlite/costs.ts'
import { metaNumber, openDatabase, setMeta } from './sqlite/database.ts'
import { addKey, keys, revokeKey } from './sqlite/keys.ts'
import { Loader } from './sqlite/loader.ts'
import { dayOf, type DroppedDay, type FoundPayload, PayloadFiles } from './sqlite/payloads.ts'
import { spent } from './sqlite/spent.ts'

const dayUs = 86_400_000_000
/** Rows deleted in one go: 5 ms, then others have their turn. */
const deleteCount = 2_000
/** A query first takes in what is written already; behind a long backlog it answers without. */
const freshLooks = 4

export function journalFolder(folder: string): string {
  return join(folder, 'journal')
}

/**
 * The store in the thread that calls it: the database and the payload files, and the journal that
 * the database is fed from. Every query sees what was in the journal when it was asked.
 *
 * Only the owner of the folder may open it: see `sqlite/lock.ts`.
 */
export class LocalStore implements Store {
  readonly #folder: string
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #calendar: Calendar
  readonly #db: Database
  readonly #loader: Loader
  readonly #reader: JournalReader
  readonly #sync: JournalSync
  readonly #payloads: PayloadFiles
  readonly #arrivals = new Arrivals()
  #payloadsKept: number
  #payloadsDropped: number

  /** @throws Error when a file cannot be opened, or the time zone is not known */
  constructor(
    folder: string,
    options: StoreOptions,
    { masker }: StoreTools,
    clock: Clock = systemClock,
  ) {
    this.#folder = folder
    this.#options = options
    this.#clock = clock
    this.#calendar = new Calendar(options.timeZone)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#db = openDatabase(join(folder, 'ledger.db'), this.#calendar)
    this.#loader = new Loader(this.#db, this.#calendar)
    this.#reader = new JournalReader(journalFolder(folder))
    this.#sync = new JournalSync(journalFolder(folder))
    this.#payloads = new PayloadFiles(join(folder, 'payloads'), masker, options.payloadBytesMax)
    this.#payloadsKept = metaNumber(this.#db, 'payloads_kept')
    this.#payloadsDropped = metaNumber(this.#db, 'payloads_dropped')
  }

  /** The last segment that was read: a writer that begins anew takes a number above it. */
  get segment(): number {
    return this.#loader.position.segment
  }

  /**
   * Takes in up to a MiB of the journal.
   * @param over  true when nobody writes the journal
   * @returns true when there is more
   * @throws SQLiteError, Error when the disk or the database fails; try again later
   */
  load(over = false): boolean {
    const batch = this.#reader.read(this.#loader.position, over)
    for (const id of this.#loader.load(batch)) this.#arrivals.push(id)
    return batch.more
  }

  /** Takes in all of a journal that nobody writes; what was begun and not ended is booked as unknown. */
  catchUp(): void {
    while (this.load(true));
    for (const id of this.#loader.settle()) this.#arrivals.push(id)
  }

  /** @throws Error when the disk fails: what was written lately may not survive a power cut */
  syncJournal(): Promise<void> {
    return this.#sync.sync()
  }

  /** @throws SQLiteError when they cannot be written; they are counted as dropped */
  keep(payloads: readonly Payload[]): void {
    let kept = 0
    try {
      this.#dropDays(this.#payloads.dropOverCap(this.#clock.now()), 'dropped')
      kept = this.#payloads.keep(payloads)
    } finally {
      this.#payloadsKept += kept
      this.#payloadsDropped += payloads.length - kept
    }
  }

  /**
   * Counts payloads that were dropped before they came here, and notes some of them by name.
   * @throws SQLiteError when the notes cannot be written
   */
  countDropped(count: number, named: readonly DroppedPayload[]): void {
    this.#payloadsDropped += count
    this.#payloads.note(named)
  }

  /**
   * Forgets what is older than it may be, a little at a time.
   * @returns true when there is more to forget
   * @throws SQLiteError, Error when the disk or the database fails; try again later
   */
  housekeep(): boolean {
    const now = this.#clock.now()
    this.#saveCounts()
    const rowsBefore = firstIdAt((now - this.#options.rowsDays * dayUs) as Instant)
    const deleted = this.#loader.deleteRows(idBytes(rowsBefore), deleteCount)
    this.#dropDays(this.#payloads.dropBefore(this.#payloadsFrom(now)), 'expired')
    this.#dropDays(this.#payloads.dropOverCap(now, true), 'dropped')
    for (const id of this.#loader.abandon((now - dayUs) as Instant)) this.#arrivals.push(id)
    pruneSegments(journalFolder(this.#folder), this.#loader.neededFrom, (now - dayUs) as Instant)
    return deleted > 0
  }

  async calls(query: CallQuery): Promise<CallPage> {
    this.#freshen()
    if (query.after === undefined) return calls(this.#db, this.#calendar, query, turn)
    const since = this.#arrivals.after(query.after)
    return since
      ? callsAmong(this.#db, query, since, turn)
      : callsAfter(this.#db, query, query.after, turn)
  }

  async call(id: CallId): Promise<WholeCall | null> {
    this.#freshen()
    const attempts = attemptsOf(this.#db, [id])
    if (attempts.length === 0) return null
    const times = [madeAt(id), ...attempts.map(({ at }) => at)]
    let found: FoundPayload | null
    try {
      found = this.#payloads.find(id, times)
    } catch {
      return { attempts, request: null, answers: new Map(), payloadNote: 'unreadable' }
    }
    const note = found ? (found.dropped ? 'dropped' : null) : this.#whyNone(times)
    const { request, answers } = found ?? { request: null, answers: new Map<number, string>() }
    return { attempts, request, answers, payloadNote: note }
  }

  async costs(query: CostQuery): Promise<CostReport> {
    this.#freshen()
    return costs(this.#db, this.#calendar, query)
  }

  async spent(query: SpentQuery): Promise<readonly Spent[]> {
    this.#freshen()
    return spent(this.#db, this.#calendar, query)
  }

  async health(): Promise<LedgerHealth> {
    this.#freshen()
    const disk = await statfs(this.#folder).catch(() => null)
    return {
      rows: this.#loader.rows,
      behindBytes: this.#reader.bytesAfter(this.#loader.position),
      recovered: this.#loader.recovered,
      journalFaults: this.#count('journal_fault'),
      rejected: this.#count('rejected'),
      payloadsKept: this.#payloadsKept,
      payloadsDropped: this.#payloadsDropped,
      diskFreeBytes: disk && disk.bavail * disk.bsize,
      storeBytes: bytesIn(this.#folder),
      threadRestarts: 0,
    }
  }

  async keys(): Promise<readonly KeyRow[]> {
    return keys(this.#db)
  }

  async addKey(key: KeyRow): Promise<void> {
    addKey(this.#db, key)
  }

  async revokeKey(id: string, at: Instant): Promise<boolean> {
    return revokeKey(this.#db, id, at)
  }

  async putAlarm(row: AlarmRow): Promise<void> {
    putAlarm(this.#db, row)
  }

  async alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return alarms(this.#db, query.openOnly, query.limit)
  }

  async close(): Promise<void> {
    try {
      this.#saveCounts()
    } finally {
      this.#sync.close()
      this.#reader.close()
      this.#payloads.close()
      this.#db.close()
    }
  }

  /** A query that is asked after an answer was given sees that answer's row. */
  #freshen(): void {
    try {
      for (let looks = 0; looks < freshLooks && this.load(); looks += 1);
    } catch {
      // What is in the database can be read all the same; who loads reports the fault.
    }
  }

  #whyNone(times: readonly Instant[]): WholeCall['payloadNote'] {
    const day = dayOf(Math.max(...times) as Instant)
    const row = this.#db.query('SELECT gone FROM payload_day WHERE day = ?').values(day)[0]
    if (row) return row[0] as 'expired' | 'dropped'
    return day < dayOf(this.#payloadsFrom(this.#clock.now())) ? 'expired' : 'none kept'
  }

  #payloadsFrom(now: Instant): Instant {
    return (now - this.#options.payloadDays * dayUs) as Instant
  }

  #dropDays(days: readonly DroppedDay[], why: 'expired' | 'dropped'): void {
    for (const { day, payloads } of days) {
      if (why === 'dropped') this.#payloadsDropped += payloads
      this.#db
        .query('INSERT INTO payload_day (day, gone) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(day, why)
    }
  }

  #saveCounts(): void {
    setMeta(this.#db, 'payloads_kept', this.#payloadsKept)
    setMeta(this.#db, 'payloads_dropped', this.#payloadsDropped)
  }

  #count(table: 'journal_fault' | 'rejected'): number {
    return Number(this.#db.query(`SELECT COUNT(*) FROM ${table}`).values()[0]?.[0] ?? 0)
  }
}

/** Everybody else's turn, then ours again. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(
      ({ parentPath, name }) =>
        statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((sum, size) => sum + size, 0)
}
