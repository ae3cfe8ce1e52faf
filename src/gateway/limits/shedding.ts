import { type GatewayError, gatewayOverloaded } from '../../core/errors.ts'

/** Who waits for an answer: a person or a program, or nobody for now. */
export type Urgency = 'interactive' | 'batch'

/** How late the event loop is, in milliseconds, from which lines of batches are turned away... */
const batchDelayMs = 100
/** ... and from which other calls are, too: few at first, and all of them at the end of this. */
const interactiveDelayMs = { from: 500, to: 1_000 } as const

const retryAfterMs = { interactive: 1_000, batch: 5_000 } as const satisfies Record<Urgency, number>

const sampleMs = 50
/** One sample says little: this is a mean over about a quarter of a second. */
const newest = 0.2
/** A machine that slept is not one that has too much to do. */
const lateMsMax = 1_000

export interface SheddingOptions {
  /** Microseconds on a monotonic clock. */
  readonly elapsedUs: () => number
  /** A number in [0, 1). */
  readonly chance: () => number
  /** Told when calls begin to be turned away, and when that is over. */
  readonly onChange: (isShedding: boolean) => void
}

/**
 * Turns calls away when the process has more to do than it can, so that those it took are answered in
 * time. What is measured is how late the event loop comes round to a timer, because every call waits
 * as long wherever it awaits something. Health checks do not come this way.
 */
export class Shedding {
  readonly #options: SheddingOptions
  #delayMs = 0
  #shed = 0
  #isShedding = false
  #timer: ReturnType<typeof setInterval> | null = null
  #sampledUs = 0

  constructor(options: SheddingOptions) {
    this.#options = options
  }

  /** How late the event loop was lately. */
  get delayMs(): number {
    return this.#delayMs
  }

  /** Calls that were turned away. */
  get shed(): number {
    return this.#shed
  }

  start(): void {
    this.#sampledUs = this.#options.elapsedUs()
    this.#timer = setInterval(() => this.#sample(), sampleMs)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** @param lateMs  how much later than it should a timer came */
  observe(lateMs: number): void {
    const late = Math.min(Math.max(lateMs, 0), lateMsMax)
    this.#delayMs += newest * (late - this.#delayMs)
    // Begun with the first call that is turned away, and over when the loop has room again.
    if (!this.#isShedding || this.#delayMs >= batchDelayMs / 2) return
    this.#isShedding = false
    this.#options.onChange(false)
  }

  /** @throws gateway_overloaded */
  admit(urgency: Urgency): void {
    if (this.#delayMs < batchDelayMs || !this.#refuses(urgency)) return
    this.#shed += 1
    if (!this.#isShedding) {
      this.#isShedding = true
      this.#options.onChange(true)
    }
    throw this.#refusal(urgency)
  }

  #refuses(urgency: Urgency): boolean {
    if (urgency === 'batch') return true
    const { from, to } = interactiveDelayMs
    return (this.#delayMs - from) / (to - from) > this.#options.chance()
  }

  /** Jittered, so that those who were turned away together do not come back together. */
  #refusal(urgency: Urgency): GatewayError {
    return gatewayOverloaded().after(retryAfterMs[urgency] * (1 + this.#options.chance()))
  }

  #sample(): void {
    const nowUs = this.#options.elapsedUs()
    const lateMs = (nowUs - this.#sampledUs) / 1_000 - sampleMs
    this.#sampledUs = nowUs
    this.observe(lateMs)
  }
}
