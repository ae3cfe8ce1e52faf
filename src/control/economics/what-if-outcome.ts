import { Fraction } from '../../core/fraction.ts'
import { type Money, usdText } from '../../core/money.ts'
import { feeShareOf } from './margin-facts.ts'
import type { Payments } from './payments.ts'
import { runwayPlan } from './runway.ts'
import { type EconomicsTerms, sharedOf } from './shared-cost.ts'
import { type GroupFigures, type Statement, statementOf } from './statement.ts'
import type { PricedCell } from './what-if.ts'
import type { Outcome } from './what-if-types.ts'

const horizon = 60

export interface Result {
  readonly bill: bigint
  readonly statement: Statement
}

export function resultOf(
  cells: readonly PricedCell[],
  costOf: (cell: PricedCell) => bigint | null,
  with_: {
    readonly payments: Payments
    readonly terms: EconomicsTerms
    readonly months: Fraction
    /** Rented cards while nobody used them; null where none is rented. */
    readonly idle: bigint | null
  },
): Result {
  const { payments, terms, months, idle } = with_
  const costs = new Map<
    string | null,
    { cost: bigint; calls: number; attempts: number; unknown: number }
  >()
  let [checks, bill] = [0n, 0n]
  for (const name of payments.byCustomer.keys())
    costs.set(name, { cost: 0n, calls: 0, attempts: 0, unknown: 0 })
  for (const priced of cells) {
    const cost = costOf(priced)
    bill += cost ?? 0n
    if (priced.isShared) {
      checks += cost ?? 0n
      continue
    }
    const known = costs.get(priced.customer) ?? { cost: 0n, calls: 0, attempts: 0, unknown: 0 }
    const { calls, attempts, costUnknown } = priced.cell
    costs.set(priced.customer, {
      cost: known.cost + (cost ?? 0n),
      calls: known.calls + calls,
      attempts: known.attempts + attempts,
      unknown: known.unknown + (cost === null ? attempts : costUnknown),
    })
  }
  const shared = sharedOf(terms, months, checks, idle).reduce(
    (sum, { amount }) => sum + (amount ?? 0n),
    0n,
  )
  const groups = [...costs].map(([id, { cost, calls, attempts, unknown }]): GroupFigures => {
    const paid = id === null ? undefined : payments.byCustomer.get(id)
    return {
      id,
      revenue: paid?.revenue ?? 0n,
      received: paid?.received ?? 0n,
      revenueUnknown: paid?.unknown ?? 0,
      payments: paid?.payments ?? 0,
      modelCost: cost,
      calls,
      attempts,
      costUnknown: unknown,
      estimated: 0,
    }
  })
  return { bill, statement: statementOf(groups, { ...terms, shared }) }
}

/** What a runway is reckoned from. */
export interface Means {
  readonly cash: bigint | null
  readonly terms: EconomicsTerms
  /** Of what was looked at. */
  readonly months: number
  readonly idle: bigint | null
  /** The bill until the change comes. */
  readonly billBefore: bigint
  /** From 1: the month of the runway from which the change holds. */
  readonly changeMonth: number
}

export function outcomeOf(
  { bill, statement: { rows, total } }: Result,
  { cash, terms, months, idle, billBefore, changeMonth }: Means,
): Outcome {
  const plan =
    cash === null || months <= 0
      ? null
      : runwayPlan({
          cash: dollars(cash),
          revenue: dollars(total.revenue) / months,
          revenueGrowth: terms.revenueGrowth ?? 0,
          apiCost: dollars(billBefore) / months,
          apiGrowth: terms.costGrowth ?? terms.revenueGrowth ?? 0,
          otherCost:
            dollars((terms.servers ?? 0n) + (terms.people ?? 0n) + (terms.other ?? 0n)) +
            dollars(idle ?? 0n) / months,
          feeShare: feeShareOf(total),
          shock: 0,
          apiCostAfter: dollars(bill) / months,
          shockMonth: changeMonth,
          monthsMax: horizon,
        })
  return {
    bill_usd: text(bill),
    contribution_usd: total.contribution === null ? null : text(total.contribution),
    margin: total.margin === null ? null : round(total.margin, 6),
    runway_months: plan === null ? null : (plan.months ?? 'beyond'),
    losers: rows.filter(({ contribution }) => contribution !== null && contribution < 0n).length,
  }
}

export function lossOf(before: Outcome, after: Outcome): number | null {
  return before.margin === null || after.margin === null
    ? null
    : round(before.margin - after.margin, 6)
}

export interface Turned {
  readonly customer: string | null
  readonly before: bigint
  readonly after: bigint
}

export function turnedNegative(before: Statement, after: Statement): readonly Turned[] {
  const was = new Map(before.rows.map(({ id, contribution }) => [id, contribution]))
  return after.rows.flatMap(({ id, contribution }) => {
    const then = was.get(id) ?? null
    if (contribution === null || then === null || then < 0n || contribution >= 0n) return []
    return [{ customer: id, before: then, after: contribution }]
  })
}

/** x* = ((1 - m) R - fees - shared - cost) / struck: the rise after which the target is all that is left. */
export function largestRise(
  { statement: { total } }: Result,
  struck: bigint,
  target: number,
): number | null {
  if (struck <= 0n || total.revenue <= 0n || total.contribution === null) return null
  const kept = Fraction.of(total.revenue).times(Fraction.of(target.toFixed(9)))
  const room = Fraction.of(total.contribution).minus(kept)
  return round(room.over(Fraction.of(struck)).toNumber(), 6)
}

export function text(amount: bigint): string {
  return usdText(amount as Money)
}

function dollars(amount: bigint): number {
  return Number(amount) / 1e12
}

export function round(value: number, places: number): number {
  return Number(value.toFixed(places))
}

export function shareOf(part: bigint, whole: bigint): number | null {
  return whole <= 0n ? null : round(new Fraction(part, whole).toNumber(), 6)
}
