import type { CostRow } from '../../store/ports.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { noTally, type Tally, tallied } from '../analytics/environments.ts'
import { apportion } from './apportion.ts'
import type { CustomerPayments, Payments } from './payments.ts'
import type { GroupFigures } from './statement.ts'

export const groupings = ['customer', 'feature', 'cohort'] as const

export type GroupBy = (typeof groupings)[number]

/** Where a customer and a feature stand in the group of a row: behind span, env and role. */
const customerAt = 3
const featureAt = 4

/**
 * Cost of the ledger beside revenue, by customer, feature or cohort. Whoever is in one of the two is in
 * the result; sums over it are sums over both.
 * @param all  every payment up to the end of the month: cohorts begin with the first
 */
export function groupsOf(
  by: GroupBy,
  rows: readonly CostRow[],
  { byCustomer }: Payments,
  all: readonly RevenueRow[],
): readonly GroupFigures[] {
  if (by === 'feature') return byFeature(rows, byCustomer)
  const customers = customersOf(rows, byCustomer)
  return by === 'customer' ? customers : byCohort(customers, all)
}

function customersOf(
  rows: readonly CostRow[],
  paid: ReadonlyMap<string, CustomerPayments>,
): readonly GroupFigures[] {
  const tallies = new Map<string | null, Tally>([...paid.keys()].map((name) => [name, noTally]))
  for (const row of rows) {
    const name = row.group[customerAt] ?? null
    tallies.set(name, tallied(tallies.get(name) ?? noTally, row))
  }
  return [...tallies].map(([id, tally]) => {
    const payments = id === null ? undefined : paid.get(id)
    return figures(id, tally, {
      revenue: payments?.revenue ?? 0n,
      received: payments?.received ?? 0n,
      revenueUnknown: payments?.unknown ?? 0,
      payments: payments?.payments ?? 0,
    })
  })
}

function figures(
  id: string | null,
  { cost, ...counts }: Tally,
  paid: Pick<GroupFigures, 'revenue' | 'received' | 'revenueUnknown' | 'payments'>,
): GroupFigures {
  return { id, ...paid, modelCost: cost, ...counts }
}

function byCohort(
  customers: readonly GroupFigures[],
  all: readonly RevenueRow[],
): readonly GroupFigures[] {
  const said = new Map<string, { cohort: string | null; first: string }>()
  for (const { customer, cohort, from } of all) {
    const known = said.get(customer)
    said.set(customer, {
      cohort: cohort ?? known?.cohort ?? null,
      first: known === undefined || from < known.first ? from : known.first,
    })
  }
  const cohorts = new Map<string | null, GroupFigures>()
  for (const customer of customers) {
    const { cohort, first } = said.get(customer.id ?? '') ?? { cohort: null, first: null }
    const id = cohort ?? first?.slice(0, 7) ?? null
    const known = cohorts.get(id)
    cohorts.set(id, known === undefined ? { ...customer, id } : sumOf(known, customer))
  }
  return [...cohorts.values()]
}

function sumOf(left: GroupFigures, right: GroupFigures): GroupFigures {
  return {
    id: left.id,
    revenue: left.revenue + right.revenue,
    received: left.received + right.received,
    revenueUnknown: left.revenueUnknown + right.revenueUnknown,
    payments: left.payments + right.payments,
    modelCost: left.modelCost + right.modelCost,
    calls: left.calls + right.calls,
    attempts: left.attempts + right.attempts,
    costUnknown: left.costUnknown + right.costUnknown,
    estimated: left.estimated + right.estimated,
  }
}

/** What a customer paid goes to the features that it called, by its calls; the parts add up. */
function byFeature(
  rows: readonly CostRow[],
  paid: ReadonlyMap<string, CustomerPayments>,
): readonly GroupFigures[] {
  const features = new Map<string | null, GroupFigures>()
  const add = (id: string | null, more: GroupFigures): void => {
    const known = features.get(id)
    features.set(id, known === undefined ? { ...more, id } : sumOf(known, more))
  }
  const nobody = { revenue: 0n, received: 0n, revenueUnknown: 0, payments: 0 }
  const calls = new Map<string, Map<string | null, bigint>>()
  for (const row of rows) {
    const feature = row.group[featureAt] ?? null
    add(feature, figures(feature, tallied(noTally, row), nobody))
    const customer = row.group[customerAt] ?? null
    if (customer === null || row.calls === 0) continue
    const own = calls.get(customer) ?? new Map<string | null, bigint>()
    own.set(feature, (own.get(feature) ?? 0n) + BigInt(row.calls))
    calls.set(customer, own)
  }
  for (const [customer, { revenue, received, unknown, payments }] of paid) {
    const own = [...(calls.get(customer) ?? new Map<string | null, bigint>([[null, 1n]]))]
    const weights = new Map(own.map(([feature, count]) => [JSON.stringify(feature), count]))
    const size = revenue < 0n ? -revenue : revenue
    const parts = apportion(size, weights)
    const receivedParts = apportion(received, weights)
    const [[main] = [null]] = own.toSorted((left, right) => Number(right[1] - left[1]))
    for (const [feature] of own) {
      const part = parts.get(JSON.stringify(feature))!
      add(
        feature,
        figures(feature, noTally, {
          revenue: revenue < 0n ? -part : part,
          received: receivedParts.get(JSON.stringify(feature))!,
          revenueUnknown: unknown,
          // A payment is one, and its fee is due once.
          payments: feature === main ? payments : 0,
        }),
      )
    }
  }
  return [...features.values()]
}
