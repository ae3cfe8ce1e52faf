import { sweep } from './sweep.ts'

/** What is counted of one scope. Times are microseconds of the monotonic clock. */
export interface Meter {
  /** The theoretical arrival time of the next request, and of the next token. */
  requestsUs: number
  tokensUs: number
  /** Counts how often the tokens were full again: what was taken before cannot be given back. */
  filling: number
  /** Calls under way, of all threads. */
  readonly running: number
  /** Changes how many of this thread's calls are under way. */
  run(calls: number): void
}

/** Where rates are counted: for one thread, or for several that see each other's counts. */
export interface Meters {
  /** Scopes of which something is remembered. */
  readonly size: number
  /**
   * No other thread looks at a meter or changes one until `leave`.
   * @returns the time by which all threads go
   */
  enter(nowUs: number): number
  leave(): void
  find(name: string): Meter | undefined
  /**
   * A new one, full.
   * @param isAtRest  true of one that may be forgotten, because a new one would say the same
   * @throws limits_full
   */
  make(name: string, isAtRest: (meter: Meter) => boolean): Meter
}

/** For one thread: nobody has to be kept out. */
export class LocalMeters implements Meters {
  readonly #meters = new Map<string, LocalMeter>()

  get size(): number {
    return this.#meters.size
  }

  enter(nowUs: number): number {
    return nowUs
  }

  leave(): void {}

  find(name: string): Meter | undefined {
    return this.#meters.get(name)
  }

  make(name: string, isAtRest: (meter: Meter) => boolean): Meter {
    sweep(this.#meters, isAtRest)
    const meter = new LocalMeter()
    this.#meters.set(name, meter)
    return meter
  }
}

class LocalMeter implements Meter {
  requestsUs = 0
  tokensUs = 0
  filling = 0
  running = 0

  run(calls: number): void {
    this.running += calls
  }
}
