import type { AlarmKind } from '../../alarms/alarms.ts'
import type { PriceVersion } from '../../catalog/book.ts'
import type { Environment } from '../../config/environment.ts'
import type { SharedMemory } from '../../gateway/limits/shared-limits.ts'
import type { Health } from '../../gateway/health/health.ts'
import type { MetricCounts } from '../../server/metrics.ts'
import type { JournalStats } from '../../store/journal/writer.ts'
import type { KeyRow, ShelfItem, ShelfQuery, ShelfWords } from '../../store/ports.ts'
import type { CarriedError } from '../../store/thread/protocol.ts'
import type { LogEntry } from '../options.ts'

/** All that a further thread needs to serve calls as the main thread does. */
export interface StartOrder {
  readonly type: 'start'
  /** From 1; the main thread is 0. Also its lane of the journal. */
  readonly thread: number
  readonly folder: string
  readonly configuration: ConfigText
  readonly configPath: string | null
  readonly env: Environment
  readonly keys: readonly KeyRow[]
  readonly memory: SharedMemory
  readonly port: number
  /** Where the main thread answers what it alone can: see `inner.ts`. */
  readonly inner: string
  /** The last segment of its lane that the ledger has read. */
  readonly after: number
  /** When the main thread's monotonic clock began, in microseconds since 1970. */
  readonly originUs: number
}

/** A configuration as it was read, and the hash of what the main thread made of it. */
export interface ConfigText {
  /** Null when there is no file. */
  readonly text: string | null
  readonly hash: string
  /** Versions of prices that it was read with. */
  readonly book: readonly PriceVersion[]
}

export type ToWorker =
  | StartOrder
  /** A port to the ledger's thread; another one when that thread died. */
  | { readonly type: 'ledger'; readonly port: MessagePort }
  /** What the main thread's monotonic clock says. */
  | { readonly type: 'time'; readonly elapsedUs: number }
  | { readonly type: 'order'; readonly id: number; readonly order: Order }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: CarriedError }
  | { readonly type: 'stop' }

/** What a thread does when it is told to, and answers when it has done it. */
export type Order =
  /** `orEnd`: a thread that cannot make the same of it ends, and another one begins with it. */
  | {
      readonly what: 'configure'
      readonly configuration: ConfigText
      readonly orEnd: boolean
    }
  | { readonly what: 'keys'; readonly keys: readonly KeyRow[] }
  | { readonly what: 'look' }

/** What a thread is doing. */
export interface Look {
  readonly activeCalls: number
  readonly shedding: { readonly delayMs: number; readonly shed: number }
  readonly journal: JournalStats
  readonly resting: ReturnType<Health['closed']>
  readonly learnedRates: ReturnType<Health['rates']['rates']>
  readonly counts: MetricCounts
}

/** What only the main thread knows. */
export type Ask =
  | { readonly what: 'item'; readonly kind: string; readonly id: string }
  | { readonly what: 'items'; readonly query: ShelfQuery }
  | { readonly what: 'claim'; readonly id: string; readonly asks: string }
  | { readonly what: 'simulator' }
  /** Answered when all that was told before is done. */
  | { readonly what: 'heard' }

export type FromWorker =
  | { readonly type: 'time' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: CarriedError }
  | { readonly type: 'done'; readonly id: number; readonly done: Look | 'obeyed' | 'unfit' }
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  | { readonly type: 'put'; readonly item: ShelfItem; readonly words: ShelfWords }
  | { readonly type: 'remove'; readonly kind: string; readonly id: string }
  /** A call with an Idempotency-Key is over. */
  | { readonly type: 'end'; readonly id: string }
  | {
      readonly type: 'raise'
      readonly kind: AlarmKind
      readonly subject: string
      readonly text: string
    }
  | { readonly type: 'resolve'; readonly kind: AlarmKind; readonly subject: string }
  | { readonly type: 'log'; readonly entry: LogEntry }
  /** Its lane of the journal cannot be written, and why; null when it can again. */
  | { readonly type: 'journal'; readonly error: CarriedError | null }
  | { readonly type: 'stopped' }
