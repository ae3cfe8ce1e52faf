import type { Interval } from './intervals.ts'

/**
 * Intervals for the mean of values in [0, 1] that hold all at once: with probability `confidence` the
 * mean is inside every one of them, so one may stop at any time and for any reason. About 1.5 times as wide as
 * an interval for a number of cases that was fixed before.
 * @see Waudby-Smith and Ramdas (2024), theorem 2: predictable plug-in empirical Bernstein
 */
export class ConfidenceSequence {
  readonly #risk: number
  #count = 0
  /** Half a case at one half, so that the first bet knows a mean and a variance. */
  #sum = 0.5
  #squares = 0.25
  #bets = 0
  #weighted = 0
  #spent = 0
  #low = 0
  #high = 1

  constructor(confidence = 0.95) {
    this.#risk = 1 - confidence
  }

  /** @throws RangeError when the value is not within [0, 1] @returns the interval so far */
  observe(value: number): Interval {
    if (!(value >= 0 && value <= 1)) throw new RangeError('A value has to be within 0 and 1.')
    const count = this.#count + 1
    const mean = this.#sum / count
    const variance = this.#squares / count
    const log = Math.log(2 / this.#risk)
    const bet = Math.min(0.5, Math.sqrt((2 * log) / (variance * count * Math.log(1 + count))))
    this.#spent += (value - mean) ** 2 * (-Math.log1p(-bet) - bet)
    this.#bets += bet
    this.#weighted += bet * value
    this.#count = count
    this.#sum += value
    this.#squares += (value - this.#sum / (count + 1)) ** 2
    const middle = this.#weighted / this.#bets
    const half = (log + this.#spent) / this.#bets
    this.#low = Math.max(this.#low, middle - half)
    this.#high = Math.min(this.#high, middle + half)
    return this.interval
  }

  /** What all intervals so far have in common. Should they have nothing, the values had no one mean. */
  get interval(): Interval {
    return { low: this.#low, high: this.#high }
  }
}
