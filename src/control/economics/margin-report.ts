import { instant, type Instant, isoText } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { type Money, usdText } from '../../core/money.ts'
import { spanOf } from '../../core/zone.ts'
import type { CostRow, LedgerReader, RevenueBook } from '../../store/ports.ts'
import {
  type EnvironmentChoice,
  isChosen,
  isShared,
  noTally,
  type Tally,
  tallied,
} from '../analytics/environments.ts'
import { ratioEstimate } from './estimates.ts'
import { growthOf } from './margin.ts'
import { groupsOf, type GroupBy } from './groups.ts'
import { type Payments, paymentsIn } from './payments.ts'
import { monthBefore, monthDays } from './revenue.ts'
import { type RunwayMonth, runwayPlan } from './runway.ts'
import { type EconomicsTerms, idleOf, type RentedMachine, sharedOf } from './shared-cost.ts'
import { statementOf, type StatementRow, whaleOf } from './statement.ts'

/** What is asked of `freehold margin` and GET /api/margin. */
export interface MarginQuery {
  /** '2026-11'; null: the month of now. */
  readonly month: string | null
  readonly by: GroupBy
  readonly env: EnvironmentChoice
  readonly losers: boolean
  /** Picodollars; they go before the file's. */
  readonly cash: bigint | null
  readonly otherCost: bigint | null
  readonly revenueGrowth: number | null
  readonly costGrowth: number | null
}

export interface MarginSources {
  readonly ledger: Pick<LedgerReader, 'spanSums'>
  readonly book: Pick<RevenueBook, 'revenue'>
  readonly terms: EconomicsTerms
  readonly machines: readonly RentedMachine[]
  readonly timezone: string
  readonly now: Instant
}

/** Amounts are decimal text in USD; what is not known or not entered is null. */
export interface MarginRow {
  readonly group: string | null
  readonly revenue_usd: string
  /** Payments in a currency without a known rate: they are in no sum. */
  readonly revenue_unknown: number
  readonly model_cost_usd: string
  readonly fees_usd: string | null
  readonly shared_usd: string
  readonly contribution_usd: string | null
  /** 'at most' while some attempts have no known cost. */
  readonly contribution_is: 'exact' | 'at most' | 'not known' | 'of those known'
  /** Of revenue, 0.42; null without revenue. */
  readonly margin: number | null
  readonly upstream_cents: number | null
  readonly calls: number
  readonly attempts: number
  readonly cost_unknown: number
  /** Share of the attempts whose cost is known; null without attempts. */
  readonly coverage: number | null
  readonly estimated: number
}

export interface MarginReport {
  readonly month: string
  readonly since: string
  readonly until: string
  readonly timezone: string
  /** Share of the month that is over. */
  readonly elapsed: number
  readonly by: GroupBy
  readonly env: string
  readonly rows: readonly MarginRow[]
  /** Rows that were left out, because only the losers were asked for. */
  readonly left_out: number
  readonly total: MarginRow
  /** What is apportioned over the groups by their model cost; the parts add up to it. */
  readonly shared: readonly {
    readonly name: string
    readonly usd: string | null
    readonly source: string
  }[]
  /** Settings that are not entered, and so in no figure. */
  readonly missing: readonly string[]
  /** At the pace of the month so far; null once it is over. */
  readonly pace: {
    readonly model_cost_usd: string
    readonly contribution_usd: string | null
    readonly margin: number | null
  } | null
  readonly upstream: {
    readonly cents: number
    readonly low: number
    readonly high: number
    readonly customers: number
    readonly method: string
  } | null
  /** Running sums, the best first. */
  readonly whale: readonly { readonly groups: number; readonly usd: string }[]
  readonly growth: {
    readonly users: number
    readonly paying: number
    readonly conversion: number
    readonly arpu_usd: string
    readonly cost_per_user_usd: string
    readonly unit_usd: string
    readonly more_users_more_loss: boolean
    readonly break_even_conversion: number | null
    readonly break_even_users: string | null
  } | null
  readonly runway: {
    /** Null: beyond the horizon of 60 months. */
    readonly months: number | null
    readonly by_month: readonly RunwayMonth[]
    readonly cash_usd: string
    readonly revenue_growth: number
    readonly cost_growth: number
    readonly assumes: string
  } | null
  readonly revenue: {
    readonly rows: number
    readonly refunds: number
    readonly refunds_usd: string
    readonly unconverted: Payments['unconverted']
    readonly converted: readonly string[]
    readonly sources: readonly string[]
    readonly newest: string | null
    /** Paid, and no call of theirs is on the ledger in this month. */
    readonly unknown_customers: { readonly count: number; readonly names: readonly string[] }
    /** Paid for the month before, made calls in this one, and no revenue is entered. */
    readonly gaps: { readonly count: number; readonly names: readonly string[] }
  }
  readonly other_environments: readonly {
    readonly env: string | null
    readonly calls: number
    readonly cost_usd: string
  }[]
  readonly cost: { readonly source: string; readonly confidence: string; readonly newest: string }
  readonly notes: readonly string[]
}

const hourUs = 3_600_000_000
const namesMax = 20
const pointsMax = 200
const horizon = 60

/** @throws RangeError for a month that has not begun */
export async function marginReport(
  sources: MarginSources,
  query: MarginQuery,
): Promise<MarginReport> {
  const { ledger, book, terms, timezone, now } = sources
  const month = query.month ?? isoMonth(now, timezone)
  const span = spanOf('month', instant(`${month}-15`), timezone)
  if (span.start > now) throw new RangeError(`${month} has not begun yet.`)
  const until = Math.min(span.end, now) as Instant
  const days = monthDays(month)
  const before = monthDays(monthBefore(month))
  const [sums, rows, rowsBefore] = await Promise.all([
    ledger.spanSums({
      spans: [{ label: month, since: span.start, until }],
      by:
        query.by === 'feature'
          ? ['env', 'role', 'customer', 'feature']
          : ['env', 'role', 'customer'],
      filters: {},
    }),
    book.revenue(query.by === 'cohort' ? { from: '0001-01-01', to: days.to } : days),
    book.revenue(before),
  ])
  const inMonth = rows.filter((row) => row.to >= days.from)
  const payments = paymentsIn(inMonth, days)
  const paidBefore = paymentsIn(rowsBefore, before)
  const chosen = sums.rows.filter(({ group }) => isChosen(group[1] ?? null, query.env))
  const served = chosen.filter(({ group }) => !isShared(group[2] ?? null))
  const checks = chosen.filter(({ group }) => isShared(group[2] ?? null)).reduce(tallied, noTally)

  const hours = (until - span.start) / hourUs
  const idle = await idleCost(sources, { since: span.start, until, hours })
  const shared = sharedOf(
    query.otherCost === null ? terms : { ...terms, other: query.otherCost },
    Fraction.one,
    checks.cost,
    idle,
  )
  const sharedSum = shared.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n)
  const groups = groupsOf(query.by, served, payments, rows)
  const statement = statementOf(groups, { ...terms, shared: sharedSum })
  const { total } = statement
  const elapsed = Math.min(1, (now - span.start) / (span.end - span.start))
  const asked = query.losers
    ? statement.rows.filter(({ contribution }) => contribution !== null && contribution < 0n)
    : statement.rows

  const byCustomer = tallyBy(served, 3)
  const missing = missingOf(terms, query)
  return {
    month,
    since: isoText(span.start),
    until: isoText(until),
    timezone,
    elapsed,
    by: query.by,
    env: query.env,
    rows: asked.map(rowJson),
    left_out: statement.rows.length - asked.length,
    total: rowJson(total),
    shared: shared.map(({ name, amount, source }) => ({
      name,
      usd: amount === null ? null : text(amount),
      source,
    })),
    missing,
    pace: elapsed >= 1 ? null : paceOf(total, elapsed),
    upstream: upstreamOf(byCustomer, payments),
    whale: whalePoints(whaleOf(statement.rows)),
    growth: growthJson(byCustomer, payments, sharedSum, terms),
    runway: runwayJson(total, elapsed, query, terms),
    revenue: revenueJson(payments, paidBefore, byCustomer),
    other_environments: othersOf(sums.rows, query.env),
    cost: {
      source: 'the ledger, each attempt at the price of its moment',
      confidence: 'the gateway’s own count; compare it with an invoice',
      newest: isoText(until),
    },
    notes: notesOf({ cut: sums.cut, payments, total, elapsed, missing, by: query.by }),
  }
}

function isoMonth(at: Instant, timezone: string): string {
  const { start } = spanOf('month', at, timezone)
  // Past noon of the first day it is the same month in every zone.
  return isoText((start + 36 * hourUs) as Instant).slice(0, 7)
}

async function idleCost(
  { ledger, machines }: MarginSources,
  { since, until, hours }: { since: Instant; until: Instant; hours: number },
): Promise<bigint | null> {
  if (machines.length === 0) return null
  const { rows } = await ledger.spanSums({
    spans: [{ label: 'all', since, until }],
    by: ['model'],
    filters: {},
  })
  const booked = new Map(rows.map(({ group, cost }) => [group[1] ?? '', cost as bigint]))
  return machines.reduce(
    (sum, machine) => sum + idleOf(machine, hours, booked.get(machine.model) ?? 0n),
    0n,
  )
}

function tallyBy(rows: readonly CostRow[], at: number): ReadonlyMap<string | null, Tally> {
  const tallies = new Map<string | null, Tally>()
  for (const row of rows) {
    const name = row.group[at] ?? null
    tallies.set(name, tallied(tallies.get(name) ?? noTally, row))
  }
  return tallies
}

function text(amount: bigint): string {
  return usdText(amount as Money)
}

function rounded(value: number | null, places: number): number | null {
  return value === null ? null : Number(value.toFixed(places))
}

function rowJson(row: StatementRow): MarginRow {
  const { attempts, costUnknown, contribution } = row
  return {
    group: row.id,
    revenue_usd: text(row.revenue),
    revenue_unknown: row.revenueUnknown,
    model_cost_usd: text(row.modelCost),
    fees_usd: row.fees === null ? null : text(row.fees),
    shared_usd: text(row.shared),
    contribution_usd: contribution === null ? null : text(contribution),
    contribution_is: certainty(row),
    margin: rounded(row.margin, 6),
    upstream_cents: rounded(row.upstreamCents, 4),
    calls: row.calls,
    attempts,
    cost_unknown: costUnknown,
    coverage: attempts === 0 ? null : rounded(1 - costUnknown / attempts, 6),
    estimated: row.estimated,
  }
}

function certainty(row: StatementRow): MarginRow['contribution_is'] {
  if (row.contribution === null) return 'not known'
  if (row.revenueUnknown > 0) return 'of those known'
  return row.costUnknown > 0 ? 'at most' : 'exact'
}

function missingOf(terms: EconomicsTerms, query: MarginQuery): readonly string[] {
  const fees = terms.paymentShare === null && terms.paymentFixed === null ? ['payment fees'] : []
  const monthly = (['servers', 'people', 'other'] as const).filter(
    (name) => terms[name] === null && !(name === 'other' && query.otherCost !== null),
  )
  return [...fees, ...monthly]
}

function paceOf(total: StatementRow, elapsed: number): MarginReport['pace'] {
  const cost = new Fraction(total.modelCost, 1n)
    .times(new Fraction(1_000_000n, BigInt(Math.max(1, Math.round(elapsed * 1_000_000)))))
    .round()
  const contribution =
    total.contribution === null ? null : total.contribution + total.modelCost - cost
  return {
    model_cost_usd: text(cost),
    contribution_usd: contribution === null ? null : text(contribution),
    margin:
      contribution === null || total.revenue <= 0n
        ? null
        : rounded(new Fraction(contribution, total.revenue).toNumber(), 6),
  }
}

/** The customers as a sample of customers to come: those who paid, with what they cost. */
function upstreamOf(
  byCustomer: ReadonlyMap<string | null, Tally>,
  { byCustomer: paid }: Payments,
): MarginReport['upstream'] {
  const paying = [...paid].filter(([, { revenue, unknown }]) => revenue > 0n && unknown === 0)
  const costs = paying.map(([name]) => dollars(byCustomer.get(name)?.cost ?? 0n))
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
    method:
      'model cost per revenue of those who paid, 95 % by linearisation, as if they were a sample of customers to come',
  }
}

function dollars(amount: bigint): number {
  return Number(amount) / 1e12
}

function whalePoints(curve: readonly bigint[]): MarginReport['whale'] {
  const step = Math.max(1, Math.ceil(curve.length / pointsMax))
  return curve.flatMap((sum, at) =>
    (at + 1) % step === 0 || at === curve.length - 1 ? [{ groups: at + 1, usd: text(sum) }] : [],
  )
}

function growthJson(
  byCustomer: ReadonlyMap<string | null, Tally>,
  { byCustomer: paid }: Payments,
  shared: bigint,
  terms: EconomicsTerms,
): MarginReport['growth'] {
  const names = new Set([...byCustomer.keys()].filter((name) => name !== null))
  for (const name of paid.keys()) names.add(name)
  const payers = [...paid.values()].filter(({ revenue }) => revenue > 0n)
  if (names.size === 0 || payers.length === 0) return null
  const users = names.size
  const revenue = payers.reduce((sum, each) => sum + each.revenue, 0n)
  const cost = [...names].reduce((sum, name) => sum + (byCustomer.get(name)?.cost ?? 0n), 0n)
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

function runwayJson(
  total: StatementRow,
  elapsed: number,
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
    otherCost: dollars((terms.servers ?? 0n) + (terms.people ?? 0n) + (other ?? 0n)),
    feeShare: terms.paymentShare === null ? 0 : Number(terms.paymentShare),
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
    assumes: `${elapsed < 1 ? 'models at the pace of this month so far, ' : ''}the costs that are entered, growth of ${percent(revenueGrowth)} in revenue and ${percent(costGrowth)} in model cost a month`,
  }
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`
}

function revenueJson(
  payments: Payments,
  before: Payments,
  byCustomer: ReadonlyMap<string | null, Tally>,
): MarginReport['revenue'] {
  const unknown = [...payments.byCustomer.keys()].filter((name) => !byCustomer.has(name))
  const gaps = [...before.byCustomer.keys()].filter(
    (name) => byCustomer.has(name) && !payments.byCustomer.has(name),
  )
  const named = (names: readonly string[]) => ({
    count: names.length,
    names: names.toSorted().slice(0, namesMax),
  })
  return {
    rows: payments.rows,
    refunds: payments.refunds.rows,
    refunds_usd: text(payments.refunds.usd),
    unconverted: payments.unconverted,
    converted: payments.converted,
    sources: payments.sources,
    newest: payments.newest === null ? null : isoText(payments.newest as Instant),
    unknown_customers: named(unknown),
    gaps: named(gaps),
  }
}

function othersOf(
  rows: readonly CostRow[],
  chosen: EnvironmentChoice,
): MarginReport['other_environments'] {
  const others = tallyBy(
    rows.filter(({ group }) => !isChosen(group[1] ?? null, chosen)),
    1,
  )
  return [...others].map(([env, { calls, cost }]) => ({ env, calls, cost_usd: text(cost) }))
}

interface Noted {
  readonly cut: boolean
  readonly payments: Payments
  readonly total: StatementRow
  readonly elapsed: number
  readonly missing: readonly string[]
  readonly by: GroupBy
}

/** What has to be known beside the figures. */
function notesOf({ cut, payments, total, elapsed, missing, by }: Noted): readonly string[] {
  return [
    total.calls === 0 ? 'The ledger has no calls in this month.' : null,
    payments.rows === 0
      ? 'No revenue is entered for this month: freehold margin import revenue.csv'
      : null,
    elapsed < 1
      ? `The month is ${percent(elapsed)} over: revenue and shared cost are of the whole month, the models’ cost is of its part.`
      : null,
    missing.length > 0
      ? `Not entered, and in no figure: ${missing.join(', ')}. They stand under economics in freehold.yaml.`
      : null,
    total.costUnknown > 0
      ? `${total.costUnknown} of ${total.attempts} attempts have no known cost: contributions are at most what stands here.`
      : null,
    total.estimated > 0
      ? `What ${total.estimated} of ${total.attempts} attempts used was estimated.`
      : null,
    by === 'feature'
      ? 'Nobody pays for a feature: the revenue of each customer is spread over the features by its calls.'
      : null,
    by === 'cohort'
      ? 'A customer without a cohort belongs to the month of the first payment that is known.'
      : null,
    cut ? 'There are more groups than one answer holds: the dearest are here.' : null,
    ...payments.unconverted.map(
      ({ currency, amount, rows, customers }) =>
        `${amount} ${currency} (${rows} payments of ${customers} customers) is in no sum, because no rate of ${currency} is known.`,
    ),
    payments.converted.length > 0
      ? `${payments.converted.join(', ')} was converted at the rate of the first day that a payment is for.`
      : null,
  ].filter((note) => note !== null)
}
