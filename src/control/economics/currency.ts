import { Fraction } from '../../core/fraction.ts'

/** A price in the currency of its card at two times; rates are units of that currency per dollar. */
export interface PriceMove {
  readonly priceBefore: Fraction
  readonly priceAfter: Fraction
  readonly rateBefore: Fraction
  readonly rateAfter: Fraction
  /** Millions of units bought. */
  readonly quantity: Fraction
}

/** Dollars more than before, and what of it the vendor and the exchange rate did. They add up exactly. */
export interface Variance {
  readonly total: Fraction
  readonly price: Fraction
  readonly exchange: Fraction
}

/** Keeps a dearer vendor apart from a dearer currency: the price's part at the old rate, the rest by the rate. */
export function varianceOf(move: PriceMove): Variance {
  const { priceBefore, priceAfter, rateBefore, rateAfter, quantity } = move
  const price = priceAfter.minus(priceBefore).over(rateBefore).times(quantity)
  const perRate = Fraction.one.over(rateAfter).minus(Fraction.one.over(rateBefore))
  const exchange = priceAfter.times(perRate).times(quantity)
  return { total: price.plus(exchange), price, exchange }
}
