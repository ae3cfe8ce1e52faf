import { systemTimers, type Timer, type Timers } from '../../core/clock.ts'
import { type GatewayError, providerTimeout } from '../../core/errors.ts'

/** What each limit is called when it strikes. */
const names = {
  connect: 'the connection',
  headers: 'the first headers',
  first_content: 'the first content',
  idle: 'the next part of the answer',
  total: 'the whole answer',
} as const

export type ClockName = keyof typeof names

/** Timers count milliseconds in 31 bits and take what is more for nothing at all. It is 24 days. */
const timerMsMax = 2 ** 31 - 1
/** Whole ones: a timer may come by so much before the moment that it was set to. */
const timerMsStep = 1
const never = Number.POSITIVE_INFINITY
const systemMs = (): number => performance.now()

/** A clock that was started once; it is set again for each time. */
interface Running {
  limitMs: number
  /** On the monotonic clock. */
  endMs: number
  isRunning: boolean
}

/** What ends when a clock strikes, and is told itself, so that it needs no function made for that. */
export interface Limited {
  struck(error: GatewayError): void
}

type Strike = (error: GatewayError) => void

/**
 * The time limits of one exchange. Each runs alone; the first that strikes ends the exchange with a
 * `provider_timeout` that names it. All share one timer, which looks after them when the earliest could
 * strike: the idle clock of a stream starts and stops with each event, and then sets no timer.
 */
export class Clocks {
  readonly #provider: string
  readonly #limited: Limited | Strike
  readonly #started: Partial<Record<ClockName, Running>> = {}
  readonly #nowMs: () => number
  readonly #timers: Timers
  #timer: Timer | null = null
  /** When the timer looks after them; never when it is not set. */
  #lookMs = never

  /**
   * @param limited  the exchange, or what ends it
   * @param nowMs  monotonic, and what `timers` go by
   */
  constructor(
    provider: string,
    limited: Limited | Strike,
    nowMs: () => number = systemMs,
    timers: Timers = systemTimers,
  ) {
    this.#provider = provider
    this.#limited = limited
    this.#nowMs = nowMs
    this.#timers = timers
  }

  /** Starts a clock, from the beginning when it was running. Undefined: there is no such limit. */
  start(name: ClockName, limitMs: number | undefined): void {
    if (limitMs === undefined) return
    const nowMs = this.#nowMs()
    const endMs = nowMs + limitMs
    const known = this.#started[name]
    if (known === undefined) this.#started[name] = { limitMs, endMs, isRunning: true }
    else {
      known.limitMs = limitMs
      known.endMs = endMs
      known.isRunning = true
    }
    if (endMs < this.#lookMs) this.#lookAt(endMs, nowMs)
  }

  stop(name: ClockName): void {
    const known = this.#started[name]
    if (known !== undefined) known.isRunning = false
  }

  isRunning(name: ClockName): boolean {
    return this.#started[name]?.isRunning === true
  }

  stopAll(): void {
    for (const name in this.#started) this.stop(name as ClockName)
    if (this.#timer !== null) this.#timers.stop(this.#timer)
    this.#timer = null
    this.#lookMs = never
  }

  #lookAt(endMs: number, nowMs: number): void {
    if (this.#timer !== null) this.#timers.stop(this.#timer)
    this.#lookMs = endMs
    this.#timer = this.#timers.start(Math.min(endMs - nowMs, timerMsMax), look, this)
  }

  /** Strikes the earliest when its time is up, and sets the timer for the one that is the earliest then. */
  look(): void {
    this.#timer = null
    this.#lookMs = never
    const nowMs = this.#nowMs()
    const first = this.#first()
    if (first === null) return
    const clock = this.#started[first]!
    if (clock.endMs - nowMs < timerMsStep) {
      clock.isRunning = false
      const error = providerTimeout(this.#provider, names[first], durationText(clock.limitMs))
      if (typeof this.#limited === 'function') this.#limited(error)
      else this.#limited.struck(error)
    }
    const next = this.#first()
    if (next === null) return
    const { endMs } = this.#started[next]!
    if (endMs < this.#lookMs) this.#lookAt(endMs, nowMs)
  }

  /** The clock that would strike first. */
  #first(): ClockName | null {
    let first: ClockName | null = null
    let firstMs = never
    for (const name in this.#started) {
      const { isRunning, endMs } = this.#started[name as ClockName]!
      if (!isRunning || endMs >= firstMs) continue
      first = name as ClockName
      firstMs = endMs
    }
    return first
  }
}

/** One for all exchanges: a timer is told whose clocks it looks after. */
function look(clocks: Clocks): void {
  clocks.look()
}

/** '2 s', '150 ms' */
function durationText(ms: number): string {
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}
