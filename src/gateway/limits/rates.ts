import type { RateLimit } from './limits.ts'
import type { Scope } from './budgets.ts'

export interface ScopedRate extends Scope {
  readonly rate: RateLimit
}

/** What a call took of the rates it falls under; to be given back when it ends. */
export interface RateHold {
  readonly meters: readonly { readonly meter: Meter; readonly limit: RateLimit }[]
  readonly tokens: number
}

export interface RateRefusal {
  readonly refused: ScopedRate
  readonly what: 'requests' | 'tokens' | 'concurrent'
  readonly waitMs: number
}

/** One theoretical arrival time for each pace, in microseconds of the monotonic clock. */
interface Meter {
  requestsUs: number
  tokensUs: number
  running: number
}

/** Scopes that nobody used lately are forgotten: their meters are full again by then. */
const metersMax = 100_000

/** How long a call that found all places taken is told to wait: calls end at no known time. */
const concurrentWaitMs = 1_000

/**
 * Smooth rates by the generic cell rate algorithm: a burst of the whole count, then one at a time as
 * the count refills. Tokens are taken by estimate at admission and mended when they are known.
 * @see ITU-T I.371, annex A
 */
export class Rates {
  readonly #meters = new Map<string, Meter>()

  /** Takes one request and `tokens` from each, or from none. @param nowUs  monotonic */
  take(rates: readonly ScopedRate[], tokens: number, nowUs: number): RateHold | RateRefusal {
    const meters = rates.map(({ kind, value }) => this.#meter(`${kind} ${value}`))
    for (const [index, meter] of meters.entries()) {
      const scoped = rates[index]!
      const { requests, tokens: pace, concurrent } = scoped.rate
      if (concurrent !== null && meter.running >= concurrent) {
        return { refused: scoped, what: 'concurrent', waitMs: concurrentWaitMs }
      }
      const forRequest = requests === null ? 0 : waitUs(meter.requestsUs, requests, 1, nowUs)
      if (forRequest > 0) return { refused: scoped, what: 'requests', waitMs: forRequest / 1_000 }
      const forTokens = pace === null ? 0 : waitUs(meter.tokensUs, pace, tokens, nowUs)
      if (forTokens > 0) return { refused: scoped, what: 'tokens', waitMs: forTokens / 1_000 }
    }
    for (const [index, meter] of meters.entries()) {
      const { requests, tokens: pace } = rates[index]!.rate
      meter.running += 1
      if (requests !== null) meter.requestsUs = advance(meter.requestsUs, requests, 1, nowUs)
      if (pace !== null) meter.tokensUs = advance(meter.tokensUs, pace, tokens, nowUs)
    }
    return {
      meters: meters.map((meter, index) => ({ meter, limit: rates[index]!.rate })),
      tokens,
    }
  }

  /** @param tokens  those that were really used; null leaves the estimate standing */
  giveBack({ meters, tokens: taken }: RateHold, tokens: number | null): void {
    for (const { meter, limit } of meters) {
      meter.running -= 1
      if (limit.tokens !== null && tokens !== null) {
        meter.tokensUs += (tokens - taken) * stepUs(limit.tokens)
      }
    }
  }

  #meter(name: string): Meter {
    let meter = this.#meters.get(name)
    if (meter === undefined) {
      meter = { requestsUs: 0, tokensUs: 0, running: 0 }
      if (this.#meters.size >= metersMax) this.#forget()
      this.#meters.set(name, meter)
    }
    return meter
  }

  #forget(): void {
    for (const [name, meter] of this.#meters) {
      if (meter.running > 0) continue
      this.#meters.delete(name)
      return
    }
  }
}

interface PaceLike {
  readonly count: number
  readonly perMs: number
}

function stepUs({ count, perMs }: PaceLike): number {
  return (perMs * 1_000) / count
}

/** A single call that wants more than the whole count is let in when nothing else was: it can never fit. */
function waitUs(arrivalUs: number, pace: PaceLike, amount: number, nowUs: number): number {
  const burstUs = pace.perMs * 1_000
  const wanted = Math.min(amount * stepUs(pace), burstUs)
  return Math.max(arrivalUs, nowUs) + wanted - burstUs - nowUs
}

function advance(arrivalUs: number, pace: PaceLike, amount: number, nowUs: number): number {
  return Math.max(arrivalUs, nowUs) + amount * stepUs(pace)
}

export function isRateRefusal(outcome: RateHold | RateRefusal): outcome is RateRefusal {
  return 'refused' in outcome
}
