import type { OwnMachine } from '../../catalog/model.ts'
import { divideHalfEven, type Money, times } from '../../core/money.ts'

/** An attempt's stay on a machine of one's own. */
export interface GpuStay {
  readonly machine: string
  readonly enteredAt: number
}

interface Machine {
  /** Attempts that are running now. */
  running: number
  /** Microseconds of the machine that one attempt present since the beginning would have got. */
  shareUs: number
  sinceUs: number
}

/**
 * Divides the time of a machine among the attempts that run on it at once: while k run, each gets
 * 1/k. The shares of all attempts add up to the time in which the machine was busy; idle time is
 * nobody's and is booked apart.
 */
export class GpuMeter {
  readonly #elapsedUs: () => number
  readonly #machines = new Map<string, Machine>()

  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  enter(machine: string): GpuStay {
    const state = this.#advance(machine)
    state.running += 1
    return { machine, enteredAt: state.shareUs }
  }

  /** @returns microseconds of the machine that the stay took */
  leave({ machine, enteredAt }: GpuStay): number {
    const state = this.#advance(machine)
    state.running -= 1
    return state.shareUs - enteredAt
  }

  #advance(name: string): Machine {
    const nowUs = this.#elapsedUs()
    let state = this.#machines.get(name)
    if (!state) this.#machines.set(name, (state = { running: 0, shareUs: 0, sinceUs: nowUs }))
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
