import type { Meter, Meters } from './meters.ts'
import { SharedRunning } from './shared-running.ts'
import { SharedTable, type TableShape } from './shared-table.ts'

const requestsAt = 0
const tokensAt = 1
const fillingAt = 2
/** Then one word for each thread: how many of its calls are under way. */
const threadsAt = 3

export function meterShape(slots: number, threads: number): TableShape {
  return { slots, fields: threadsAt + threads }
}

/** Rates of several threads. */
export class SharedMeters implements Meters {
  readonly #table: SharedTable
  readonly #running: SharedRunning

  constructor(memory: SharedArrayBuffer, slots: number, threads: number, thread: number) {
    this.#table = new SharedTable(memory, meterShape(slots, threads), thread)
    this.#running = new SharedRunning(this.#table, threadsAt, threads, thread)
  }

  get size(): number {
    return this.#table.size
  }

  enter(nowUs: number): number {
    this.#table.enter()
    return this.#table.latest(nowUs)
  }

  leave(): void {
    this.#table.leave()
  }

  find(name: string): Meter | undefined {
    const slot = this.#table.find(name)
    return slot === -1 ? undefined : this.#at(slot)
  }

  make(name: string, isAtRest: (meter: Meter) => boolean): Meter {
    return this.#at(this.#table.make(name, (slot) => isAtRest(this.#at(slot))))
  }

  /** A thread has died: its calls are over. What they took of tokens stays taken, and refills. */
  release(thread: number): void {
    this.#running.release(thread)
  }

  /** A slot stays this name's as long as a call is under way that took of it. */
  #at(slot: number): Meter {
    return new SharedMeter(this.#table, slot, this.#running)
  }
}

class SharedMeter implements Meter {
  readonly #table: SharedTable
  readonly #slot: number
  readonly #running: SharedRunning

  constructor(table: SharedTable, slot: number, running: SharedRunning) {
    this.#table = table
    this.#slot = slot
    this.#running = running
  }

  get requestsUs(): number {
    return this.#table.number(this.#slot, requestsAt)
  }

  set requestsUs(us: number) {
    this.#table.setNumber(this.#slot, requestsAt, us)
  }

  get tokensUs(): number {
    return this.#table.number(this.#slot, tokensAt)
  }

  set tokensUs(us: number) {
    this.#table.setNumber(this.#slot, tokensAt, us)
  }

  get filling(): number {
    return this.#table.number(this.#slot, fillingAt)
  }

  set filling(filling: number) {
    this.#table.setNumber(this.#slot, fillingAt, filling)
  }

  get running(): number {
    return this.#running.in(this.#slot)
  }

  run(calls: number): void {
    this.#running.run(this.#slot, calls)
  }
}
