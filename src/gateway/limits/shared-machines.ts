import type { Machine, Machines } from './machines.ts'
import { SharedRunning } from './shared-running.ts'
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
  readonly #running: SharedRunning

  constructor(memory: SharedArrayBuffer, slots: number, threads: number, thread: number) {
    this.#table = new SharedTable(memory, machineShape(slots, threads), thread)
    this.#running = new SharedRunning(this.#table, threadsAt, threads, thread)
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
    return new SharedMachine(this.#table, slot, this.#running)
  }

  release(thread: number): void {
    this.#running.release(thread)
  }
}

class SharedMachine implements Machine {
  readonly #table: SharedTable
  readonly #slot: number
  readonly #running: SharedRunning

  constructor(table: SharedTable, slot: number, running: SharedRunning) {
    this.#table = table
    this.#slot = slot
    this.#running = running
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
    return this.#running.in(this.#slot)
  }

  run(attempts: number): void {
    this.#running.run(this.#slot, attempts)
  }
}
