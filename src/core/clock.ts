/** A moment: whole microseconds since 1970 in UTC. A number holds them exactly until the year 2255. */
export type Instant = number & { readonly unit: 'µs since 1970' }

export interface Clock {
  /** Wall time. It may jump; use it to say when, never how long. */
  now(): Instant
  /** Microseconds from a monotonic origin. Use it to measure how long. */
  elapsedUs(): number
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>
}

/** The system's clock runs at the pace of the monotonic one, or it was set, or the machine slept. */
const setUs = 1_000_000

/**
 * Wall time to the microsecond: a monotonic clock since a moment, which is another one from then on when
 * the system's clock says something else by more than a second.
 */
export class WallTime {
  #originUs: number
  readonly #systemMs: () => number

  /** @param originUs  when the monotonic clock began, in microseconds since 1970 */
  constructor(originUs: number, systemMs: () => number = Date.now) {
    this.#originUs = originUs
    this.#systemMs = systemMs
  }

  at(elapsedUs: number): Instant {
    const systemUs = this.#systemMs() * 1000
    if (Math.abs(systemUs - this.#originUs - elapsedUs) > setUs)
      this.#originUs = systemUs - elapsedUs
    return Math.round(this.#originUs + elapsedUs) as Instant
  }
}

const wallTime = new WallTime(performance.timeOrigin * 1000)

export const systemClock: Clock = {
  now: () => wallTime.at(performance.now() * 1000),
  elapsedUs: () => Math.round(performance.now() * 1000),
  sleep: (ms) => Bun.sleep(ms),
}

/** Strokes of a clock that may be taken back before they come. */
export interface Timers {
  /** @param of  what `strike` is told: with it, a function that is there may strike for each of many */
  start<Of>(ms: number, strike: (of: Of) => void, of?: Of): Timer
  stop(timer: Timer | null | undefined): void
}

export type Timer = ReturnType<typeof setTimeout> | number

export const systemTimers: Timers = {
  start: <Of>(ms: number, strike: (of: Of) => void, of?: Of) =>
    setTimeout<[Of]>(strike, ms, of as Of),
  stop: (timer) => clearTimeout(timer ?? undefined),
}

/** @throws RangeError for text that is no RFC 3339 date or date-time */
export function instant(text: string): Instant {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new RangeError(`Not a date: ${text}`)
  return (ms * 1000) as Instant
}

/** RFC 3339 in UTC, to the millisecond. */
export function isoText(at: Instant): string {
  return new Date(at / 1000).toISOString()
}
