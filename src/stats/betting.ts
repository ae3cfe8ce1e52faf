/**
 * Tests of a mean by betting against the null: wealth that grows is evidence. Whatever the
 * distribution on [0, 1], and however dependent on the past, wealth above 1/alpha at any time has a
 * probability of alpha at most (Ville), so one may look after every case.
 * @see Waudby-Smith and Ramdas, 'Estimating means of bounded random variables by betting' (2024)
 */

/** The smallest bet of the mixture, and how near the largest comes to losing everything. */
const leastBet = 0.01
const mostStake = 0.95
const betsUsual = 40

/** Bets spread evenly on the scale of logarithms, as shares of what a value may win. */
function betsAgainst(mean: number, count: number): Float64Array {
  const most = mostStake / mean
  return Float64Array.from(
    { length: count },
    (_, index) => leastBet * (most / leastBet) ** (index / Math.max(1, count - 1)),
  )
}

/**
 * Evidence that the mean of values in [0, 1] is above `mean`, after each of them. A process: feed it
 * and look whenever you like. Failure modes: values outside [0, 1] void the guarantee and throw; values
 * whose mean changes are tested for 'it was never above', not for what it is now.
 */
export class MeanAbove {
  readonly #mean: number
  readonly #bets: Float64Array
  readonly #logs: Float64Array
  #count = 0
  #evidence = 1
  #most = 1

  /** @throws RangeError when the mean is not within (0, 1) */
  constructor(mean: number, bets = betsUsual) {
    if (!(mean > 0 && mean < 1)) throw new RangeError('The mean has to be within 0 and 1.')
    this.#mean = mean
    this.#bets = betsAgainst(mean, bets)
    this.#logs = new Float64Array(bets)
  }

  /** @throws RangeError when the value is not within [0, 1] @returns the evidence so far */
  observe(value: number): number {
    if (!(value >= 0 && value <= 1)) throw new RangeError('A value has to be within 0 and 1.')
    const gain = value - this.#mean
    let most = Number.NEGATIVE_INFINITY
    for (let index = 0; index < this.#logs.length; index += 1) {
      const log = this.#logs[index]! + Math.log1p(this.#bets[index]! * gain)
      this.#logs[index] = log
      if (log > most) most = log
    }
    let sum = 0
    for (const log of this.#logs) sum += Math.exp(log - most)
    this.#evidence = Math.exp(most) * (sum / this.#logs.length)
    if (this.#evidence > this.#most) this.#most = this.#evidence
    this.#count += 1
    return this.#evidence
  }

  get count(): number {
    return this.#count
  }

  /** The wealth now: an e-value. Mean 1 at most under the null. */
  get evidence(): number {
    return this.#evidence
  }

  /** One over the most that the wealth ever was: a p-value that stays valid however often one looks. */
  get pValue(): number {
    return Math.min(1, 1 / this.#most)
  }
}

/**
 * Whether a candidate stays within a margin of a reference, looked at after every pair: evidence for
 * mean(candidate - reference) > -margin.
 * @param margin  in the scores' units, within (0, 1)
 */
export class DifferenceAbove {
  readonly #test: MeanAbove

  constructor(margin: number, bets?: number) {
    this.#test = new MeanAbove((1 - margin) / 2, bets)
  }

  /** @param difference candidate - reference of one pair, in [-1, 1] @returns the evidence so far */
  observe(difference: number): number {
    return this.#test.observe((difference + 1) / 2)
  }

  get evidence(): number {
    return this.#test.evidence
  }

  get pValue(): number {
    return this.#test.pValue
  }
}

/** A p-value for E[values] <= mean, for values in [0, 1] that are all there; blind to their order. */
export function bettingPValue(values: Iterable<number>, mean: number): number {
  const test = new MeanAbove(mean)
  for (const value of values) test.observe(value)
  return Math.min(1, 1 / test.evidence)
}
