import type { GatewayError } from '../../core/errors.ts'
import { LearnedRates } from './learned-rates.ts'

/** Why somebody is left alone. */
export type RestCause =
  /** It fails, call after call. */
  | 'failing'
  /** It asked for a pause, by a rate limit or an overload. */
  | 'rate'
  /** Its key is refused. */
  | 'key'
  /** An allowance is used up, and comes back by itself. */
  | 'quota'
  /** The account is not paid, and somebody has to. */
  | 'arrears'

/** What is known of a provider, a model, a credential, or a credential at one model. */
interface Condition {
  /** Failures in a row, by their weight. */
  failures: number
  /** How often it was left alone without a success in between: each time twice as long. */
  openings: number
  /** Not to be asked before, on the monotonic clock; 0 when it may be. */
  closedUntilUs: number
  /** Until then the one call that finds out whether it is well again has the word; 0: nobody has. */
  probeUntilUs: number
  cause: RestCause
  /** What was announced of it, and has not been taken back; a pause says nothing of that. */
  announced: HealthChange['cause'] | null
}

/** What changed, for whoever raises alarms. A pause that was asked for is no news. */
export interface HealthChange {
  readonly subject: string
  readonly cause: Exclude<RestCause, 'rate'>
  readonly down: boolean
  readonly why: string
}

export interface Resting {
  readonly subject: string
  readonly cause: RestCause
  readonly waitMs: number
}

export interface HealthOptions {
  readonly elapsedUs: () => number
  /** A number in [0, 1): waits are jittered so that gateways do not knock together. */
  readonly chance: () => number
  readonly onChange: (change: HealthChange) => void
}

/** Five in a row: Envoy's default for consecutive errors. */
const failuresToOpen = 5
/** Who is overloaded is there. */
const overloadWeight = 0.5
const openMs = 10_000
const openMsMax = 300_000
const rateMs = 2_000
const keyMs = 60_000
const keyMsMax = 3_600_000
const accountMs = 3_600_000
/** A probe that takes longer than this no longer keeps others from trying. */
const probeMs = 60_000
/** What others are told to wait while a probe is under way: it ends at no known time. */
const probeWaitMs = 1_000

/** Models are made up by callers: beyond this, the condition of the oldest is forgotten. */
const conditionsMax = 10_000

/**
 * Whom to leave alone for a while. A provider is known by 'provider', a model by 'provider/model', a
 * credential by 'provider#fingerprint', and one at a model by 'provider/model#fingerprint'. Nothing
 * is forbidden: with nobody else to ask, the plan asks the one that has to wait the least.
 */
export class Health {
  readonly #conditions = new Map<string, Condition>()
  /** Answers in a row that broke off behind their first content, by model. */
  readonly #broken = new Map<string, number>()
  /** Names of credentials at models, by the model's and the credential's. */
  readonly #pairs = new Map<string, Map<string, string>>()
  readonly #options: HealthOptions
  /** How fast keys at models are answered, since they were refused for their rate. */
  readonly rates: LearnedRates

  constructor(options: HealthOptions) {
    this.#options = options
    this.rates = new LearnedRates(options.elapsedUs)
  }

  /** Nothing is held against anybody any more. */
  forget(): void {
    this.#conditions.clear()
    this.#broken.clear()
    this.rates.forget()
  }

  /** True while nothing is held against anybody, as most of the time. */
  get isClear(): boolean {
    return this.#conditions.size === 0 && this.#broken.size === 0 && this.rates.isClear
  }

  /** Milliseconds until it may be asked again; 0 when it may now. */
  waitMs(subject: string): number {
    const condition = this.#conditions.get(subject)
    if (condition === undefined || condition.closedUntilUs === 0) return 0
    const nowUs = this.#options.elapsedUs()
    const left = (condition.closedUntilUs - nowUs) / 1_000
    if (left > 0) return left
    return condition.probeUntilUs > nowUs ? probeWaitMs : 0
  }

  /** Milliseconds until this credential may be tried at this model. */
  keyWaitMs(model: string, credential: string): number {
    const pair = pairOf(model, credential)
    return Math.max(this.waitMs(credential), this.waitMs(pair), this.rates.waitMs(pair))
  }

  /** Milliseconds until the next call of this credential at this model fits the rate that it takes. */
  turnMs(model: string, credential: string): number {
    return this.rates.isClear ? 0 : this.rates.waitMs(pairOf(model, credential))
  }

  /** A call takes its place in that rate, before it waits for it. */
  takesTurn(model: string, credential: string): void {
    if (!this.rates.isClear) this.rates.begins(pairOf(model, credential))
  }

  /** What its provider says is left of the credential's rate, from 0 to 1. */
  toldRoom(model: string, credential: string, share: number, resetMs: number): void {
    if (share === 0) this.rates.emptied(pairOf(model, credential), resetMs)
  }

  /** The same of the model itself and of its provider, whichever credential is used. */
  modelWaitMs(model: string): number {
    return Math.max(this.waitMs(model), this.waitMs(providerOf(model)))
  }

  /** The same of all that a call would meet there, but for what fits its rate. */
  restMs(model: string, credential: string): number {
    if (this.#conditions.size === 0) return 0
    return Math.max(...subjectsOf(model, credential).map((subject) => this.waitMs(subject)))
  }

  /** Whether nothing but its rate keeps calls of this credential from this model. */
  isOnlyLimited(model: string, credential: string): boolean {
    return subjectsOf(model, credential).every(
      (subject) => this.waitMs(subject) === 0 || this.#conditions.get(subject)?.cause === 'rate',
    )
  }

  /** A call is about to ask: where a rest is over it is the probe, and others wait for what it finds. */
  begins(model: string, credential: string): void {
    if (this.#conditions.size === 0) return
    const nowUs = this.#options.elapsedUs()
    for (const subject of subjectsOf(model, credential)) {
      const condition = this.#conditions.get(subject)
      if (condition === undefined || condition.closedUntilUs === 0) continue
      if (condition.closedUntilUs <= nowUs) condition.probeUntilUs = nowUs + probeMs * 1_000
    }
  }

  /** A whole answer came. @param nowUs  when; unset: now */
  succeeded(model: string, credential: string, nowUs = this.#options.elapsedUs()): void {
    this.began(model, credential, nowUs)
    this.completed(model, credential)
  }

  /** An answer came up to its first content. That is no news of a model that breaks off one after the other. */
  began(model: string, credential: string, nowUs = this.#options.elapsedUs()): void {
    this.rates.took(this.#pairOf(model, credential), nowUs)
    if (this.#conditions.size === 0) return
    this.#endProbe(model, credential)
    this.#recover(credential)
    this.#recover(providerOf(model))
    if ((this.#broken.get(model) ?? 0) >= failuresToOpen) return
    this.#recover(model)
    this.#recover(this.#pairOf(model, credential))
  }

  /** An answer that had begun came to its end. */
  completed(model: string, credential: string): void {
    this.#broken.delete(model)
    if (this.#conditions.size === 0) return
    this.#recover(model)
    this.#recover(this.#pairOf(model, credential))
  }

  /** The same for an answer that broke off behind its first content. */
  brokeOff(model: string, credential: string, error: GatewayError, isOneOfSeveral: boolean): void {
    // A caller who leaves, and a budget that runs out, cut answers of whoever is well.
    if (!error.code.startsWith('provider_'))
      return this.failed(model, credential, error, isOneOfSeveral)
    const count = (this.#broken.get(model) ?? 0) + 1
    if (this.#broken.size >= conditionsMax) this.#broken.clear()
    this.#broken.set(model, count)
    if (count >= failuresToOpen) {
      // Those before were forgotten with each first content.
      const condition = this.#condition(model)
      condition.failures = Math.max(condition.failures, failuresToOpen - 1)
    }
    this.failed(model, credential, error, isOneOfSeveral)
  }

  /**
   * What a failure means for whoever was asked.
   * @param isOneOfSeveral  the provider has other credentials: then this one is watched by itself, too
   * @param sentUs  when it was asked; unset: now
   */
  failed(
    model: string,
    credential: string,
    error: GatewayError,
    isOneOfSeveral = false,
    sentUs = this.#options.elapsedUs(),
  ): void {
    const { retryAfterMs, code, message } = error
    const pair = pairOf(model, credential)
    this.#endProbe(model, credential)
    switch (code) {
      case 'provider_rate_limited':
        this.rates.refused(pair, sentUs, retryAfterMs)
        this.#close(pair, 'rate', retryAfterMs ?? rateMs * (0.5 + this.#options.chance()))
        return
      case 'provider_key_refused':
        this.#grow(credential, 'key', keyMs, keyMsMax, message)
        return
      case 'provider_quota_spent':
        this.#close(credential, 'quota', retryAfterMs ?? accountMs, message)
        return
      case 'provider_account_unpaid':
        this.#close(credential, 'arrears', retryAfterMs ?? accountMs, message)
        return
      case 'provider_unreachable':
        this.#count(providerOf(model), 1, message)
        return
      case 'provider_overloaded':
      case 'provider_failed':
      case 'provider_timeout': {
        const weight = code === 'provider_overloaded' ? overloadWeight : 1
        if (retryAfterMs !== null) this.#close(pair, 'rate', retryAfterMs)
        else if (isOneOfSeveral) this.#count(pair, weight, message)
        this.#count(model, weight, message)
        return
      }
      default: // the caller's own mistakes say nothing of the provider's health
    }
  }

  /** Who is being left alone, and for how long yet. */
  closed(): readonly Resting[] {
    return [...this.#conditions]
      .map(([subject, { cause }]) => ({ subject, cause, waitMs: this.waitMs(subject) }))
      .filter(({ waitMs }) => waitMs > 0)
  }

  /** The name is made once: each call that is answered asks for it. */
  #pairOf(model: string, credential: string): string {
    let pairs = this.#pairs.get(model)
    if (pairs === undefined) {
      if (this.#pairs.size >= conditionsMax) this.#pairs.clear()
      this.#pairs.set(model, (pairs = new Map()))
    }
    let pair = pairs.get(credential)
    if (pair === undefined) pairs.set(credential, (pair = pairOf(model, credential)))
    return pair
  }

  #count(subject: string, weight: number, why: string): void {
    const condition = this.#condition(subject)
    condition.failures += weight
    if (condition.failures < failuresToOpen) return
    // One more failure after the wait closes it again at once, of whichever weight.
    condition.failures = failuresToOpen - overloadWeight
    this.#grow(subject, 'failing', openMs, openMsMax, why)
  }

  /** Leaves it alone, each time for twice as long. */
  #grow(subject: string, cause: HealthChange['cause'], ms: number, msMax: number, why: string) {
    const condition = this.#condition(subject)
    // Calls that were under way at the same time fail with it, and are one failure of one outage.
    const isNew = condition.closedUntilUs <= this.#options.elapsedUs()
    if (!isNew && condition.cause === cause) return
    const growing = Math.min(ms * 2 ** condition.openings, msMax)
    condition.openings += 1
    this.#close(subject, cause, growing * (0.75 + this.#options.chance() / 2), why)
  }

  #close(subject: string, cause: RestCause, ms: number, why = ''): void {
    const condition = this.#condition(subject)
    const untilUs = this.#options.elapsedUs() + ms * 1_000
    // Whoever rests for longer has a better reason to.
    if (untilUs < condition.closedUntilUs) return
    condition.closedUntilUs = untilUs
    condition.cause = cause
    if (cause === 'rate') return
    if (condition.announced !== cause) this.#takeBack(subject, condition, `now it is ${cause}`)
    condition.announced = cause
    this.#options.onChange({ subject, cause, down: true, why })
  }

  #recover(subject: string): void {
    const condition = this.#conditions.get(subject)
    if (condition === undefined) return
    this.#conditions.delete(subject)
    this.#takeBack(subject, condition, 'it answers again')
  }

  #takeBack(subject: string, { announced }: Condition, why: string): void {
    if (announced !== null) this.#options.onChange({ subject, cause: announced, down: false, why })
  }

  #endProbe(model: string, credential: string): void {
    if (this.isClear) return
    for (const subject of subjectsOf(model, credential)) {
      const condition = this.#conditions.get(subject)
      if (condition !== undefined) condition.probeUntilUs = 0
    }
  }

  #condition(subject: string): Condition {
    let condition = this.#conditions.get(subject)
    if (condition === undefined) {
      condition = {
        failures: 0,
        openings: 0,
        closedUntilUs: 0,
        probeUntilUs: 0,
        cause: 'failing',
        announced: null,
      }
      this.#conditions.set(subject, condition)
      if (this.#conditions.size > conditionsMax) this.#forget()
    }
    return condition
  }

  /** Of providers and credentials there are as many as the file names; models are what fills the map. */
  #forget(): void {
    for (const [subject, condition] of this.#conditions) {
      if (!subject.includes('/')) continue
      this.#conditions.delete(subject)
      this.#takeBack(subject, condition, 'it was not asked for long')
      return
    }
  }
}

function subjectsOf(model: string, credential: string): readonly string[] {
  return [model, credential, pairOf(model, credential), providerOf(model)]
}

/** 'acme/large' and 'acme#1f3a' are 'acme/large#1f3a'. */
function pairOf(model: string, credential: string): string {
  return `${model}${credential.slice(credential.indexOf('#'))}`
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'))
}
