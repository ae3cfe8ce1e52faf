import type { Pace, RateLimit } from './limits.ts'
import type { Scope } from './budgets.ts'
import { LocalMeters, type Meter, type Meters } from './meters.ts'

export interface ScopedRate extends Scope {
  readonly rate: RateLimit
}

/** What a call took of the rates it falls under; to be given back when it ends. */
export interface RateHold {
  readonly shares: readonly Share[]
  readonly tokens: number
}

interface Share {
  readonly meter: Meter
  readonly limit: RateLimit
  /** Which filling of the meter the tokens were taken from. */
  readonly filling: number
}

export interface RateRefusal {
  readonly refused: ScopedRate
  readonly what: 'requests' | 'tokens' | 'concurrent'
  readonly waitMs: number
  readonly standing: Standing
}

/** How much of its rates a call has left, in the scope that leaves the least; null where none is set. */
export interface Standing {
  readonly requests: Left | null
  readonly tokens: Left | null
}

export interface Left {
  readonly limit: number
  readonly remaining: number
  /** Until all of it can be used again. */
  readonly resetMs: number
}

/** How long a call that found all places taken is told to wait: calls end at no known time. */
const concurrentWaitMs = 1_000

/**
 * Smooth rates by the generic cell rate algorithm: a burst of the whole count, then one at a time as
 * the count refills. Tokens are taken by estimate at admission and mended when they are known.
 * @see ITU-T I.371, annex A
 */
export class Rates {
  readonly #meters: Meters

  constructor(meters: Meters = new LocalMeters()) {
    this.#meters = meters
  }

  /** Scopes of which something is remembered. */
  get size(): number {
    return this.#meters.size
  }

  /**
   * Takes one request and the tokens from each, or from none.
   * @param tokensOf  asked only where a pace of tokens applies: an estimate walks over the prompt
   * @param clockUs  monotonic
   * @throws limits_full
   */
  take(
    rates: readonly ScopedRate[],
    tokensOf: () => number,
    clockUs: number,
  ): RateHold | RateRefusal {
    // Before anybody is kept out: an estimate may take long.
    const amount = rates.some(({ rate }) => rate.tokens !== null) ? tokensOf() : 0
    const nowUs = this.#meters.enter(clockUs)
    try {
      return this.#take(rates, amount, nowUs)
    } finally {
      this.#meters.leave()
    }
  }

  #take(rates: readonly ScopedRate[], amount: number, nowUs: number): RateHold | RateRefusal {
    const meters = rates.map(({ kind, value }) => this.#meter(`${kind} ${value}`, nowUs))
    for (const [index, meter] of meters.entries()) {
      const { requests, tokens, concurrent } = rates[index]!.rate
      const refuse = (what: RateRefusal['what'], waitMs: number): RateRefusal => ({
        refused: rates[index]!,
        what,
        waitMs,
        standing: standingOf(meters, rates, nowUs),
      })
      if (concurrent !== null && meter.running >= concurrent) {
        return refuse('concurrent', concurrentWaitMs)
      }
      const forRequest = requests === null ? 0 : waitUs(meter.requestsUs, requests, 1, nowUs)
      if (forRequest > 0) return refuse('requests', forRequest / 1_000)
      const forTokens = tokens === null ? 0 : waitUs(meter.tokensUs, tokens, amount, nowUs)
      if (forTokens > 0) return refuse('tokens', forTokens / 1_000)
    }
    for (const [index, meter] of meters.entries()) {
      const { requests, tokens } = rates[index]!.rate
      meter.run(1)
      if (requests !== null) meter.requestsUs = advance(meter.requestsUs, requests, 1, nowUs)
      if (tokens === null) continue
      if (meter.tokensUs <= nowUs) meter.filling += 1
      meter.tokensUs = advance(meter.tokensUs, tokens, amount, nowUs)
    }
    return {
      shares: meters.map((meter, index) => ({
        meter,
        limit: rates[index]!.rate,
        filling: meter.filling,
      })),
      tokens: amount,
    }
  }

  /** @param tokens  those that were really used; null leaves the estimate standing */
  giveBack({ shares, tokens: taken }: RateHold, tokens: number | null): void {
    this.#meters.enter(0)
    try {
      for (const { meter, limit, filling } of shares) {
        meter.run(-1)
        if (limit.tokens === null || tokens === null) continue
        // What the meter has refilled by itself meanwhile would be given back a second time.
        if (tokens < taken && meter.filling !== filling) continue
        meter.tokensUs += (tokens - taken) * stepUs(limit.tokens)
      }
    } finally {
      this.#meters.leave()
    }
  }

  /** What the rates of a call that was let in have left now. */
  standing({ shares }: RateHold, clockUs: number): Standing {
    const meters = shares.map(({ meter }) => meter)
    const rates = shares.map(({ limit }) => ({ rate: limit }))
    const nowUs = this.#meters.enter(clockUs)
    try {
      return standingOf(meters, rates, nowUs)
    } finally {
      this.#meters.leave()
    }
  }

  #meter(name: string, nowUs: number): Meter {
    return this.#meters.find(name) ?? this.#meters.make(name, (old) => isAtRest(old, nowUs))
  }
}

/** Full, and nobody under way: a new meter would let in exactly the same calls. */
function isAtRest({ requestsUs, tokensUs, running }: Meter, nowUs: number): boolean {
  return running === 0 && requestsUs <= nowUs && tokensUs <= nowUs
}

function standingOf(
  meters: readonly Meter[],
  rates: readonly Pick<ScopedRate, 'rate'>[],
  nowUs: number,
): Standing {
  let requests: Left | null = null
  let tokens: Left | null = null
  for (const [index, meter] of meters.entries()) {
    const { rate } = rates[index]!
    if (rate.requests !== null)
      requests = lesser(requests, leftOf(meter.requestsUs, rate.requests, nowUs))
    if (rate.tokens !== null) tokens = lesser(tokens, leftOf(meter.tokensUs, rate.tokens, nowUs))
  }
  return { requests, tokens }
}

function leftOf(arrivalUs: number, pace: Pace, nowUs: number): Left {
  const usedUs = Math.max(arrivalUs - nowUs, 0)
  const step = stepUs(pace)
  const free = Math.floor((pace.perMs * 1_000 - usedUs + slackUs(step)) / step)
  return { limit: pace.count, remaining: Math.max(free, 0), resetMs: usedUs / 1_000 }
}

function lesser(left: Left | null, right: Left): Left {
  return left === null || right.remaining < left.remaining ? right : left
}

function stepUs({ count, perMs }: Pace): number {
  return (perMs * 1_000) / count
}

/** Steps such as a seventh of a minute add up with an error, which must not cost the last call of a burst. */
function slackUs(step: number): number {
  return Math.min(1, step / 2)
}

/** A single call that wants more than the whole count is let in when nothing else was: it can never fit. */
function waitUs(arrivalUs: number, pace: Pace, amount: number, nowUs: number): number {
  const burstUs = pace.perMs * 1_000
  const step = stepUs(pace)
  const wanted = Math.min(amount * step, burstUs)
  const wait = Math.max(arrivalUs, nowUs) + wanted - burstUs - nowUs
  return wait > slackUs(step) ? wait : 0
}

function advance(arrivalUs: number, pace: Pace, amount: number, nowUs: number): number {
  return Math.max(arrivalUs, nowUs) + amount * stepUs(pace)
}

export function isRateRefusal(outcome: RateHold | RateRefusal): outcome is RateRefusal {
  return 'refused' in outcome
}
