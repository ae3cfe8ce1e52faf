import { Fraction } from '../../core/fraction.ts'

export interface Blend {
  /** USD per million tokens. */
  readonly input: Fraction
  readonly output: Fraction
  readonly cacheRead: Fraction
  /** Share of all tokens that are input. */
  readonly inputShare: Fraction
  /** Share of the input tokens that come from the cache. */
  readonly cacheHit: Fraction
}

/** One price per million tokens of a mix. */
export function blendedPrice({ input, output, cacheRead, inputShare, cacheHit }: Blend): Fraction {
  const fresh = Fraction.one.minus(cacheHit)
  const perInput = cacheHit.times(cacheRead).plus(fresh.times(input))
  return inputShare.times(perInput).plus(Fraction.one.minus(inputShare).times(output))
}

/**
 * Reads after which a cache write has paid for itself.
 * @param write  what writing costs, per what reading afresh does: 1.25
 * @param read  what a cached token costs, per the same: 0.1
 * @returns null when a cached token is no cheaper: it never pays
 */
export function cacheBreakEven(write: Fraction, read: Fraction): Fraction | null {
  const gain = Fraction.one.minus(read)
  if (gain.compare(Fraction.zero) <= 0) return null
  return write.minus(Fraction.one).over(gain)
}

export interface Commitment {
  /** A month's usage at list prices. */
  readonly usage: Fraction
  /** Off the list: 0.15. */
  readonly discount: Fraction
  /** What is paid in any case. */
  readonly commit: Fraction
}

export interface CommitmentResult {
  readonly pay: Fraction
  /** Off the list in truth; negative when more is paid than the list asks. Null without usage. */
  readonly effectiveDiscount: Fraction | null
  /** Paid for nothing. */
  readonly shortfall: Fraction
  /** Usage at list prices from which the contract is no dearer than the list. */
  readonly breakEvenUsage: Fraction
}

/** A discount against a minimum. */
export function commitmentOf({ usage, discount, commit }: Commitment): CommitmentResult {
  const discounted = usage.times(Fraction.one.minus(discount))
  const short = commit.minus(discounted)
  const isShort = short.compare(Fraction.zero) > 0
  const pay = isShort ? commit : discounted
  return {
    pay,
    effectiveDiscount: usage.isZero ? null : Fraction.one.minus(pay.over(usage)),
    shortfall: isShort ? short : Fraction.zero,
    breakEvenUsage: commit,
  }
}
