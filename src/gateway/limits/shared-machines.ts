import type { Machine, Machines } from './machines.ts'
import { SharedTable, type TableShape } from './shared-table.ts'

const shareAt = 0
const sinceAt = 1
/** Then one word for each thread: how many of its attempts run. */
const threadsAt = 2

export function machineShape(slots: number, threads: number): TableShape {
  return { slots, fields: threadsAt + threads }
}

/** The time of machines that several threads use, each second of it shared out once. */
export class SharedMachines implements Machines {
  readonly #table: SharedTable
  readonly #threads: number
  readonly #thread: number

  constructor(memory: SharedArrayBuffer, slots: number, threads: number, thread: number) {
    this.#table = new SharedTable(memory, machineShape(slots, threads), thread)
    this.#threads = threads
    this.#thread = thread
  }

  enter(nowUs: number): number {
    this.#table.enter()
    return this.#table.latest(nowUs)
  }

  leave(): void {
    this.#table.leave()
  }

  of(name: string): Machine {
    const known = this.#table.find(name)
    // None is forgotten: an attempt that runs holds no more than its name.
    const slot = known === -1 ? this.#table.make(name, () => false) : known
    return new SharedMachine(this.#table, slot, this.#threads, threadsAt + this.#thread)
  }

  /** A thread has died, and runs nothing any more. */
  release(thread: number): void {
    this.#table.release(thread, (slot) => this.#table.setNumber(slot, threadsAt + thread, 0))
  }
}

class SharedMachine implements Machine {
  readonly #table: SharedTable
  readonly #slot: number
  readonly #threads: number
  readonly #mineAt: number

  constructor(table: SharedTable, slot: number, threads: number, mineAt: number) {
    this.#table = table
    this.#slot = slot
    this.#threads = threads
    this.#mineAt = mineAt
  }

  get shareUs(): number {
    return this.#table.number(this.#slot, shareAt)
  }

  set shareUs(us: number) {
    this.#table.setNumber(this.#slot, shareAt, us)
  }

  get sinceUs(): number {
    return this.#table.number(this.#slot, sinceAt)
  }

  set sinceUs(us: number) {
    this.#table.setNumber(this.#slot, sinceAt, us)
  }

  get running(): number {
    let running = 0
    for (let thread = 0; thread < this.#threads; thread += 1) {
      running += this.#table.number(this.#slot, threadsAt + thread)
    }
    return running
  }

  run(attempts: number): void {
    const mine = this.#table.number(this.#slot, this.#mineAt)
    this.#table.setNumber(this.#slot, this.#mineAt, mine + attempts)
  }
}
