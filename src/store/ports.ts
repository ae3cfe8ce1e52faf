import type { Instant } from '../core/clock.ts'
import type { CallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord, Intent } from '../core/record.ts'
import type { Usage } from '../core/usage.ts'
import type { PerformanceQuery, PerformanceReport } from './performance.ts'
import type { PriceBook } from './prices.ts'
import type { RevenueAdded, RevenueRow, RevenueSpan } from './revenue.ts'
import type { ScanPage, ScanQuery } from './scan.ts'
import type { CertificateBook } from './certificate.ts'
import type { WordEraser } from './erasure.ts'
import type { FeedbackBook } from './feedback.ts'

/**
 * What the gateway promises and what came of it. Nothing is updated: an intent goes in before a
 * provider is asked, the record of the attempt after, and a record is never written twice.
 */
export interface LedgerWriter {
  /**
   * An intent that was taken is written sooner or later, also when `flushed()` rejects: close it with
   * a record all the same.
   * @throws ledger_unavailable when it was not taken, because too much waits to be written already
   */
  intend(intent: Intent): void
  /** Never throws. A record that finds no room is counted, and its attempt stays open. */
  append(record: AttemptRecord): void
  /**
   * Resolves when all that was taken so far would survive the death of this process.
   * @throws ledger_unavailable when it cannot be written
   */
  flushed(): Promise<void>
}

/** Keeps what was said. Losing it under pressure is allowed, and counted; hurting a call is not. */
export interface PayloadWriter {
  keep(payload: Payload): void
}

export interface Payload {
  readonly callId: CallId
  readonly attempt: number
  readonly at: Instant
  readonly dialect: string
  /** The request body as the caller sent it; null on every attempt but the first. */
  readonly request: string | null
  /** The answer as JSON text in the caller's dialect or as event-stream text; null when none came. */
  readonly answer: string | null
  readonly mode: 'full' | 'redacted'
}

/** What is left of a payload that was not kept. */
export type DroppedPayload = Pick<Payload, 'callId' | 'attempt' | 'at'>

/** Questions to the ledger. Every one is answered off the thread that serves requests. */
export interface LedgerReader {
  calls(query: CallQuery): Promise<CallPage>
  /** Null when no row has this id. */
  call(id: CallId): Promise<WholeCall | null>
  costs(query: CostQuery): Promise<CostReport>
  /** Sums over several spans at once, for whoever prices hours and days apart. */
  spanSums(query: SpanQuery): Promise<SpanReport>
  /** How fast and how reliable providers were, from sums of hours. */
  performance(query: PerformanceQuery): Promise<PerformanceReport>
  /** What calls took, many at a time, in the order in which they began. */
  scan(query: ScanQuery): Promise<ScanPage>
  /** What was spent since each window began, for the budgets' counters at start. */
  spent(query: SpentQuery): Promise<readonly Spent[]>
  health(): Promise<LedgerHealth>
}

/** Fields by which attempts may be filtered and costs grouped. */
export const dimensions = [
  'task',
  'model',
  'provider',
  'key',
  'customer',
  'feature',
  'env',
  'role',
  'mode',
  'saved_by',
] as const

export type Dimension = (typeof dimensions)[number]

export type Filters = Readonly<Partial<Record<Dimension, string>>>

export const pageCallsMax = 1000

/** A call is meant when one of its attempts fits all of it. */
export interface CallQuery {
  readonly filters: Filters
  readonly session?: string
  /** 'ok': the attempt ended 'complete'. */
  readonly status?: 'ok' | 'error'
  /** The attempt cost at least this; one of no known cost is none of them. */
  readonly costMin?: Money
  /** What the attempt cost is not known. */
  readonly costUnknown?: true
  /** The attempt took at least so many microseconds. */
  readonly totalUsMin?: number
  /** Inclusive, by the attempt's `at`. */
  readonly since?: Instant
  /** Exclusive. */
  readonly until?: Instant
  /** Calls older than this one: the next page of a list. */
  readonly before?: CallId
  /**
   * What came after this call, in the order in which it came: what a follower asks for. A long call
   * comes when it ends, and comes again when it has a further attempt. For a call that came long ago
   * (10,000 attempts, or before a restart) it is the calls that began later, in the order of ids.
   */
  readonly after?: CallId
  /** 1 to `pageCallsMax` calls. */
  readonly limit: number
}

export interface CallPage {
  /**
   * Every attempt of the calls of the page, newest call first (as they came, with `after`). A page may
   * hold fewer calls than the limit, or none, when a rare filter took the search through many rows.
   */
  readonly attempts: readonly AttemptRecord[]
  /** Where the next page begins; null on the last one. */
  readonly next: CallId | null
}

export interface WholeCall {
  readonly attempts: readonly AttemptRecord[]
  readonly request: unknown
  /** By attempt; an attempt whose answer was not kept is missing. */
  readonly answers: ReadonlyMap<number, string>
  /** Why there is no payload, when there is none; 'unreadable' when its file is damaged. */
  readonly payloadNote: 'none kept' | 'expired' | 'dropped' | 'erased' | 'unreadable' | null
}

/** Costs are kept by hour: the query's time is widened to whole hours of the store's time zone. */
export interface CostQuery {
  /**
   * One row for each combination of values. Days are '2026-11-21' in the store's time zone, hours
   * '2026-11-21T14:00+01:00'.
   */
  readonly by: readonly (Dimension | 'day' | 'hour')[]
  readonly filters: Filters
  readonly since: Instant
  readonly until: Instant
}

export interface CostRow {
  /** One value for each of the query's `by`; null where the attempts had none. */
  readonly group: readonly (string | null)[]
  readonly calls: number
  readonly attempts: number
  /** Attempts that did not end 'complete'. */
  readonly errors: number
  readonly usage: Usage
  /** The sum of all costs that are known. */
  readonly cost: Money
  /** Attempts whose cost is not known: they are not in `cost`. */
  readonly costUnknown: number
  /** Attempts whose tokens were estimated. */
  readonly estimated: number
  /** What was spent less than without what was done for it, as far as it is known; may be negative. */
  readonly saved: Money
}

export interface CostReport {
  /** Earliest first when asked by day or hour; else, and within a day or hour, dearest first. */
  readonly rows: readonly CostRow[]
  readonly total: CostRow
  /** What the rows are of: the query's time in whole hours. */
  readonly since: Instant
  readonly until: Instant
  /** True when there were more than `costRowsMax` rows: only the dearest are given, `total` is of all. */
  readonly cut: boolean
}

export const costRowsMax = 10_000

/** Spans are widened to whole hours of the store's time zone. Spans of one label are one. */
export interface SpanQuery {
  readonly spans: readonly {
    readonly label: string
    readonly since: Instant
    readonly until: Instant
  }[]
  readonly by: readonly Dimension[]
  readonly filters: Filters
}

export interface SpanReport {
  /** The group is the span's label, and a value for each of the query's `by`. Dearest first. */
  readonly rows: readonly CostRow[]
  /** True when there were more than `spanRowsMax` rows: only the dearest are given. */
  readonly cut: boolean
}

export const spanRowsMax = 50_000

export interface SpentQuery {
  readonly windows: readonly {
    readonly scope: 'key' | 'customer' | 'feature' | 'task' | 'provider'
    /** One value of the scope; null for each value there is. */
    readonly value: string | null
    readonly since: Instant
  }[]
}

export interface Spent {
  readonly scope: SpentQuery['windows'][number]['scope']
  readonly value: string
  readonly since: Instant
  readonly cost: Money
  /** Attempts whose cost is not known: they are not in `cost`. */
  readonly costUnknown: number
}

/** Counts are over the life of the store, unless they say otherwise. */
export interface LedgerHealth {
  readonly rows: number
  /** Bytes of the journal that are not in the table yet. */
  readonly behindBytes: number
  /** Intents of an earlier process that never got a record, booked as unknown. */
  readonly recovered: number
  /** Places in the journal that could not be read: damage, torn ends, files that are gone. */
  readonly journalFaults: number
  /** Frames that were read and are no row; they are kept as text. */
  readonly rejected: number
  readonly payloadsKept: number
  /** Because the queue was full, the disk was, or the cap of all payloads was reached. */
  readonly payloadsDropped: number
  /** Items that were put on the shelf and found no room, or could not be written. */
  readonly shelfDropped: number
  readonly diskFreeBytes: number | null
  readonly storeBytes: number
  /** How often the ledger's thread died and was started again, since this process began. */
  readonly threadRestarts: number
}

/** Keys made by command or page; those of the configuration file are not in here. */
export interface KeyRow {
  readonly id: string
  /** HMAC-SHA-256 of the secret under the store's pepper, 64 hex digits. */
  readonly hash: string
  /** The first characters of the secret, to tell keys apart: 'fh_8sK2'. */
  readonly hint: string
  readonly role: 'caller' | 'viewer' | 'admin'
  readonly env: string | null
  readonly tasks: readonly string[] | null
  /** As the configuration writes it: '50 USD' and 'month'. */
  readonly budget: {
    readonly limit: string
    readonly per: 'day' | 'week' | 'month' | 'total'
  } | null
  readonly createdAt: Instant
  readonly revokedAt: Instant | null
}

export interface Settings {
  keys(): Promise<readonly KeyRow[]>
  /** @throws RangeError when a key of this id exists */
  addKey(key: KeyRow): Promise<void>
  /** False when no live key has this id. */
  revokeKey(id: string, at: Instant): Promise<boolean>
  /** Null takes the budget away. False when no live key has this id. */
  setKeyBudget(id: string, budget: KeyRow['budget']): Promise<boolean>
}

export interface AlarmRow {
  readonly kind: string
  readonly subject: string
  /** A notice asks for a look some day, and for nothing at night. */
  readonly severity: 'notice' | 'warning' | 'critical'
  readonly text: string
  readonly firstAt: Instant
  readonly lastAt: Instant
  readonly count: number
  readonly resolvedAt: Instant | null
}

export interface AlarmBook {
  /** Writes or replaces the row of (kind, subject, firstAt). */
  putAlarm(row: AlarmRow): Promise<void>
  alarms(query: {
    readonly openOnly: boolean
    readonly limit: number
  }): Promise<readonly AlarmRow[]>
}

/** What customers paid. */
export interface RevenueBook {
  /** Adds rows whose ids are new, all of them or none. Nothing that is there is changed. */
  addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded>
  /** Rows that touch a span of days, the earliest first. */
  revenue(span: RevenueSpan): Promise<readonly RevenueRow[]>
}

/**
 * Things that calls leave for calls to come, by kind and id: the state of turns, conversations, where
 * a file was put. What lies there is kept as it is, unmasked; see decision 0013.
 */
export interface Shelf {
  /**
   * Keeps an item, in place of one of the same kind and id. Never waits and never throws: one that
   * finds no room is lost, and counted.
   */
  put(item: ShelfItem, words: ShelfWords): void
  /** What was put last, before it is on the disk too; null when it is not there or has expired. */
  get(kind: string, id: string): Promise<ShelfItem | null>
  remove(kind: string, id: string): void
  /** Newest first. */
  list(query: ShelfQuery): Promise<readonly ShelfItem[]>
  /** Until all that was put and removed so far is so for whoever asks, in any thread; null: it is. */
  settled(): Promise<void> | null
}

export interface ShelfItem {
  /** 'turn', 'conversation': each kind has room of its own, and loses its oldest items first. */
  readonly kind: string
  readonly id: string
  /** The key whose it is; null when it is nobody's. Who asks for an item looks whose it is. */
  readonly owner: string | null
  /** Whose words are in it, where a call that was made for a customer left it. */
  readonly customer?: string
  /** JSON text. */
  readonly value: string
  readonly at: Instant
  readonly expiresAt: Instant
}

/**
 * What the configuration's `payloads` lets be written of words that people and models said: with
 * 'redacted' only a value in which nothing is found to mask, with 'none' nothing. What must not be
 * written is kept in memory, within bounds. 'absent': the value holds no such words.
 */
export type ShelfWords = 'full' | 'redacted' | 'none' | 'absent'

export interface ShelfQuery {
  readonly kind: string
  /** Left out: everybody's. Null: what is nobody's. */
  readonly owner?: string | null
  /** The last item of the page before; a page after one that is gone is empty. */
  readonly after?: string
  readonly limit: number
}

/** Where a page of the shelf begins: behind the item of this moment and id. */
export interface ShelfMark {
  readonly at: Instant
  readonly id: string
}

/** What of the shelf is on the disk. */
export interface ShelfReader {
  shelfItem(kind: string, id: string): Promise<ShelfItem | null>
  shelfItems(query: ShelfQuery, mark: ShelfMark | null): Promise<readonly ShelfItem[]>
}

export type ShelfChange =
  | { readonly item: ShelfItem; readonly words: ShelfWords }
  | { readonly gone: { readonly kind: string; readonly id: string } }

/** All that is kept by the ledger's thread. */
export interface Store
  extends
    LedgerReader,
    Settings,
    AlarmBook,
    FeedbackBook,
    CertificateBook,
    RevenueBook,
    PriceBook,
    WordEraser {
  close(): Promise<void>
}
