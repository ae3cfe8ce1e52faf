import { Fraction } from '../../core/fraction.ts'
import { type Money, usdText } from '../../core/money.ts'
import type { Tally } from '../analytics/environments.ts'
import { ratioEstimate } from './estimates.ts'
import { growthOf } from './margin.ts'
import type { MarginQuery, MarginReport } from './margin-types.ts'
import type { Payments } from './payments.ts'
import { runwayPlan } from './runway.ts'
import type { EconomicsTerms } from './shared-cost.ts'
import type { StatementRow } from './statement.ts'

const pointsMax = 200
const horizon = 60

/** What a month comes to at the pace of its part that is over. */
export function atPace(amount: bigint, elapsed: number): bigint {
  const parts = BigInt(Math.max(1, Math.round(elapsed * 1_000_000)))
  return new Fraction(amount * 1_000_000n, parts).round()
}

/**
 * The customers as a sample of customers to come: those who paid, with what they cost. Who paid did so for the whole
 * month, so the cost of a month that runs is taken at its pace.
 */
export function upstreamOf(
  byCustomer: ReadonlyMap<string | null, Tally>,
  { byCustomer: paid }: Payments,
  elapsed: number,
): MarginReport['upstream'] {
  const paying = [...paid].filter(([, { revenue, unknown }]) => revenue > 0n && unknown === 0)
  const costs = paying.map(([name]) => dollars(atPace(byCustomer.get(name)?.cost ?? 0n, elapsed)))
  const estimate = ratioEstimate(
    costs,
    paying.map(([, { revenue }]) => dollars(revenue)),
    1.96,
  )
  if (estimate === null) return null
  return {
    cents: rounded(100 * estimate.value, 4)!,
    low: rounded(100 * Math.max(0, estimate.low), 4)!,
    high: rounded(100 * estimate.high, 4)!,
    customers: paying.length,
    method: `model cost${elapsed < 1 ? ' at the pace of the month so far' : ''} per revenue of those who paid, 95 % by linearisation, as if they were a sample of customers to come`,
  }
}

function dollars(amount: bigint): number {
  return Number(amount) / 1e12
}

export function whalePoints(curve: readonly bigint[]): MarginReport['whale'] {
  const step = Math.max(1, Math.ceil(curve.length / pointsMax))
  return curve.flatMap((sum, at) =>
    (at + 1) % step === 0 || at === curve.length - 1 ? [{ groups: at + 1, usd: text(sum) }] : [],
  )
}

export function growthJson(
  byCustomer: ReadonlyMap<string | null, Tally>,
  { byCustomer: paid }: Payments,
  shared: bigint,
  terms: EconomicsTerms,
  elapsed: number,
): MarginReport['growth'] {
  const names = new Set([...byCustomer.keys()].filter((name) => name !== null))
  for (const name of paid.keys()) names.add(name)
  const payers = [...paid.values()].filter(({ revenue }) => revenue > 0n)
  if (names.size === 0 || payers.length === 0) return null
  const users = names.size
  const revenue = payers.reduce((sum, each) => sum + each.revenue, 0n)
  const soFar = [...names].reduce((sum, name) => sum + (byCustomer.get(name)?.cost ?? 0n), 0n)
  const cost = atPace(soFar, elapsed)
  const usd = (amount: bigint): Fraction => new Fraction(amount, 1_000_000_000_000n)
  const arpu = usd(revenue).over(Fraction.of(payers.length))
  const costPerUser = usd(cost).over(Fraction.of(users))
  const conversion = new Fraction(BigInt(payers.length), BigInt(users))
  const growth = growthOf({
    arpuPaying: arpu,
    conversion,
    feeShare: terms.paymentShare === null ? Fraction.zero : Fraction.of(terms.paymentShare),
    costPerUser,
    fixed: usd(shared),
  })
  return {
    users,
    paying: payers.length,
    conversion: conversion.toNumber(),
    arpu_usd: arpu.text(12),
    cost_per_user_usd: costPerUser.text(12),
    unit_usd: growth.unit.text(12),
    more_users_more_loss: growth.moreUsersMoreLoss,
    break_even_conversion: growth.breakEvenConversion?.toNumber() ?? null,
    break_even_users: growth.breakEvenUsers?.toString() ?? null,
  }
}

/** What whoever collects the payments keeps of them, with what it takes of each. */
export function feeShareOf({ fees, revenue }: StatementRow): number {
  return fees === null || revenue <= 0n ? 0 : Number(fees) / Number(revenue)
}

/** @param soFar  checks and idle cards, of the part of the month that is over */
export function runwayJson(
  total: StatementRow,
  { elapsed, soFar }: { readonly elapsed: number; readonly soFar: bigint },
  query: MarginQuery,
  terms: EconomicsTerms,
): MarginReport['runway'] {
  const cash = query.cash ?? terms.cash
  if (cash === null) return null
  const revenueGrowth = query.revenueGrowth ?? terms.revenueGrowth ?? 0
  const costGrowth = query.costGrowth ?? terms.costGrowth ?? revenueGrowth
  const other = query.otherCost === null ? terms.other : query.otherCost
  const plan = runwayPlan({
    cash: dollars(cash),
    revenue: dollars(total.revenue),
    revenueGrowth,
    apiCost: dollars(total.modelCost) / Math.max(elapsed, 1e-6),
    apiGrowth: costGrowth,
    otherCost:
      dollars((terms.servers ?? 0n) + (terms.people ?? 0n) + (other ?? 0n)) +
      dollars(soFar) / Math.max(elapsed, 1e-6),
    feeShare: feeShareOf(total),
    shock: 0,
    shockMonth: 1,
    monthsMax: horizon,
  })
  return {
    months: plan.months,
    by_month: plan.byMonth,
    cash_usd: text(cash),
    revenue_growth: revenueGrowth,
    cost_growth: costGrowth,
    assumes: `${elapsed < 1 ? 'models at the pace of this month so far, ' : ''}the costs that are entered${soFar > 0n ? ', checks and idle cards as in this month' : ''}, growth of ${percent(revenueGrowth)} in revenue and ${percent(costGrowth)} in model cost a month`,
  }
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`
}

export function text(amount: bigint): string {
  return usdText(amount as Money)
}

export function rounded(value: number | null, places: number): number | null {
  return value === null ? null : Number(value.toFixed(places))
}
