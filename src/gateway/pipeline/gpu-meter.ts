import type { OwnMachine } from '../../catalog/model.ts'
import { divideHalfEven, type Money, times } from '../../core/money.ts'
import { LocalMachines, type Machine, type Machines } from '../limits/machines.ts'

/** An attempt's stay on a machine of one's own. */
export interface GpuStay {
  readonly machine: string
  readonly enteredAt: number
}

/**
 * Divides the time of a machine among the attempts that run on it at once: while k run, each gets
 * 1/k. The shares of all attempts add up to the time in which the machine was busy; idle time is
 * nobody's and is booked apart.
 */
export class GpuMeter {
  readonly #elapsedUs: () => number
  readonly #machines: Machines

  constructor(elapsedUs: () => number, machines: Machines = new LocalMachines()) {
    this.#elapsedUs = elapsedUs
    this.#machines = machines
  }

  enter(machine: string): GpuStay {
    const nowUs = this.#machines.enter(this.#elapsedUs())
    try {
      const state = this.#advance(machine, nowUs)
      state.run(1)
      return { machine, enteredAt: state.shareUs }
    } finally {
      this.#machines.leave()
    }
  }

  /** @returns microseconds of the machine that the stay took */
  leave({ machine, enteredAt }: GpuStay): number {
    const nowUs = this.#machines.enter(this.#elapsedUs())
    try {
      const state = this.#advance(machine, nowUs)
      state.run(-1)
      return state.shareUs - enteredAt
    } finally {
      this.#machines.leave()
    }
  }

  #advance(name: string, nowUs: number): Machine {
    const state = this.#machines.of(name)
    if (state.running > 0) state.shareUs += (nowUs - state.sinceUs) / state.running
    state.sinceUs = nowUs
    return state
  }
}

/** @param busyUs  microseconds of the whole machine. @returns picodollars */
export function machineCost({ gpus, usdPerGpuHour }: OwnMachine, busyUs: number): Money {
  // A rate per million units over microseconds is a rate per second; an hour has 3,600 of them.
  return divideHalfEven(times(usdPerGpuHour, Math.max(0, Math.round(busyUs)) * gpus), 3_600n)
}
