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

export const systemClock: Clock = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000) as Instant,
  elapsedUs: () => Math.round(performance.now() * 1000),
  sleep: (ms) => Bun.sleep(ms),
}

/** Strokes of a clock that may be taken back before they come. */
export interface Timers {
  start(ms: number, strike: () => void): Timer
  stop(timer: Timer | null | undefined): void
}

export type Timer = ReturnType<typeof setTimeout> | number

export const systemTimers: Timers = {
  start: (ms, strike) => setTimeout(strike, ms),
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
