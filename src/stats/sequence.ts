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

  /** @param kept  what `state` said before; null: it begins */
  constructor(confidence = 0.95, kept: SequenceState | null = null) {
    this.#risk = 1 - confidence
    if (kept === null) return
    this.#count = kept.count
    this.#sum = kept.sum
    this.#squares = kept.squares
    this.#bets = kept.bets
    this.#weighted = kept.weighted
    this.#spent = kept.spent
    this.#low = kept.low
    this.#high = kept.high
  }

  get count(): number {
    return this.#count
  }

  /** Null before the first value. */
  get mean(): number | null {
    return this.#count === 0 ? null : (this.#sum - 0.5) / this.#count
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
    const { middle, half } = this.#latest()
    this.#low = Math.max(this.#low, middle - half)
    this.#high = Math.min(this.#high, middle + half)
    return this.interval
  }

  /**
   * What all intervals so far have in common. Should they have nothing, the values had no one mean: then the latest
   * alone, which holds for what the means were on average, each by its bet.
   */
  get interval(): Interval {
    if (this.#low <= this.#high) return { low: this.#low, high: this.#high }
    const { middle, half } = this.#latest()
    return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
  }

  #latest(): { readonly middle: number; readonly half: number } {
    const log = Math.log(2 / this.#risk)
    return { middle: this.#weighted / this.#bets, half: (log + this.#spent) / this.#bets }
  }

  /** Whatever it needs to go on after a restart. */
  get state(): SequenceState {
    return {
      count: this.#count,
      sum: this.#sum,
      squares: this.#squares,
      bets: this.#bets,
      weighted: this.#weighted,
      spent: this.#spent,
      low: this.#low,
      high: this.#high,
    }
  }
}

export interface SequenceState {
  readonly count: number
  readonly sum: number
  readonly squares: number
  readonly bets: number
  readonly weighted: number
  readonly spent: number
  readonly low: number
  readonly high: number
}
