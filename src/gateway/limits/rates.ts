import type { Pace, RateLimit } from './limits.ts'
import type { Scope } from './budgets.ts'
import { LocalMeters, type Meter, type Meters } from './meters.ts'

export interface ScopedRate extends Scope {
  readonly rate: RateLimit
  /** What its meter is called, where that was put together for many calls. */
  readonly meter?: string
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
  filling: number
  /** When the last of them has refilled by itself. */
  endUs: number
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
    const amount = rates.some(isOfTokens) ? tokensOf() : 0
    const nowUs = this.#meters.enter(clockUs)
    try {
      return this.#take(rates, amount, nowUs)
    } finally {
      this.#meters.leave()
    }
  }

  #take(rates: readonly ScopedRate[], amount: number, nowUs: number): RateHold | RateRefusal {
    const shares: Share[] = []
    for (const scoped of rates)
      shares.push({ meter: this.#meter(scoped, nowUs), limit: scoped.rate, filling: 0, endUs: 0 })
    for (let index = 0; index < shares.length; index += 1) {
      const { meter, limit } = shares[index]!
      const what = lackingIn(meter, limit, amount, nowUs)
      if (what === null) continue
      const waitMs = waitMsOf(what, meter, limit, amount, nowUs)
      return { refused: rates[index]!, what, waitMs, standing: standingOf(shares, nowUs) }
    }
    for (const share of shares) {
      const { meter, limit } = share
      const { requests, tokens } = limit
      meter.run(1)
      if (requests !== null) meter.requestsUs = advance(meter.requestsUs, requests, 1, nowUs)
      if (tokens !== null) {
        if (meter.tokensUs <= nowUs) meter.filling += 1
        meter.tokensUs = share.endUs = advance(meter.tokensUs, tokens, amount, nowUs)
      }
      share.filling = meter.filling
    }
    return { shares, tokens: amount }
  }

  /**
   * @param tokens  those that were really used; null leaves the estimate standing
   * @param clockUs  monotonic
   */
  giveBack({ shares, tokens: taken }: RateHold, tokens: number | null, clockUs: number): void {
    const nowUs = this.#meters.enter(clockUs)
    try {
      for (const { meter, limit, filling, endUs } of shares) {
        meter.run(-1)
        if (limit.tokens === null || tokens === null) continue
        const lessUs = (taken - tokens) * stepUs(limit.tokens)
        // What the meter has refilled by itself meanwhile would be given back a second time.
        const leftUs = meter.filling === filling ? Math.max(endUs - nowUs, 0) : 0
        meter.tokensUs -= Math.min(lessUs, leftUs)
      }
    } finally {
      this.#meters.leave()
    }
  }

  /** What the rates of a call that was let in have left now. */
  standing({ shares }: RateHold, clockUs: number): Standing {
    const nowUs = this.#meters.enter(clockUs)
    try {
      return standingOf(shares, nowUs)
    } finally {
      this.#meters.leave()
    }
  }

  #meter(scoped: ScopedRate, nowUs: number): Meter {
    const name = scoped.meter ?? meterName(scoped)
    return this.#meters.find(name) ?? this.#make(name, nowUs)
  }

  #make(name: string, nowUs: number): Meter {
    return this.#meters.make(name, (old) => isAtRest(old, nowUs))
  }
}

export function meterName({ kind, value }: Scope): string {
  return `${kind} ${value}`
}

function isOfTokens({ rate }: ScopedRate): boolean {
  return rate.tokens !== null
}

/** Of what there is not enough for a call; null when there is of all. */
function lackingIn(
  meter: Meter,
  { requests, tokens, concurrent }: RateLimit,
  amount: number,
  nowUs: number,
): RateRefusal['what'] | null {
  if (concurrent !== null && meter.running >= concurrent) return 'concurrent'
  if (requests !== null && waitUs(meter.requestsUs, requests, 1, nowUs) > 0) return 'requests'
  return tokens !== null && waitUs(meter.tokensUs, tokens, amount, nowUs) > 0 ? 'tokens' : null
}

/** Full, and nobody under way: a new meter would let in exactly the same calls. */
function isAtRest({ requestsUs, tokensUs, running }: Meter, nowUs: number): boolean {
  return running === 0 && requestsUs <= nowUs && tokensUs <= nowUs
}

function standingOf(shares: readonly Share[], nowUs: number): Standing {
  let requests: Left | null = null
  let tokens: Left | null = null
  for (const { meter, limit } of shares) {
    if (limit.requests !== null)
      requests = lesser(requests, leftOf(meter.requestsUs, limit.requests, nowUs))
    if (limit.tokens !== null) tokens = lesser(tokens, leftOf(meter.tokensUs, limit.tokens, nowUs))
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

/** How long to wait for what was lacking. */
function waitMsOf(
  what: RateRefusal['what'],
  { requestsUs, tokensUs }: Meter,
  { requests, tokens }: RateLimit,
  amount: number,
  nowUs: number,
): number {
  if (what === 'requests') return waitUs(requestsUs, requests!, 1, nowUs) / 1_000
  return what === 'tokens' ? waitUs(tokensUs, tokens!, amount, nowUs) / 1_000 : concurrentWaitMs
}

function advance(arrivalUs: number, pace: Pace, amount: number, nowUs: number): number {
  return Math.max(arrivalUs, nowUs) + amount * stepUs(pace)
}

export function isRateRefusal(outcome: RateHold | RateRefusal): outcome is RateRefusal {
  return 'refused' in outcome
}
