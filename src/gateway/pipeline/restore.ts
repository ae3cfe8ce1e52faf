import type { Instant } from '../../core/clock.ts'
import { spanOf } from '../../core/zone.ts'
import type { LedgerReader } from '../../store/ports.ts'
import type { Budgets, ScopeKind } from '../limits/budgets.ts'
import type { Bounds, Period } from '../limits/limits.ts'
import type { ApiKey, Snapshot } from './snapshot.ts'

interface Window {
  readonly scope: ScopeKind
  /** Null: every value that was seen, for limits that stand on each. */
  readonly value: string | null
  readonly per: Period
}

/**
 * Gives the budgets what was spent in their windows before this process, or this configuration, began
 * to count. Windows that are counted already are left alone.
 */
export async function restoreBudgets(
  snapshot: Snapshot,
  keys: readonly ApiKey[],
  budgets: Budgets,
  ledger: Pick<LedgerReader, 'spent'>,
  timeZone: string,
  now: Instant,
): Promise<void> {
  const windows = windowsOf(snapshot, keys).filter(
    ({ scope, value, per }) => value === null || !budgets.knows({ kind: scope, value }, per),
  )
  if (windows.length === 0) return
  const asked = windows.map((window) => ({
    ...window,
    since: beginning(window.per, now, timeZone),
  }))
  const spent = await ledger.spent({ windows: asked })
  for (const { scope, value, since, cost } of spent) {
    for (const window of asked) {
      if (window.scope !== scope || window.since !== since) continue
      if (window.value !== null && window.value !== value) continue
      const kind = { kind: scope, value }
      if (!budgets.knows(kind, window.per)) budgets.restore(kind, window.per, cost, now)
    }
  }
}

function windowsOf(snapshot: Snapshot, keys: readonly ApiKey[]): readonly Window[] {
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
