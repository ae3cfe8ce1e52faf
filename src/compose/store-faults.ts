import type { Bell } from './alarms.ts'
import type { ComposeOptions } from './options.ts'

/** Parts of the store that fail: told, and kept in mind as long as calls cannot be recorded. */
export class StoreFaults {
  readonly #log: ComposeOptions['log']
  /** Threads whose part of the journal cannot be written, while calls that are not recorded are refused. */
  readonly #unrecorded = new Set<string>()
  #alarms: Bell | null = null
  /** Calls are served while the journal cannot be written: `ledger.when_unavailable`. */
  serves = false

  constructor(log: ComposeOptions['log']) {
    this.#log = log
  }

  /** Whether calls can be recorded, or need not be. */
  get recordable(): boolean {
    return this.#unrecorded.size === 0
  }

  tellTo(alarms: Bell): void {
    this.#alarms = alarms
  }

  /** @param error  null when it works again */
  readonly tell = (part: string, error: Error | null): void => {
    const isJournal = part.startsWith('journal')
    if (isJournal && error === null) this.#unrecorded.delete(part)
    else if (isJournal && !this.serves) this.#unrecorded.add(part)
    if (error === null) {
      this.#alarms?.resolve('ledger_fault', part)
      return
    }
    this.#log({ level: 'error', event: 'ledger_fault', text: error.message, part })
    const meanwhile =
      isJournal && this.serves ? ' Calls are served, and their rows wait in memory.' : ''
    const says = `The ledger's ${part} fails: ${error.message}${meanwhile}`
    this.#alarms?.raise('ledger_fault', part, says)
  }
}
