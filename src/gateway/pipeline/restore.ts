import type { Instant } from '../../core/clock.ts'
import { spanOf } from '../../core/zone.ts'
import type { LedgerReader } from '../../store/ports.ts'
import { type Budgets, counterName, type ScopeKind } from '../limits/budgets.ts'
import type { Bounds, Period } from '../limits/limits.ts'
import type { ApiKey, Snapshot } from './snapshot.ts'

interface Window {
  readonly scope: ScopeKind
  /** Null: every value that was seen, for limits that stand on each. */
  readonly value: string | null
  readonly per: Period
}

/** A configuration, and all keys beside it. */
export interface Budgeted {
  readonly snapshot: Snapshot
  readonly keys: readonly ApiKey[]
}

/**
 * Gives the budgets what was spent in their windows before they began to count.
 * @param inForce  whose windows have counted all along, and know more than the ledger does yet; null: nobody's.
 *   A counter of any other window may have stood still since it was put away.
 */
export async function restoreBudgets(
  next: Budgeted,
  inForce: Budgeted | null,
  budgets: Budgets,
  ledger: Pick<LedgerReader, 'spent'>,
  timeZone: string,
  now: Instant,
): Promise<void> {
  const wanted = windowsOf(next)
  if (wanted.length === 0) return
  const counted = countedIn(inForce)
  const asked = wanted
    .filter(({ scope, value, per }) =>
      value === null ? next.snapshot !== inForce?.snapshot : !counted(scope, value, per),
    )
    .map((window) => ({ ...window, since: beginning(window.per, now, timeZone) }))
  if (asked.length === 0) return
  const spent = await ledger.spent({ windows: asked })
  for (const { scope, value, since, cost } of spent) {
    for (const window of asked) {
      if (window.scope !== scope || window.since !== since) continue
      if (window.value !== null && window.value !== value) continue
      if (counted(scope, value, window.per)) continue
      budgets.restore({ kind: scope, value }, window.per, cost, now)
    }
  }
}

/** Whether what a name spends is counted by a configuration. */
function countedIn(inForce: Budgeted | null) {
  const names = new Set<string>()
  if (inForce !== null)
    for (const { scope, value, per } of windowsOf(inForce))
      if (value !== null) names.add(counterName({ kind: scope, value }, per))
  return (scope: ScopeKind, value: string, per: Period): boolean =>
    names.has(counterName({ kind: scope, value }, per)) ||
    (scope === 'customer' &&
      inForce?.snapshot.customers.has(value) === false &&
      inForce.snapshot.customerDefault?.budget?.per === per)
}

function windowsOf({ snapshot, keys }: Budgeted): readonly Window[] {
  const of = (scope: ScopeKind, value: string | null, bounds: Bounds | null): Window[] =>
    bounds?.budget ? [{ scope, value, per: bounds.budget.per }] : []
  return [
    ...keys.flatMap(({ id, bounds }) => of('key', id, bounds)),
    ...[...snapshot.customers].flatMap(([name, bounds]) => of('customer', name, bounds)),
    ...of('customer', null, snapshot.customerDefault),
    ...[...snapshot.features].flatMap(([name, bounds]) => of('feature', name, bounds)),
    ...[...snapshot.tasks.values()].flatMap(({ name, bounds }) => of('task', name, bounds)),
    ...[...snapshot.providers.values()].flatMap(({ id, bounds }) => of('provider', id, bounds)),
  ]
}

function beginning(per: Period, now: Instant, timeZone: string): Instant {
  return per === 'total' ? (0 as Instant) : spanOf(per, now, timeZone).start
}
