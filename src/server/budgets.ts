import { usdAmount } from '../config/units.ts'
import { type Instant, isoText } from '../core/clock.ts'
import { type Money, nothing, usdText } from '../core/money.ts'
import { type Span, spanOf } from '../core/zone.ts'
import type { ApiKey, Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { KeyRow, SpentQuery } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import type { BudgetJson, BudgetsJson } from './contract/overview.ts'
import type { Control } from './control.ts'

/** /api/budgets: every budget of the file and of the store's keys, and what the ledger says was spent of it. */

const shownMax = 500

type BudgetLimit = NonNullable<ApiKey['bounds']['budget']>

interface Window {
  readonly scope: BudgetJson['scope']
  /** Null: each value there is. */
  readonly value: string | null
  readonly budget: BudgetLimit
  readonly span: Span | null
}

export async function listBudgets({ control }: Asked): Promise<BudgetsJson> {
  return { budgets: (await budgetsNow(control)).slice(0, shownMax) }
}

/** The fullest first. */
export async function budgetsNow(
  control: Pick<Control, 'store' | 'snapshot' | 'clock' | 'timezone'>,
): Promise<readonly BudgetJson[]> {
  const now = control.clock.now()
  const windows = windowsOf(control.snapshot(), await control.store.keys()).map(
    ({ budget, ...rest }): Window => ({
      ...rest,
      budget,
      span: budget.per === 'total' ? null : spanOf(budget.per, now, control.timezone),
    }),
  )
  if (windows.length === 0) return []
  const asked: SpentQuery['windows'] = windows.map(({ scope, value, span }) => ({
    scope,
    value,
    since: beginOf(span),
  }))
  const spent = await control.store.spent({ windows: asked })
  const named = new Set(windows.map(({ scope, value }) => `${scope} ${value}`))
  const rows = windows.flatMap((window) => {
    const { scope, value, span } = window
    const own = spent.filter(
      (each) =>
        each.scope === scope &&
        each.since === beginOf(span) &&
        // What stands on each value holds for those alone that have no budget of their own.
        (value === null ? !named.has(`${scope} ${each.value}`) : each.value === value),
    )
    if (own.length === 0) return value === null ? [] : [rowOf(window, value, nothing, 0)]
    return own.map((each) => rowOf(window, each.value, each.cost, each.costUnknown))
  })
  return rows.toSorted((left, right) => right.share - left.share)
}

function windowsOf(
  { keys, customers, customerDefault, features, tasks, providers }: Snapshot,
  stored: readonly KeyRow[],
): readonly Omit<Window, 'span'>[] {
  const of = (
    scope: Window['scope'],
    value: string | null,
    budget: BudgetLimit | null | undefined,
  ): Omit<Window, 'span'>[] => (budget ? [{ scope, value, budget }] : [])
  return [
    ...keys.flatMap(({ id, bounds }) => of('key', id, bounds.budget)),
    ...stored.flatMap((row) => (row.revokedAt === null ? of('key', row.id, budgetOf(row)) : [])),
    ...[...customers].flatMap(([name, bounds]) => of('customer', name, bounds.budget)),
    ...of('customer', null, customerDefault?.budget),
    ...[...features].flatMap(([name, bounds]) => of('feature', name, bounds.budget)),
    ...[...tasks.values()].flatMap(({ name, bounds }) => of('task', name, bounds.budget)),
    ...[...providers.values()].flatMap(({ id, bounds }) => of('provider', id, bounds.budget)),
  ]
}

function budgetOf({ budget }: KeyRow): BudgetLimit | null {
  const limit = budget === null ? null : usdAmount(budget.limit)
  return budget === null || limit === null ? null : { limit, per: budget.per }
}

function rowOf(
  { scope, budget, span }: Window,
  value: string,
  spent: Money,
  costUnknown: number,
): BudgetJson {
  return {
    scope,
    value,
    limit_usd: usdText(budget.limit),
    per: budget.per,
    since: isoText(beginOf(span)),
    until: span === null ? null : isoText(span.end),
    spent_usd: usdText(spent),
    cost_unknown: costUnknown,
    share: budget.limit === 0n ? 1 : Number((spent * 1_000_000n) / budget.limit) / 1_000_000,
  }
}

function beginOf(span: Span | null): Instant {
  return span?.start ?? (0 as Instant)
}
