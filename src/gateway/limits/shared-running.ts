import type { SharedTable } from './shared-table.ts'

/**
 * What runs now: in each slot a word for each thread, so that what one ran that dies can be told from
 * the others' and given back.
 */
export class SharedRunning {
  readonly #table: SharedTable
  readonly #threadsAt: number
  readonly #threads: number
  readonly #mineAt: number

  /** @param threadsAt  the field of the first thread; those of the others follow it */
  constructor(table: SharedTable, threadsAt: number, threads: number, thread: number) {
    this.#table = table
    this.#threadsAt = threadsAt
    this.#threads = threads
    this.#mineAt = threadsAt + thread
  }

  /** Of all threads. */
  in(slot: number): number {
    let running = 0
    for (let thread = 0; thread < this.#threads; thread += 1) {
      running += this.#table.number(slot, this.#threadsAt + thread)
    }
    return running
  }

  /** Changes how many of this thread's run. */
  run(slot: number, more: number): void {
    this.#table.setNumber(slot, this.#mineAt, this.#table.number(slot, this.#mineAt) + more)
  }

  /** A thread has died, and runs nothing any more. */
  release(thread: number): void {
    const at = this.#threadsAt + thread
    this.#table.release(thread, (slot) => this.#table.setNumber(slot, at, 0))
  }
}
