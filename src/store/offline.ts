import { type Clock, systemClock } from '../core/clock.ts'
import type { AttemptRecord } from '../core/record.ts'
import { journalFolder } from './folders.ts'
import { JournalWriter } from './journal/writer.ts'
import { laneOf } from './lanes.ts'
import { LocalStore } from './local.ts'
import { type StoreOptions, storeDefaults } from './options.ts'
import type { LedgerWriter, ShelfReader, Store } from './ports.ts'
import { type Lock, lockFolder } from './sqlite/lock.ts'

/**
 * The store of a folder where no gateway runs, for a command: all of the journal is taken in, and
 * queries are answered in this thread. What a gateway left open is booked as unknown, as it would be
 * at its next start.
 * @throws Error when a gateway runs there, or the folder cannot be read
 */
export function openStore(
  folder: string,
  options: Partial<StoreOptions> = {},
  clock: Clock = systemClock,
): Store & ShelfReader & Pick<LedgerWriter, 'append' | 'flushed'> & Pick<LocalStore, 'shelve'> {
  const lock = lockFolder(folder)
  try {
    const store = new OfflineStore(folder, { ...storeDefaults, ...options }, clock, lock)
    store.catchUp()
    return store
  } catch (error) {
    lock.release()
    throw error
  }
}

class OfflineStore extends LocalStore {
  readonly #lock: Lock
  readonly #journalFolder: string
  #journal: JournalWriter | null = null

  constructor(folder: string, options: StoreOptions, clock: Clock, lock: Lock) {
    super(folder, options, { masker: null }, clock)
    this.#lock = lock
    this.#journalFolder = journalFolder(folder)
  }

  /** Few commands write rows: a segment of the journal is begun when the first one does. */
  append(record: AttemptRecord): void {
    const segments = this.segments.filter((segment) => laneOf(segment) === 0)
    this.#journal ??= new JournalWriter({
      folder: this.#journalFolder,
      after: Math.max(0, ...segments),
    })
    this.#journal.append(record)
  }

  async flushed(): Promise<void> {
    await this.#journal?.flushed()
  }

  override async close(): Promise<void> {
    try {
      await this.#journal?.close()
      if (this.#journal) this.catchUp()
    } finally {
      await super.close().finally(() => this.#lock.release())
    }
  }
}
