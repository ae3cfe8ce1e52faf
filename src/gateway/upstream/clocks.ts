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

interface Running {
  readonly limitMs: number
  /** On the monotonic clock. */
  readonly endMs: number
}

/**
 * The time limits of one exchange. Each runs alone; the first that strikes ends the exchange with a
 * `provider_timeout` that names it. All share one timer, which looks after them when the earliest could
 * strike: the idle clock of a stream starts and stops with each event, and then sets no timer.
 */
export class Clocks {
  readonly #provider: string
  readonly #strike: (error: GatewayError) => void
  readonly #running: Partial<Record<ClockName, Running | null>> = {}
  readonly #nowMs: () => number
  readonly #timers: Timers
  #timer: Timer | null = null
  /** When the timer looks after them; never when it is not set. */
  #lookMs = never

  /**
   * @param strike  ends the exchange
   * @param nowMs  monotonic, and what `timers` go by
   */
  constructor(
    provider: string,
    strike: (error: GatewayError) => void,
    nowMs: () => number = systemMs,
    timers: Timers = systemTimers,
  ) {
    this.#provider = provider
    this.#strike = strike
    this.#nowMs = nowMs
    this.#timers = timers
  }

  /** Starts a clock, from the beginning when it was running. Undefined: there is no such limit. */
  start(name: ClockName, limitMs: number | undefined): void {
    if (limitMs === undefined) return
    const nowMs = this.#nowMs()
    const endMs = nowMs + limitMs
    this.#running[name] = { limitMs, endMs }
    if (endMs < this.#lookMs) this.#lookAt(endMs, nowMs)
  }

  stop(name: ClockName): void {
    this.#running[name] = null
  }

  isRunning(name: ClockName): boolean {
    return (this.#running[name] ?? null) !== null
  }

  stopAll(): void {
    for (const name in this.#running) this.#running[name as ClockName] = null
    this.#timers.stop(this.#timer)
    this.#timer = null
    this.#lookMs = never
  }

  #lookAt(endMs: number, nowMs: number): void {
    this.#timers.stop(this.#timer)
    this.#lookMs = endMs
    this.#timer = this.#timers.start(Math.min(endMs - nowMs, timerMsMax), () => this.#look())
  }

  #look(): void {
    this.#timer = null
    this.#lookMs = never
    const nowMs = this.#nowMs()
    const first = this.#first()
    if (first === null) return
    const [name, { limitMs, endMs }] = first
    if (endMs - nowMs < timerMsStep) {
      this.#running[name] = null
      this.#strike(providerTimeout(this.#provider, names[name], durationText(limitMs)))
    }
    const next = this.#first()
    if (next !== null && next[1].endMs < this.#lookMs) this.#lookAt(next[1].endMs, nowMs)
  }

  /** The clock that would strike first. */
  #first(): [ClockName, Running] | null {
    let first: [ClockName, Running] | null = null
    for (const name in this.#running) {
      const running = this.#running[name as ClockName] ?? null
      if (running !== null && running.endMs < (first?.[1].endMs ?? never))
        first = [name as ClockName, running]
    }
    return first
  }
}

/** '2 s', '150 ms' */
function durationText(ms: number): string {
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}
