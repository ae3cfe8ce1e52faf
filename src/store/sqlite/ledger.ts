import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type CallId, firstIdAt } from '../../core/ids.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { Arrivals } from '../arrivals.ts'
import type { Calendar } from '../calendar.ts'
import type { CertificateBook, CertificateDraft, CertificateRow } from '../certificate.ts'
import type { Batch, Cursor } from '../entry.ts'
import type { FeedbackQuery, FeedbackRate, FeedbackRateQuery, FeedbackRow } from '../feedback.ts'
import type {
  AlarmBook,
  AlarmRow,
  CallPage,
  CallQuery,
  CostQuery,
  CostReport,
  KeyRow,
  RevenueBook,
  Settings,
  SpanQuery,
  SpanReport,
  Spent,
  SpentQuery,
} from '../ports.ts'
import type { PerformanceQuery, PerformanceReport } from '../performance.ts'
import type { PriceBook, PriceDraft, PriceRow } from '../prices.ts'
import type { RevenueAdded, RevenueRow, RevenueSpan } from '../revenue.ts'
import type { ScanPage, ScanQuery } from '../scan.ts'
import { alarms, putAlarm } from './alarms.ts'
import { attemptsOf, calls, callsAfter, callsAmong } from './calls.ts'
import { addCertificate, certificates } from './certificates.ts'
import { idBytes } from './columns.ts'
import { costs } from './costs.ts'
import { cutLog, metaNumber, openDatabase, setMeta } from './database.ts'
import {
  addFeedback,
  countComments,
  deleteFeedback,
  eraseComments,
  feedback,
  feedbackRates,
} from './feedback.ts'
import { addKey, keys, revokeKey, setKeyBudget } from './keys.ts'
import { Loader } from './loader.ts'
import { performanceReport } from './performance.ts'
import { addPrices, decidePrice, prices } from './prices.ts'
import { RangeReader } from './range-sums.ts'
import { addRevenue, revenue } from './revenue.ts'
import { scan } from './scan.ts'
import { spanSums } from './span-sums.ts'
import { spent } from './spent.ts'
import { UsedSums } from './used-sums.ts'

/** Rows deleted in one go; then others have their turn. */
const deleteCount = 2_000

/** Why the payloads of a day are gone: they were too old, or too large. */
export type Gone = 'expired' | 'dropped'

type Comments = readonly [
  kind: FeedbackRow['target']['kind'],
  targets: readonly string[],
  before: Instant,
]

/** Counts of the store that are kept over restarts. */
export type Count = 'payloads_kept' | 'payloads_dropped'

/** The ledger's database: the journal is loaded into it, and it is asked. One thread has it alone. */
export class SqliteLedger implements Settings, AlarmBook, CertificateBook, RevenueBook, PriceBook {
  readonly #db: Database
  readonly #calendar: Calendar
  readonly #loader: Loader
  readonly #used: UsedSums
  readonly #ranges: RangeReader
  readonly #arrivals = new Arrivals()

  /**
   * @param rest  called behind each row that is brought in
   * @throws Error when the file cannot be opened, is damaged, or is of a newer version
   */
  constructor(path: string, calendar: Calendar, rest: () => void = () => {}) {
    this.#db = openDatabase(path, calendar)
    this.#calendar = calendar
    this.#used = new UsedSums(this.#db)
    this.#ranges = new RangeReader(this.#db, this.#used)
    this.#loader = new Loader(this.#db, calendar, { used: this.#used, ranges: this.#ranges }, rest)
  }

  /** Where to read a lane of the journal on. */
  position(lane = 0): Cursor {
    return this.#loader.position(lane)
  }

  /** The first segment of a lane that is still needed. */
  neededFrom(lane = 0): number {
    return this.#loader.neededFrom(lane)
  }

  get rows(): number {
    return this.#loader.rows
  }

  get recovered(): number {
    return this.#loader.recovered
  }

  /** Takes in what was read at `position`. @throws SQLiteError: read it again, later */
  load(batch: Batch): void {
    this.#arrived(this.#loader.load(batch))
  }

  /** Nobody writes the journal, and all of it was read. @throws SQLiteError */
  settle(): void {
    this.#arrived(this.#loader.settle())
  }

  /** Gives up attempts that were begun before an instant and not ended. @throws SQLiteError */
  abandon(before: Instant): void {
    this.#arrived(this.#loader.abandon(before))
  }

  /** Deletes some rows of calls that began before an instant. @returns how many @throws SQLiteError */
  deleteRows(before: Instant): number {
    return this.#loader.deleteRows(idBytes(firstIdAt(before)), deleteCount)
  }

  async calls(query: CallQuery): Promise<CallPage> {
    if (query.after === undefined) return calls(this.#db, query, turn)
    const since = this.#arrivals.after(query.after)
    return since
      ? callsAmong(this.#db, query, since, turn)
      : callsAfter(this.#db, query, query.after, turn)
  }

  attempts(id: CallId): AttemptRecord[] {
    return attemptsOf(this.#db, [id])
  }

  costs(query: CostQuery): CostReport {
    return costs(this.#db, this.#calendar, query, this.#used.names)
  }

  spanSums(query: SpanQuery): SpanReport {
    return spanSums(this.#db, this.#calendar, query, this.#ranges)
  }

  performance(query: PerformanceQuery): PerformanceReport {
    return performanceReport(this.#db, this.#calendar, query)
  }

  scan(query: ScanQuery): ScanPage {
    return scan(this.#db, query)
  }

  async prices(): Promise<readonly PriceRow[]> {
    return prices(this.#db)
  }

  async addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]> {
    return addPrices(this.#db, drafts, at)
  }

  async decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null> {
    return decidePrice(this.#db, id, confirmed, at)
  }

  async addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded> {
    return addRevenue(this.#db, rows)
  }

  async revenue(span: RevenueSpan): Promise<readonly RevenueRow[]> {
    return revenue(this.#db, span)
  }

  spent(query: SpentQuery): Spent[] {
    return spent(this.#db, this.#calendar, query)
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

  async setKeyBudget(id: string, budget: KeyRow['budget']): Promise<boolean> {
    return setKeyBudget(this.#db, id, budget)
  }

  async putAlarm(row: AlarmRow): Promise<void> {
    putAlarm(this.#db, row)
  }

  async alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return alarms(this.#db, query.openOnly, query.limit)
  }

  /** Its words masked as they are to be kept. */
  async addFeedback(row: FeedbackRow): Promise<FeedbackRow> {
    return addFeedback(this.#db, row)
  }

  async feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]> {
    return feedback(this.#db, query)
  }

  async feedbackRates(query: FeedbackRateQuery): Promise<readonly FeedbackRate[]> {
    return feedbackRates(this.#db, query)
  }

  /** @throws SQLiteError */
  deleteFeedback(before: Instant): void {
    deleteFeedback(this.#db, before)
  }

  /** @see countComments in feedback.ts */
  countComments(...what: Comments): number {
    return countComments(this.#db, ...what)
  }

  /** @throws SQLiteError */
  eraseComments(...what: Comments): number {
    return eraseComments(this.#db, ...what)
  }

  /** The log beside the file does not hold any more what was overwritten. @throws SQLiteError */
  cutLog(): void {
    cutLog(this.#db)
  }

  async addCertificate(draft: CertificateDraft): Promise<CertificateRow> {
    return addCertificate(this.#db, draft)
  }

  async certificates(): Promise<readonly CertificateRow[]> {
    return certificates(this.#db)
  }

  /** Places of the journal that could not be read, and frames that are no row. */
  troubles(): { journalFaults: number; rejected: number } {
    const count = (table: 'journal_fault' | 'rejected') =>
      Number(this.#db.query(`SELECT COUNT(*) FROM ${table}`).values()[0]?.[0] ?? 0)
    return { journalFaults: count('journal_fault'), rejected: count('rejected') }
  }

  /** The payloads of a UTC day were deleted. */
  setGone(day: string, why: Gone): void {
    this.#db
      .query('INSERT INTO payload_day (day, gone) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(day, why)
  }

  whyGone(day: string): Gone | null {
    const row = this.#db.query('SELECT gone FROM payload_day WHERE day = ?').values(day)[0]
    return (row?.[0] as Gone | undefined) ?? null
  }

  count(name: Count): number {
    return metaNumber(this.#db, name)
  }

  setCount(name: Count, value: number): void {
    if (value !== this.count(name)) setMeta(this.#db, name, value)
  }

  close(): void {
    this.#db.close()
  }

  #arrived(ids: readonly CallId[]): void {
    for (const id of ids) this.#arrivals.push(id)
  }
}

/** Everybody else's turn, then ours again. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
