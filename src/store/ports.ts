import type { Instant } from '../core/clock.ts'
import type { CallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord, Intent } from '../core/record.ts'
import type { Usage } from '../core/usage.ts'

/**
 * What the gateway promises and what came of it. Nothing is updated: an intent goes in before a
 * provider is asked, the record of the attempt after, and a record is never written twice.
 */
export interface LedgerWriter {
  intend(intent: Intent): void
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

/** Questions to the ledger. Every one is answered off the thread that serves requests. */
export interface LedgerReader {
  calls(query: CallQuery): Promise<CallPage>
  /** Null when no row has this id. */
  call(id: CallId): Promise<WholeCall | null>
  costs(query: CostQuery): Promise<CostReport>
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
] as const

export type Dimension = (typeof dimensions)[number]

export type Filters = Readonly<Partial<Record<Dimension, string>>>

export interface CallQuery {
  readonly filters: Filters
  readonly session?: string
  readonly status?: 'ok' | 'error'
  readonly since?: Instant
  readonly until?: Instant
  /** Rows older than this call: the next page of a list. */
  readonly before?: CallId
  /** Rows newer than this call, oldest first: what a follower asks for. */
  readonly after?: CallId
  /** 1 to 1000 calls. */
  readonly limit: number
}

export interface CallPage {
  /** Every attempt of the calls of the page, newest call first (oldest first with `after`). */
  readonly attempts: readonly AttemptRecord[]
  /** Null on the last page. */
  readonly next: CallId | null
}

export interface WholeCall {
  readonly attempts: readonly AttemptRecord[]
  readonly request: unknown
  /** By attempt; an attempt whose answer was not kept is missing. */
  readonly answers: ReadonlyMap<number, string>
  /** Why there is no payload, when there is none: 'none kept', 'expired', 'dropped'. */
  readonly payloadNote: string | null
}

export interface CostQuery {
  /** One row for each combination of values; 'day' and 'hour' in the store's time zone. */
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
  readonly errors: number
  readonly usage: Usage
  /** The sum of all costs that are known. */
  readonly cost: Money
  /** Attempts whose cost is not known: they are not in `cost`. */
  readonly costUnknown: number
  /** Attempts whose tokens were estimated. */
  readonly estimated: number
}

export interface CostReport {
  readonly rows: readonly CostRow[]
  readonly total: CostRow
}

export interface SpentQuery {
  readonly windows: readonly {
    readonly scope: 'key' | 'customer' | 'feature' | 'task' | 'provider'
    /** One value of the scope; null for each value there is. */
    readonly value: string | null
    readonly since: Instant
  }[]
}

export interface Spent {
  readonly scope: string
  readonly value: string
  readonly since: Instant
  readonly cost: Money
}

export interface LedgerHealth {
  readonly rows: number
  /** Bytes of the journal that are not in the table yet. */
  readonly behindBytes: number
  /** Intents of an earlier process that never got a record, booked as unknown. */
  readonly recovered: number
  readonly payloadsKept: number
  readonly payloadsDropped: number
  readonly diskFreeBytes: number | null
  readonly storeBytes: number
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
}

export interface AlarmRow {
  readonly kind: string
  readonly subject: string
  readonly severity: 'warning' | 'critical'
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

/** All that is kept by the ledger's thread. */
export interface Store extends LedgerReader, Settings, AlarmBook {
  close(): Promise<void>
}
