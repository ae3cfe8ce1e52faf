import { instant, type Instant, isoText } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { spanOf } from '../../core/zone.ts'
import type { CostRow } from '../../store/ports.ts'
import {
  type EnvironmentChoice,
  isChosen,
  isShared,
  noTally,
  type Tally,
  tallied,
} from '../analytics/environments.ts'
import { type GroupBy, groupsOf } from './groups.ts'
import { idleCost } from './idle-cost.ts'
import {
  atPace,
  growthJson,
  percent,
  rounded,
  runwayJson,
  text,
  upstreamOf,
  whalePoints,
} from './margin-facts.ts'
import type { MarginQuery, MarginReport, MarginRow, MarginSources } from './margin-types.ts'
import { type Payments, paymentsIn } from './payments.ts'
import { monthBefore, monthDays } from './revenue.ts'
import { type EconomicsTerms, sharedOf } from './shared-cost.ts'
import { statementOf, type StatementRow, whaleOf } from './statement.ts'

const hourUs = 3_600_000_000

const namesMax = 20

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

  const idle = await idleCost(sources, { since: span.start, until })
  const shared = sharedOf(
    query.otherCost === null ? terms : { ...terms, other: query.otherCost },
    Fraction.one,
    checks.cost,
    idle,
  )
  // Of the month that runs these are of its part, as the models' cost is; the others are of all of it.
  const soFar = checks.cost + (idle ?? 0n)
  const sharedSum = shared.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n)
  const groups = groupsOf(query.by, served, payments, rows)
  const statement = statementOf(groups, { ...terms, shared: sharedSum })
  // What is known is told by customers: a feature of which one caller is not known is not known itself.
  const total =
    query.by === 'customer' || statement.total.revenueUnknown === 0
      ? statement.total
      : ofKnown(
          statement.total,
          statementOf(groupsOf('customer', served, payments, rows), {
            ...terms,
            shared: sharedSum,
          }).total,
        )
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
    pace: elapsed >= 1 ? null : paceOf(total, elapsed, soFar),
    upstream: upstreamOf(byCustomer, payments, elapsed),
    whale: whalePoints(whaleOf(statement.rows)),
    growth: growthJson(byCustomer, payments, sharedSum, terms, elapsed),
    runway: runwayJson(total, { elapsed, soFar }, query, terms),
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

function ofKnown(total: StatementRow, byCustomer: StatementRow): StatementRow {
  const { contribution, margin, upstreamCents } = byCustomer
  return { ...total, contribution, margin, upstreamCents }
}

function isoMonth(at: Instant, timezone: string): string {
  const { start } = spanOf('month', at, timezone)
  // Past noon of the first day it is the same month in every zone.
  return isoText((start + 36 * hourUs) as Instant).slice(0, 7)
}

function tallyBy(rows: readonly CostRow[], at: number): ReadonlyMap<string | null, Tally> {
  const tallies = new Map<string | null, Tally>()
  for (const row of rows) {
    const name = row.group[at] ?? null
    tallies.set(name, tallied(tallies.get(name) ?? noTally, row))
  }
  return tallies
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

function paceOf(total: StatementRow, elapsed: number, soFar: bigint): MarginReport['pace'] {
  const cost = atPace(total.modelCost, elapsed)
  const rest = cost - total.modelCost + atPace(soFar, elapsed) - soFar
  const contribution = total.contribution === null ? null : total.contribution - rest
  return {
    model_cost_usd: text(cost),
    contribution_usd: contribution === null ? null : text(contribution),
    margin:
      contribution === null || total.revenue <= 0n
        ? null
        : rounded(new Fraction(contribution, total.revenue).toNumber(), 6),
  }
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
