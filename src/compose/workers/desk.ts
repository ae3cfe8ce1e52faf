import type { IdempotentCalls } from '../../gateway/pipeline/idempotent-calls.ts'
import type { Shelf } from '../../store/ports.ts'
import type { LogEntry } from '../options.ts'
import type { AlarmTally } from './alarm-tally.ts'
import type { Ask, FromWorker } from './protocol.ts'

export interface DeskOptions {
  readonly shelf: Shelf
  readonly idempotentCalls: IdempotentCalls
  readonly simulator: () => Promise<string>
  readonly alarms: AlarmTally
  readonly log: (entry: LogEntry) => void
}

/** Does in the main thread what other threads cannot do for themselves. */
export class ThreadDesk {
  readonly #options: DeskOptions
  /** Calls with an Idempotency-Key that are under way, by thread. */
  readonly #claimed = new Map<number, Set<string>>()

  constructor(options: DeskOptions) {
    this.#options = options
  }

  async answer(thread: number, ask: Ask): Promise<unknown> {
    const { shelf, simulator } = this.#options
    switch (ask.what) {
      case 'item':
        return shelf.get(ask.kind, ask.id)
      case 'items':
        return shelf.list(ask.query)
      case 'claim':
        return this.#claim(thread, ask.id, ask.asks)
      case 'simulator':
        return simulator()
      case 'heard':
        return null
    }
  }

  hear(thread: number, message: FromWorker): void {
    const { shelf, idempotentCalls, alarms, log } = this.#options
    switch (message.type) {
      case 'put':
        return shelf.put(message.item, message.words)
      case 'remove':
        return shelf.remove(message.kind, message.id)
      case 'end':
        this.#claimed.get(thread)?.delete(message.id)
        return idempotentCalls.end(message.id)
      case 'raise':
        return alarms.of(thread).raise(message.kind, message.subject, message.text)
      case 'resolve':
        return alarms.of(thread).resolve(message.kind, message.subject)
      case 'log':
        return log(message.entry)
    }
  }

  /** A thread has died: its calls are over. */
  leave(thread: number): void {
    for (const id of this.#claimed.get(thread) ?? []) this.#options.idempotentCalls.end(id)
    this.#claimed.delete(thread)
    this.#options.alarms.leave(thread)
  }

  async #claim(thread: number, id: string, asks: string): Promise<unknown> {
    const claimed = this.#claimed.get(thread) ?? new Set()
    this.#claimed.set(thread, claimed)
    const claim = await this.#options.idempotentCalls.claim(id, asks)
    if (claim !== 'first') return claim
    // It may have died while it was looked for what an earlier call got.
    if (this.#claimed.get(thread) === claimed) claimed.add(id)
    else this.#options.idempotentCalls.end(id)
    return claim
  }
}
