import { type Money, nothing } from '../../core/money.ts'
import { counterName, type Hold, type ScopedBudget } from '../limits/budgets.ts'
import type { Attempt } from './attempt.ts'
import type { Parts } from './parts.ts'
import { limitsOf, limitsOfProvider } from './scopes.ts'
import type { Trip } from './trip.ts'

/**
 * Counts what an attempt cost in budgets that were put on while its call was under way: the call holds nothing
 * of them, and what the ledger said of them was said before the attempt's row was there.
 */
export function chargeLaterBudgets(
  trip: Trip,
  attempt: Pick<Attempt, 'stop' | 'hold'>,
  cost: Money | null,
  { snapshot: inForce, keyring, budgets, clock }: Parts,
): void {
  const { hold, task } = trip
  // What nobody holds for is no caller's.
  if (hold === null || cost === null || cost <= nothing) return
  const snapshot = inForce()
  const key = keyring.asNow(trip.key)
  if (snapshot === trip.snapshot && key === trip.key) return
  const of = { key, snapshot, attribution: trip.attribution }
  const caller = limitsOf({ ...of, task: task && (snapshot.tasks.get(task.name) ?? null) })
  const provider = snapshot.providers.get(attempt.stop.provider.id)
  const all = [
    ...caller.budgets.filter((budget) => !holdsIn(hold, budget)),
    ...(provider ? limitsOfProvider(provider).budgets : []).filter(
      (budget) => !holdsIn(attempt.hold, budget),
    ),
  ]
  budgets.charge(all, cost, clock.now())
}

/** Whether what is held will be counted in that budget. */
export function holdsIn(hold: Hold | null, budget: ScopedBudget): boolean {
  const name = nameOf(budget)
  return hold?.counters.some(({ scoped }) => nameOf(scoped) === name) ?? false
}

function nameOf(scoped: ScopedBudget): string {
  return scoped.counter ?? counterName(scoped, scoped.budget.per)
}
