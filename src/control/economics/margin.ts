import { Fraction } from '../../core/fraction.ts'

/**
 * What each customer leaves after the models, the payment's fees and the shared cost. All amounts are
 * of one currency and one period.
 */

export interface MarginTerms {
  /** Share of revenue that the payment costs: 0.029. */
  readonly feeShare: Fraction
  /** What each customer with revenue costs besides: 0.30. */
  readonly feeFixed: Fraction
  /** Servers, people, checks: spread over the customers by their model cost. */
  readonly shared: Fraction
}

export interface CustomerMoney {
  readonly id: string
  readonly revenue: Fraction
  readonly modelCost: Fraction
}

export interface CustomerMargin extends CustomerMoney {
  readonly fees: Fraction
  readonly shared: Fraction
  readonly contribution: Fraction
  /** Contribution per revenue; null without revenue. */
  readonly margin: Fraction | null
  /** Cents of each revenue dollar that go to the vendors of models; null without revenue. */
  readonly upstreamCents: Fraction | null
}

export interface Margins {
  readonly customers: readonly CustomerMargin[]
  /** Those who cost more than they bring, the worst last as they came: in the order of the customers. */
  readonly unprofitable: readonly string[]
  readonly total: Omit<CustomerMargin, 'id'>
}

const hundred = Fraction.of(100)

/** Contribution, margin and upstream cents of each customer and of all together. */
export function marginsOf(customers: readonly CustomerMoney[], terms: MarginTerms): Margins {
  const allCost = Fraction.sum(customers.map(({ modelCost }) => modelCost))
  const margins = customers.map((customer): CustomerMargin => {
    const { revenue, modelCost } = customer
    const fees = revenue.isZero ? Fraction.zero : revenue.times(terms.feeShare).plus(terms.feeFixed)
    const shared = allCost.isZero
      ? terms.shared.over(Fraction.of(Math.max(1, customers.length)))
      : terms.shared.times(modelCost).over(allCost)
    return { ...customer, fees, shared, ...resultOf(revenue, modelCost, fees, shared) }
  })
  const sum = (of: (each: CustomerMargin) => Fraction): Fraction => Fraction.sum(margins.map(of))
  const revenue = sum((each) => each.revenue)
  const fees = sum((each) => each.fees)
  const shared = sum((each) => each.shared)
  return {
    customers: margins,
    unprofitable: margins.filter(({ contribution }) => contribution.isNegative).map(({ id }) => id),
    total: {
      revenue,
      modelCost: allCost,
      fees,
      shared,
      ...resultOf(revenue, allCost, fees, shared),
    },
  }
}

function resultOf(revenue: Fraction, modelCost: Fraction, fees: Fraction, shared: Fraction) {
  const contribution = revenue.minus(modelCost).minus(fees).minus(shared)
  const per = (amount: Fraction): Fraction | null => (revenue.isZero ? null : amount.over(revenue))
  return {
    contribution,
    margin: per(contribution),
    upstreamCents: per(modelCost)?.times(hundred) ?? null,
  }
}

/**
 * The whale curve: the running sum of contributions, the best customer first. It ends at the total; how
 * far it rises above it is what the unprofitable ones eat.
 */
export function whaleCurve(customers: readonly CustomerMargin[]): readonly Fraction[] {
  const sorted = customers
    .map(({ contribution }) => contribution)
    .toSorted((left, right) => right.compare(left))
  let total = Fraction.zero
  return sorted.map((contribution) => (total = total.plus(contribution)))
}

export interface GrowthTerms {
  /** Revenue of a paying user in the period. */
  readonly arpuPaying: Fraction
  /** Share of users who pay. */
  readonly conversion: Fraction
  readonly feeShare: Fraction
  /** Model cost of a user, paying or not. */
  readonly costPerUser: Fraction
  /** What is due with no user at all. */
  readonly fixed: Fraction
}

export interface Growth {
  /** What one more user brings; negative: more users mean more loss. */
  readonly unit: Fraction
  readonly moreUsersMoreLoss: boolean
  /** The share of paying users at which a user costs what he brings; null when nobody pays anything. */
  readonly breakEvenConversion: Fraction | null
  /** From so many users on the fixed cost is earned; null: never. */
  readonly breakEvenUsers: bigint | null
  readonly profitAt: (users: number) => Fraction
}

/** Whether growth earns or burns. */
export function growthOf(terms: GrowthTerms): Growth {
  const { arpuPaying, conversion, feeShare, costPerUser, fixed } = terms
  const kept = arpuPaying.times(Fraction.one.minus(feeShare))
  const unit = kept.times(conversion).minus(costPerUser)
  return {
    unit,
    moreUsersMoreLoss: unit.isNegative,
    breakEvenConversion: kept.isZero ? null : costPerUser.over(kept),
    breakEvenUsers: unit.compare(Fraction.zero) > 0 ? fixed.over(unit).ceil() : null,
    profitAt: (users) => unit.times(Fraction.of(users)).minus(fixed),
  }
}
