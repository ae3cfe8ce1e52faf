import { type StoreOptions, storeDefaults } from './options.ts'
import { journalFolder } from './folders.ts'
import { type JournalOptions, type JournalStats, JournalWriter } from './journal/writer.ts'
import type { LedgerWriter, PayloadWriter, Shelf, Store } from './ports.ts'
import { lockFolder } from './sqlite/lock.ts'
import { StoreClient, type StorePart } from './thread/client.ts'

export interface Embedded {
  readonly ledger: LedgerWriter
  readonly payloads: PayloadWriter
  readonly store: Store
  readonly shelf: Shelf
  /** The last segment of a lane of the journal that was read: for other threads that write one. */
  readonly segment: (lane: number) => number
  /** Connects one with the ledger's thread: see `StoreClient.join`. */
  readonly join: StoreClient['join']
  /** For metrics and readiness. */
  readonly journal: () => JournalStats
  /**
   * Writes and loads what is left, and gives the folder free.
   * @throws ledger_unavailable when it cannot be written
   */
  close(): Promise<void>
}

export interface EmbeddedOptions {
  readonly folder: string
  /** Starts the ledger's thread: a Worker on `threads/ledger.ts`. */
  readonly spawn: () => Worker
  readonly options?: Partial<StoreOptions>
  /** Of the journal: what becomes of calls while it cannot be written, and what may wait in memory. */
  readonly journal?: Pick<JournalOptions, 'whenUnavailable' | 'queueBytesMax'>
  /** A part of the store fails, and why; null when it works again. 'journal': no call is recorded. */
  readonly onFault?: (part: StorePart | 'journal', error: Error | null) => void
}

/**
 * The store of a gateway, in the order that makes it safe: the folder is locked; another thread takes
 * in all of the journal, and books what an earlier process left open; only then a new segment of the
 * journal is begun.
 * @throws Error when another process owns the folder, or it cannot be read or written
 */
export async function startStore(options: EmbeddedOptions): Promise<Embedded> {
  const { folder, spawn } = options
  const onFault = options.onFault ?? (() => {})
  const lock = lockFolder(folder)
  let client: StoreClient | null = null
  try {
    const settings = { ...storeDefaults, ...options.options }
    const started = await StoreClient.start({ spawn, folder, options: settings, onFault })
    client = started
    const ledger = new JournalWriter({
      ...options.journal,
      folder: journalFolder(folder),
      after: started.segment(),
      onWritten: () => started.wake(),
      onFault: (error) => onFault('journal', error),
    })
    return {
      ledger,
      payloads: started,
      store: started,
      shelf: started.shelf,
      segment: (lane) => started.segment(lane),
      join: (lane, hand) => started.join(lane, hand),
      journal: () => ledger.stats(),
      close: async () => {
        try {
          await ledger.close()
        } finally {
          await started.close().finally(() => lock.release())
        }
      },
    }
  } catch (error) {
    await client?.close().catch(() => {})
    lock.release()
    throw error
  }
}
