import type { Price, PriceTier } from '../../catalog/model.ts'
import { cost, tierPrice } from '../../catalog/price.ts'
import { Fraction } from '../../core/fraction.ts'
import type { Money } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'

/** How another model counts and talks, measured against the one that was asked. */
export interface ModelTerms {
  readonly price: Price
  readonly tiers?: readonly PriceTier[]
  /** Tokens of the same prompt there per tokens here. */
  readonly inputRatio: Fraction
  /** Tokens of its answer per tokens of the answer here: tokeniser and verbosity together. */
  readonly outputRatio: Fraction
  readonly caches: boolean
  /** Shorter prefixes are not cached. */
  readonly cacheMin: number
}

export interface LoggedTokens {
  /** Of the whole prompt, cached ones included. */
  readonly prompt: number
  readonly cached: number
  readonly output: number
}

/**
 * What a logged call would have cost on another model.
 * @returns null where that model has no price for a kind that is used
 */
export function costOnModel(tokens: LoggedTokens, terms: ModelTerms): Money | null {
  const scaled = (count: number, ratio: Fraction): number =>
    Number(ratio.times(Fraction.of(count)).round())
  const prompt = scaled(tokens.prompt, terms.inputRatio)
  const prefix = terms.caches ? scaled(tokens.cached, terms.inputRatio) : 0
  const cacheRead = prefix >= terms.cacheMin ? prefix : 0
  const usage = {
    ...noUsage,
    input: prompt - cacheRead,
    cacheRead,
    output: scaled(tokens.output, terms.outputRatio),
  }
  return cost(usage, tierPrice(terms, prompt))
}
