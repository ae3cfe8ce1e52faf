import { Fraction } from '../../core/fraction.ts'

/** A business of one month, and a rise of the price of a share of what it buys. */
export interface Shock {
  readonly revenue: Fraction
  readonly apiCost: Fraction
  readonly otherCost: Fraction
  /** Share of the API's cost that the rise meets. */
  readonly share: Fraction
  /** 0.5 is half more; negative for a cut. */
  readonly rise: Fraction
  /** Share of the struck spending that is moved elsewhere. */
  readonly reroutedShare: Fraction
  /** What the moved part costs there, per what it cost before. */
  readonly alternativeRatio: Fraction
  readonly targetMargin: Fraction
}

export interface ShockResult {
  readonly apiCostAfter: Fraction
  /** Of revenue; null without any. */
  readonly marginBefore: Fraction | null
  readonly marginAfter: Fraction | null
  /** API cost per revenue. */
  readonly upstreamBefore: Fraction | null
  readonly upstreamAfter: Fraction | null
  /** The largest rise that leaves the target margin when nothing is moved; null when the rise meets nothing. */
  readonly riseMax: Fraction | null
}

/** What a price shock does to the margin, with and without a way around it. */
export function shockOf(shock: Shock): ShockResult {
  const { revenue, apiCost, otherCost, share, rise, reroutedShare, alternativeRatio } = shock
  const stays = Fraction.one.minus(share)
  const struck = share.times(Fraction.one.minus(reroutedShare)).times(Fraction.one.plus(rise))
  const moved = share.times(reroutedShare).times(alternativeRatio)
  const apiCostAfter = apiCost.times(stays.plus(struck).plus(moved))
  const per = (amount: Fraction): Fraction | null => (revenue.isZero ? null : amount.over(revenue))
  const exposed = share.times(apiCost)
  return {
    apiCostAfter,
    marginBefore: per(revenue.minus(otherCost).minus(apiCost)),
    marginAfter: per(revenue.minus(otherCost).minus(apiCostAfter)),
    upstreamBefore: per(apiCost),
    upstreamAfter: per(apiCostAfter),
    riseMax: exposed.isZero
      ? null
      : Fraction.one
          .minus(shock.targetMargin)
          .times(revenue)
          .minus(otherCost)
          .minus(apiCost)
          .over(exposed),
  }
}

export interface RunwayTerms {
  readonly cash: number
  readonly revenue: number
  /** Growth a month: 0.05. */
  readonly revenueGrowth: number
  readonly apiCost: number
  readonly apiGrowth: number
  readonly otherCost: number
  readonly feeShare: number
  /** A rise of the API's cost from `shockMonth` on; month 1 is the first. */
  readonly shock: number
  readonly shockMonth: number
  /** What the API costs from then on instead, before it grows: of what was free no rise can tell it. */
  readonly apiCostAfter?: number
  readonly monthsMax: number
}

export interface Runway {
  /** Months until the cash is gone, the last one in part; null: it outlasts the horizon. */
  readonly months: number | null
  readonly endCash: number
}

/** How long the money lasts. Amounts are of one currency; a forecast, so binary numbers will do. */
export function runwayOf(terms: RunwayTerms): Runway {
  let { cash, revenue } = terms
  for (let month = 1; month <= terms.monthsMax; month += 1) {
    const burn = terms.otherCost + apiCostIn(month, terms) - revenue * (1 - terms.feeShare)
    if (burn > cash) return { months: month - 1 + cash / burn, endCash: 0 }
    cash -= burn
    revenue *= 1 + terms.revenueGrowth
  }
  return { months: null, endCash: cash }
}

/** Grown, and struck from its month on. */
export function apiCostIn(
  month: number,
  { apiCost, apiGrowth, shock, shockMonth, apiCostAfter = apiCost * (1 + shock) }: RunwayTerms,
): number {
  return (month >= shockMonth ? apiCostAfter : apiCost) * (1 + apiGrowth) ** (month - 1)
}
