import { budgetShape, SharedBudgetCounters } from './shared-budget-counters.ts'
import { machineShape, SharedMachines } from './shared-machines.ts'
import { meterShape, SharedMeters } from './shared-meters.ts'
import { makeTable } from './shared-table.ts'

/**
 * Scopes that can be counted at once. Memory is taken as they come: with four threads a budget has 168
 * bytes and a rate 72, and 50 MB are reached when all of both are in use.
 */
const slots = 2 ** 18
const machineSlots = 2 ** 12

/** What threads count in together: handed to each of them as it starts. */
export interface SharedMemory {
  readonly threads: number
  readonly budgets: SharedArrayBuffer
  readonly meters: SharedArrayBuffer
  readonly machines: SharedArrayBuffer
}

export function makeSharedMemory(threads: number): SharedMemory {
  return {
    threads,
    budgets: makeTable(budgetShape(slots, threads)),
    meters: makeTable(meterShape(slots, threads)),
    machines: makeTable(machineShape(machineSlots, threads)),
  }
}

/** Shared memory as one thread has it. */
export class SharedLimits {
  readonly budgets: SharedBudgetCounters
  readonly meters: SharedMeters
  readonly machines: SharedMachines

  /** @param thread  from 0, below `threads` */
  constructor({ threads, budgets, meters, machines }: SharedMemory, thread: number) {
    this.budgets = new SharedBudgetCounters(budgets, slots, threads, thread)
    this.meters = new SharedMeters(meters, slots, threads, thread)
    this.machines = new SharedMachines(machines, machineSlots, threads, thread)
  }

  /** A thread has died: what its calls held is free again. */
  release(thread: number): void {
    this.budgets.release(thread)
    this.meters.release(thread)
    this.machines.release(thread)
  }
}
