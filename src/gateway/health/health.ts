import type { GatewayError } from '../../core/errors.ts'

/** What is known of a model at a provider, or of a credential there. */
interface Condition {
  /** Failures in a row; an overload counts half. */
  failures: number
  /** How often it was opened without a success in between: each time twice as long. */
  openings: number
  /** Not to be asked before, on the monotonic clock; 0 when it may be. */
  closedUntilUs: number
}

/** What changed, for whoever raises alarms. */
export interface HealthChange {
  readonly subject: string
  readonly down: boolean
  readonly why: string
}

export interface HealthOptions {
  readonly elapsedUs: () => number
  /** A number in [0, 1): waits are jittered so that gateways do not knock together. */
  readonly chance: () => number
  readonly onChange: (change: HealthChange) => void
}

/** Five in a row: Envoy's default for consecutive errors. */
const failuresToOpen = 5
const openMs = 10_000
const openMsMax = 300_000
const rateMs = 2_000
const keyMs = 60_000
const quotaMs = 3_600_000

/** Conditions that nobody asked for are forgotten, oldest first. */
const conditionsMax = 10_000

/**
 * Which models and credentials to leave alone for a while. A model is known by 'provider/model', a
 * credential by 'provider#fingerprint'. Nothing is forbidden: with nobody else to ask, the plan asks
 * the one that has to wait the least.
 */
export class Health {
  readonly #conditions = new Map<string, Condition>()
  readonly #options: HealthOptions

  constructor(options: HealthOptions) {
    this.#options = options
  }

  /** Milliseconds until it may be asked again; 0 when it may now. */
  waitMs(subject: string): number {
    const condition = this.#conditions.get(subject)
    if (condition === undefined || condition.closedUntilUs === 0) return 0
    return Math.max(0, (condition.closedUntilUs - this.#options.elapsedUs()) / 1_000)
  }

  succeeded(model: string, credential: string): void {
    this.#recover(model)
    this.#recover(credential)
  }

  /** What a failure means for the model and for the credential it was asked with. */
  failed(model: string, credential: string, error: GatewayError): void {
    const { retryAfterMs, code, message } = error
    switch (code) {
      case 'provider_rate_limited':
        this.#close(model, retryAfterMs ?? rateMs * (0.5 + this.#options.chance()))
        return
      case 'provider_key_refused':
        this.#close(credential, keyMs, message)
        return
      case 'provider_quota_spent':
        this.#close(credential, retryAfterMs ?? quotaMs, message)
        return
      case 'provider_overloaded':
        this.#count(model, 0.5, message)
        return
      case 'provider_failed':
      case 'provider_timeout':
      case 'provider_unreachable':
        this.#count(model, 1, message)
        return
      default: // the caller's own mistakes say nothing of the provider's health
    }
  }

  /** Subjects that are being left alone, with the milliseconds that remain. */
  closed(): readonly { readonly subject: string; readonly waitMs: number }[] {
    return [...this.#conditions.keys()]
      .map((subject) => ({ subject, waitMs: this.waitMs(subject) }))
      .filter(({ waitMs }) => waitMs > 0)
  }

  #count(subject: string, weight: number, why: string): void {
    const condition = this.#condition(subject)
    condition.failures += weight
    if (condition.failures < failuresToOpen) return
    // One more failure after the wait closes it again at once.
    condition.failures = failuresToOpen - 1
    const growing = Math.min(openMs * 2 ** condition.openings, openMsMax)
    condition.openings += 1
    this.#close(subject, growing * (0.75 + this.#options.chance() / 2), why)
  }

  /** `why` is given when it is worth an alarm. */
  #close(subject: string, ms: number, why?: string): void {
    this.#condition(subject).closedUntilUs = this.#options.elapsedUs() + ms * 1_000
    if (why !== undefined) this.#options.onChange({ subject, down: true, why })
  }

  #recover(subject: string): void {
    const condition = this.#conditions.get(subject)
    if (condition === undefined) return
    this.#conditions.delete(subject)
    if (condition.closedUntilUs > 0) {
      this.#options.onChange({ subject, down: false, why: 'it answers again' })
    }
  }

  #condition(subject: string): Condition {
    let condition = this.#conditions.get(subject)
    if (condition === undefined) {
      condition = { failures: 0, openings: 0, closedUntilUs: 0 }
      this.#conditions.set(subject, condition)
      if (this.#conditions.size > conditionsMax) {
        this.#conditions.delete(this.#conditions.keys().next().value!)
      }
    }
    return condition
  }
}
