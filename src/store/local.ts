import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type Instant, systemClock } from '../core/clock.ts'
import { type CallId, madeAt } from '../core/ids.ts'
import type { AttemptRecord } from '../core/record.ts'
import { Calendar } from './calendar.ts'
import type { CertificateDraft, CertificateRow } from './certificate.ts'
import { Eraser } from './eraser.ts'
import type { Erasure, ErasureStep } from './erasure.ts'
import { EvalWords } from './eval-words.ts'
import type {
  FeedbackQuery,
  FeedbackRate,
  FeedbackRateQuery,
  FeedbackRow,
  FeedbackWords,
} from './feedback.ts'
import { journalFolder } from './folders.ts'
import { JournalReader } from './journal/reader.ts'
import { lanesIn, pruneSegments } from './journal/segment.ts'
import { JournalSync } from './journal/sync.ts'
import { maskedFeedback, type Masker } from './mask.ts'
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
  ShelfChange,
  ShelfItem,
  ShelfMark,
  ShelfQuery,
  ShelfReader,
  SpanQuery,
  SpanReport,
  Spent,
  SpentQuery,
  Store,
  WholeCall,
} from './ports.ts'
import type { PerformanceQuery, PerformanceReport } from './performance.ts'
import type { PriceDraft, PriceRow } from './prices.ts'
import type { RevenueAdded, RevenueRow, RevenueSpan } from './revenue.ts'
import type { ScanPage, ScanQuery } from './scan.ts'
import { dayOf } from './sqlite/by-day.ts'
import { type Gone, SqliteLedger } from './sqlite/ledger.ts'
import { type DroppedDay, type FoundPayload, PayloadFiles } from './sqlite/payloads.ts'
import { ShelfFile } from './sqlite/shelf.ts'

const minuteUs = 60_000_000
const dayUs = 86_400_000_000
/** A query first takes in what is written already; behind a long backlog it answers without. */
const freshLooks = 4

/** A lane of the journal, as whoever reads it has it. */
interface Lane {
  readonly reader: JournalReader
  readonly sync: JournalSync
}

/**
 * The store in the thread that calls it: the database and the payload files, and the journal that
 * the database is fed from. Every query sees what was in the journal when it was asked.
 *
 * Only the owner of the folder may open it: see `sqlite/lock.ts`.
 */
export class LocalStore implements Store, ShelfReader {
  readonly #folder: string
  readonly #options: StoreOptions
  readonly #clock: Clock
  readonly #masker: Masker | null
  readonly #ledger: SqliteLedger
  /** Also those that nobody writes any more, because there were more threads once. */
  readonly #lanes = new Map<number, Lane>()
  readonly #payloads: PayloadFiles
  readonly #shelf: ShelfFile
  #payloadsKept: number
  #payloadsDropped: number
  #eraser: Eraser | null = null

  /** @throws Error when a file cannot be opened, or the time zone is not known */
  constructor(
    folder: string,
    options: StoreOptions,
    { masker, rest = () => {} }: StoreTools,
    clock: Clock = systemClock,
  ) {
    this.#folder = folder
    this.#options = options
    this.#clock = clock
    this.#masker = masker
    const calendar = new Calendar(options.timeZone)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#ledger = new SqliteLedger(join(folder, 'ledger.db'), calendar, rest)
    for (const lane of lanesIn(journalFolder(folder))) this.addLane(lane)
    this.#payloads = new PayloadFiles(
      join(folder, 'payloads'),
      masker,
      options.payloadBytesMax,
      rest,
    )
    this.#shelf = new ShelfFile(join(folder, 'shelf.db'), masker, options.shelfBytesMax, () =>
      clock.now(),
    )
    this.#payloadsKept = this.#ledger.count('payloads_kept')
    this.#payloadsDropped = this.#ledger.count('payloads_dropped')
  }

  /** The last segment that was read of each lane: a writer that begins anew takes a number above it. */
  get segments(): readonly number[] {
    return [...this.#lanes.keys()].map((lane) => this.#ledger.position(lane).segment)
  }

  /** A thread has begun to write a lane, which was there or not. */
  addLane(lane: number): void {
    if (this.#lanes.has(lane)) return
    const folder = journalFolder(this.#folder)
    this.#lanes.set(lane, {
      reader: new JournalReader(folder, lane, false),
      sync: new JournalSync(folder, lane),
    })
  }

  /**
   * Takes in up to a MiB of each lane of the journal.
   * @param over  true when nobody writes the journal
   * @returns true when there is more
   * @throws SQLiteError, Error when the disk or the database fails; try again later
   */
  load(over = false): boolean {
    let more = false
    for (const [lane, { reader }] of this.#lanes) {
      const batch = reader.read(this.#ledger.position(lane), over)
      this.#ledger.load(batch)
      more ||= batch.more
    }
    return more
  }

  /** Takes in all of a journal that nobody writes; what was begun and not ended is booked as unknown. */
  catchUp(): void {
    while (this.load(true));
    this.#ledger.settle()
  }

  /** @throws Error when the disk fails: what was written lately may not survive a power cut */
  async syncJournal(): Promise<void> {
    for (const { sync } of this.#lanes.values()) await sync.sync()
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

  /** In their order, in one transaction. @throws SQLiteError when they cannot be written: they are lost */
  shelve(changes: readonly ShelfChange[]): void {
    this.#shelf.change(changes)
  }

  /**
   * Forgets what is older than it may be, a little at a time.
   * @returns true when there is more to forget
   * @throws SQLiteError, Error when the disk or the database fails; try again later
   */
  housekeep(): boolean {
    const now = this.#clock.now()
    this.#saveCounts()
    const rowsFrom = (now - this.#options.rowsDays * dayUs) as Instant
    const deleted = this.#ledger.deleteRows(rowsFrom)
    this.#ledger.deleteFeedback(rowsFrom)
    this.#dropDays(this.#payloads.dropBefore(this.#payloadsFrom(now)), 'expired')
    this.#dropDays(this.#payloads.dropOverCap(now, true), 'dropped')
    const yesterday = (now - dayUs) as Instant
    this.#ledger.abandon(yesterday)
    for (const lane of this.#lanes.keys()) {
      pruneSegments(journalFolder(this.#folder), this.#ledger.neededFrom(lane), yesterday)
    }
    return this.#shelf.sweep() || deleted > 0
  }

  async calls(query: CallQuery): Promise<CallPage> {
    this.#freshen()
    return this.#ledger.calls(query)
  }

  async call(id: CallId): Promise<WholeCall | null> {
    this.#freshen()
    const attempts = this.#ledger.attempts(id)
    if (attempts.length === 0) return null
    const times = timesOf(id, attempts)
    let found: FoundPayload | null
    try {
      found = this.#payloads.find(id, times)
    } catch {
      return { attempts, request: null, answers: new Map(), payloadNote: 'unreadable' }
    }
    const note = found ? noteOf(found) : this.#whyNone(times)
    const { request, answers } = found ?? { request: null, answers: new Map<number, string>() }
    return { attempts, request, answers, payloadNote: note }
  }

  async costs(query: CostQuery): Promise<CostReport> {
    this.#freshen()
    return this.#ledger.costs(query)
  }

  async spanSums(query: SpanQuery): Promise<SpanReport> {
    this.#freshen()
    return this.#ledger.spanSums(query)
  }

  async performance(query: PerformanceQuery): Promise<PerformanceReport> {
    this.#freshen()
    return this.#ledger.performance(query)
  }

  async scan(query: ScanQuery): Promise<ScanPage> {
    if (query.after === null) this.#freshen()
    return this.#ledger.scan(query)
  }

  prices(): Promise<readonly PriceRow[]> {
    return this.#ledger.prices()
  }

  addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]> {
    return this.#ledger.addPrices(drafts, at)
  }

  decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null> {
    return this.#ledger.decidePrice(id, confirmed, at)
  }

  addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded> {
    return this.#ledger.addRevenue(rows)
  }

  revenue(span: RevenueSpan): Promise<readonly RevenueRow[]> {
    return this.#ledger.revenue(span)
  }

  /** Counts to the last call, however far the database is behind: a budget is put on by it. */
  async spent(query: SpentQuery): Promise<readonly Spent[]> {
    this.#freshen(Infinity)
    return this.#ledger.spent(query)
  }

  async health(): Promise<LedgerHealth> {
    this.#freshen()
    const disk = await statfs(this.#folder).catch(() => null)
    return {
      rows: this.#ledger.rows,
      behindBytes: [...this.#lanes]
        .map(([lane, { reader }]) => reader.bytesAfter(this.#ledger.position(lane)))
        .reduce((sum, bytes) => sum + bytes, 0),
      recovered: this.#ledger.recovered,
      ...this.#ledger.troubles(),
      payloadsKept: this.#payloadsKept,
      payloadsDropped: this.#payloadsDropped,
      shelfDropped: this.#shelf.dropped,
      diskFreeBytes: disk && disk.bavail * disk.bsize,
      storeBytes: bytesIn(this.#folder),
      threadRestarts: 0,
    }
  }

  shelfItem(kind: string, id: string): Promise<ShelfItem | null> {
    return this.#shelf.shelfItem(kind, id)
  }

  shelfItems(query: ShelfQuery, mark: ShelfMark | null): Promise<readonly ShelfItem[]> {
    return this.#shelf.shelfItems(query, mark)
  }

  keys(): Promise<readonly KeyRow[]> {
    return this.#ledger.keys()
  }

  addKey(key: KeyRow): Promise<void> {
    return this.#ledger.addKey(key)
  }

  revokeKey(id: string, at: Instant): Promise<boolean> {
    return this.#ledger.revokeKey(id, at)
  }

  setKeyBudget(id: string, budget: KeyRow['budget']): Promise<boolean> {
    return this.#ledger.setKeyBudget(id, budget)
  }

  putAlarm(row: AlarmRow): Promise<void> {
    return this.#ledger.putAlarm(row)
  }

  alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return this.#ledger.alarms(query)
  }

  addFeedback(row: FeedbackRow, words: FeedbackWords): Promise<FeedbackRow> {
    return this.#ledger.addFeedback(maskedFeedback(row, words, this.#masker))
  }

  feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]> {
    return this.#ledger.feedback(query)
  }

  feedbackRates(query: FeedbackRateQuery): Promise<readonly FeedbackRate[]> {
    return this.#ledger.feedbackRates(query)
  }

  addCertificate(draft: CertificateDraft): Promise<CertificateRow> {
    return this.#ledger.addCertificate(draft)
  }

  certificates(): Promise<readonly CertificateRow[]> {
    return this.#ledger.certificates()
  }

  /** @throws SQLiteError, Error when a file cannot be read or written; the next step begins anew */
  async eraseSome(erasure: Erasure): Promise<ErasureStep> {
    if (this.#eraser?.erasure.id !== erasure.id) {
      await this.#eraser?.end()
      this.#eraser = new Eraser(erasure, {
        ledger: this.#ledger,
        payloads: this.#payloads,
        shelf: this.#shelf,
        evals: new EvalWords(this.#folder),
      })
    }
    this.#freshen()
    try {
      return await this.#eraser.step()
    } catch (error) {
      // One that has failed would say that it is done: the next step begins anew.
      this.#eraser = null
      throw error
    }
  }

  async close(): Promise<void> {
    try {
      this.#saveCounts()
    } finally {
      for (const { sync, reader } of this.#lanes.values()) {
        sync.close()
        reader.close()
      }
      this.#payloads.close()
      this.#shelf.close()
      this.#ledger.close()
    }
  }

  /** A query that is asked after an answer was given sees that answer's row. */
  #freshen(looksMax = freshLooks): void {
    try {
      for (let looks = 0; looks < looksMax && this.load(); looks += 1);
    } catch {
      // What is in the database can be read all the same; who loads reports the fault.
    }
  }

  #whyNone(times: readonly Instant[]): WholeCall['payloadNote'] {
    const gone = times.map((at) => this.#ledger.whyGone(dayOf(at))).find((why) => why !== null)
    if (gone) return gone
    return dayOf(Math.min(...times) as Instant) < dayOf(this.#payloadsFrom(this.#clock.now()))
      ? 'expired'
      : 'none kept'
  }

  /** Rows say whose a payload is: none outlives the row of its call, also where its day ends later. */
  #payloadsFrom(now: Instant): Instant {
    const { payloadDays, rowsDays } = this.#options
    const days = Math.min(payloadDays, Math.max(0, rowsDays - 1))
    return (now - days * dayUs) as Instant
  }

  #dropDays(days: readonly DroppedDay[], why: Gone): void {
    for (const { day, payloads } of days) {
      if (why === 'dropped') this.#payloadsDropped += payloads
      this.#ledger.setGone(day, why)
    }
  }

  #saveCounts(): void {
    this.#ledger.setCount('payloads_kept', this.#payloadsKept)
    this.#ledger.setCount('payloads_dropped', this.#payloadsDropped)
  }
}

function noteOf({ erased, dropped }: FoundPayload): WholeCall['payloadNote'] {
  return erased ? 'erased' : dropped ? 'dropped' : null
}

/** When a call's payloads may have been given: from when it began to when an answer ended. */
function timesOf(id: CallId, attempts: readonly AttemptRecord[]): Instant[] {
  const ends = attempts.map(({ at, totalUs }) => (at + (totalUs ?? 0) + minuteUs) as Instant)
  return [madeAt(id), ...attempts.map(({ at }) => at), ...ends]
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
