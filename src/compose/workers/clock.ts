import { type Clock, type Instant, systemClock, WallTime } from '../../core/clock.ts'

/** Questions of the time: the one that was answered fastest counts, and is off by that time at most. */
const questions = 8

/**
 * The main thread's clocks, in another thread. Each thread's own begin when it does, and by wall time
 * two of them differ by a millisecond and more: rates and windows go by one clock.
 */
export class CommonClock implements Clock {
  readonly #wallTime: WallTime
  readonly #own: Clock
  #aheadUs = 0
  #bestUs = Number.POSITIVE_INFINITY
  #asked = 0
  #askedAt = 0

  /** @param originUs  when the main thread's monotonic clock began, in microseconds since 1970 */
  constructor(originUs: number, own: Clock = systemClock, wallTime = new WallTime(originUs)) {
    this.#wallTime = wallTime
    this.#own = own
  }

  now(): Instant {
    return this.#wallTime.at(this.elapsedUs())
  }

  elapsedUs(): number {
    return this.#own.elapsedUs() + this.#aheadUs
  }

  sleep(ms: number): Promise<void> {
    return this.#own.sleep(ms)
  }

  /** Notes that the main thread is asked for the time. */
  ask(): void {
    this.#asked += 1
    this.#askedAt = this.#own.elapsedUs()
  }

  /** @returns true when it is asked once more */
  hear(elapsedUs: number): boolean {
    const heardAt = this.#own.elapsedUs()
    const tookUs = heardAt - this.#askedAt
    if (tookUs < this.#bestUs) {
      this.#bestUs = tookUs
      this.#aheadUs = elapsedUs + Math.round(tookUs / 2) - heardAt
    }
    return this.#asked < questions
  }
}
