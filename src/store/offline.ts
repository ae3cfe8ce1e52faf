import { type Clock, systemClock } from '../core/clock.ts'
import { LocalStore } from './local.ts'
import { type StoreOptions, storeDefaults } from './options.ts'
import type { Store } from './ports.ts'
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
): Store {
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

  constructor(folder: string, options: StoreOptions, clock: Clock, lock: Lock) {
    super(folder, options, { masker: null }, clock)
    this.#lock = lock
  }

  override async close(): Promise<void> {
    await super.close().finally(() => this.#lock.release())
  }
}
