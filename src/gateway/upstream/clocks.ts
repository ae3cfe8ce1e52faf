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

/**
 * The time limits of one exchange. Each runs alone; the first that strikes ends the exchange with a
 * `provider_timeout` that names it.
 */
export class Clocks {
  readonly #provider: string
  readonly #strike: (error: GatewayError) => void
  readonly #running = new Map<ClockName, ReturnType<typeof setTimeout>>()

  /** @param strike  ends the exchange */
  constructor(provider: string, strike: (error: GatewayError) => void) {
    this.#provider = provider
    this.#strike = strike
  }

  /** Starts a clock, from the beginning when it was running. Undefined: there is no such limit. */
  start(name: ClockName, limitMs: number | undefined): void {
    if (limitMs === undefined) return
    clearTimeout(this.#running.get(name))
    const strike = (): void => {
      this.#running.delete(name)
      this.#strike(providerTimeout(this.#provider, names[name], durationText(limitMs)))
    }
    this.#running.set(name, setTimeout(strike, Math.min(limitMs, timerMsMax)))
  }

  stop(name: ClockName): void {
    clearTimeout(this.#running.get(name))
    this.#running.delete(name)
  }

  isRunning(name: ClockName): boolean {
    return this.#running.has(name)
  }

  stopAll(): void {
    for (const timer of this.#running.values()) clearTimeout(timer)
    this.#running.clear()
  }
}

/** '2 s', '150 ms' */
function durationText(ms: number): string {
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}
