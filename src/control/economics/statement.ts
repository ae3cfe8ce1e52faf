import { Fraction } from '../../core/fraction.ts'
import type { Decimal } from '../../core/money.ts'
import { apportion } from './apportion.ts'

/**
 * The profit and loss of groups of one period, in whole picodollars: what each brought, what its models
 * cost, and its part of what all share. The parts of the shared cost add up to it exactly.
 */

export interface GroupFigures {
  /** Null: nobody was named. */
  readonly id: string | null
  /** What was paid, as far as it could be converted. */
  readonly revenue: bigint
  /** The same without refunds: the fees of what came in do not come back with them. */
  readonly received: bigint
  /** Payments that could not be converted and are in no sum. */
  readonly revenueUnknown: number
  /** Payments, refunds left out: each costs its fee. */
  readonly payments: number
  readonly modelCost: bigint
  readonly calls: number
  readonly attempts: number
  /** Attempts whose cost is not known, and not in `modelCost`. */
  readonly costUnknown: number
  readonly estimated: number
}

export interface StatementTerms {
  /** Null: not entered. What is not entered is not subtracted, and the result says so. */
  readonly paymentShare: Decimal | null
  readonly paymentFixed: bigint | null
  /** All that is shared, in one sum. */
  readonly shared: bigint
}

export interface StatementRow extends GroupFigures {
  /** Null: neither a share nor a fixed fee was entered. */
  readonly fees: bigint | null
  readonly shared: bigint
  /** Null where a payment could not be converted. */
  readonly contribution: bigint | null
  /** Of revenue; null without any. */
  readonly margin: number | null
  readonly upstreamCents: number | null
}

export interface Statement {
  /** Losers first; those whose result is not known stand at the end. */
  readonly rows: readonly StatementRow[]
  /** Its contribution, margin and upstream cents are of the groups whose payments are all known; null without one. */
  readonly total: StatementRow
}

export function statementOf(groups: readonly GroupFigures[], terms: StatementTerms): Statement {
  const shared = sharedParts(groups, terms.shared)
  const rows = groups.map((group, at) => rowOf(group, feesOf(group, terms), shared[at]!))
  const sum = (of: (row: StatementRow) => bigint): bigint =>
    rows.reduce((all, row) => all + of(row), 0n)
  const count = (of: (row: StatementRow) => number): number =>
    rows.reduce((all, row) => all + of(row), 0)
  const fees = feesEntered(terms) ? sum((row) => row.fees ?? 0n) : null
  const whole: GroupFigures = {
    id: null,
    revenue: sum((row) => row.revenue),
    received: sum((row) => row.received),
    revenueUnknown: count((row) => row.revenueUnknown),
    payments: count((row) => row.payments),
    modelCost: sum((row) => row.modelCost),
    calls: count((row) => row.calls),
    attempts: count((row) => row.attempts),
    costUnknown: count((row) => row.costUnknown),
    estimated: count((row) => row.estimated),
  }
  const total = rowOf(whole, fees, terms.shared)
  // Nobody is there to bear what is shared, and it is spent all the same.
  if (rows.length === 0) return { rows, total }
  // One payment in a currency without a rate makes its customer unknown, not the whole.
  const known = rows.filter((row) => row.contribution !== null)
  if (known.length === 0) return { rows, total }
  const contribution = known.reduce((all, row) => all + row.contribution!, 0n)
  const revenue = known.reduce((all, row) => all + row.revenue, 0n)
  const cost = known.reduce((all, row) => all + row.modelCost, 0n)
  const per = (amount: bigint): number | null =>
    revenue <= 0n ? null : new Fraction(amount, revenue).toNumber()
  const upstream = per(cost)
  return {
    rows: rows.toSorted(losersFirst),
    total: {
      ...total,
      contribution,
      margin: per(contribution),
      upstreamCents: upstream === null ? null : 100 * upstream,
    },
  }
}

function feesEntered({ paymentShare, paymentFixed }: StatementTerms): boolean {
  return paymentShare !== null || paymentFixed !== null
}

/** Of what came in: a refund gives no fee back. */
function feesOf(group: GroupFigures, terms: StatementTerms): bigint | null {
  if (!feesEntered(terms)) return null
  const { paymentShare, paymentFixed } = terms
  const ofShare =
    paymentShare === null || group.received <= 0n
      ? 0n
      : Fraction.of(group.received).times(Fraction.of(paymentShare)).round()
  return ofShare + (paymentFixed ?? 0n) * BigInt(group.payments)
}

/** By model cost; where nobody cost anything, to each the same. */
function sharedParts(groups: readonly GroupFigures[], shared: bigint): readonly bigint[] {
  if (groups.length === 0 || shared === 0n) return groups.map(() => 0n)
  const weighed = groups.some(({ modelCost }) => modelCost > 0n)
  const width = String(groups.length).length
  const name = (at: number): string => String(at).padStart(width, '0')
  const weights = new Map(
    groups.map(({ modelCost }, at) => [name(at), weighed ? (modelCost > 0n ? modelCost : 0n) : 1n]),
  )
  const parts = apportion(shared, weights)
  return groups.map((_, at) => parts.get(name(at))!)
}

function rowOf(group: GroupFigures, fees: bigint | null, shared: bigint): StatementRow {
  const { revenue, modelCost, revenueUnknown } = group
  const contribution = revenue - modelCost - (fees ?? 0n) - shared
  const per = (amount: bigint): number | null =>
    revenue <= 0n || revenueUnknown > 0 ? null : new Fraction(amount, revenue).toNumber()
  const upstream = per(modelCost)
  return {
    ...group,
    fees,
    shared,
    contribution: revenueUnknown > 0 ? null : contribution,
    margin: per(contribution),
    upstreamCents: upstream === null ? null : 100 * upstream,
  }
}

function losersFirst(left: StatementRow, right: StatementRow): number {
  if (left.contribution === null || right.contribution === null)
    return Number(left.contribution === null) - Number(right.contribution === null)
  if (left.contribution !== right.contribution)
    return left.contribution < right.contribution ? -1 : 1
  return (left.id ?? '') < (right.id ?? '') ? -1 : 1
}

/** The running sum of contributions, the best first. How far it rises above its end is what losers eat. */
export function whaleOf(rows: readonly StatementRow[]): readonly bigint[] {
  let sum = 0n
  return rows
    .flatMap(({ contribution }) => (contribution === null ? [] : [contribution]))
    .toSorted((left, right) => (left === right ? 0 : left > right ? -1 : 1))
    .map((contribution) => (sum += contribution))
}
