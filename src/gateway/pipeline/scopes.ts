import { counterName, type ScopedBudget, type ScopeKind } from '../limits/budgets.ts'
import type { Bounds } from '../limits/limits.ts'
import { meterName, type ScopedRate } from '../limits/rates.ts'
import type { ApiKey, LiveProvider, Task } from './snapshot.ts'
import type { Trip } from './trip.ts'

/** The budgets and rates of whom and what a call is for, in the order in which they are asked. */
export interface Limits {
  readonly budgets: readonly ScopedBudget[]
  readonly rates: readonly ScopedRate[]
}

/** Of the key, customer, feature and task of a call. */
export function limitsOf({
  key,
  attribution,
  task,
  snapshot,
}: Pick<Trip, 'key' | 'attribution' | 'task' | 'snapshot'>): Limits {
  const { customer, feature } = attribution
  const spender =
    customer === null ? null : (snapshot.customers.get(customer) ?? snapshot.customerDefault)
  const featured = feature === null ? undefined : snapshot.features.get(feature)
  if (spender === null && featured === undefined) return ofKeyAndTask(key, task)
  const all = [ofOwner('key', key.id, key)]
  if (spender !== null) all.push(limitsAt('customer', customer!, spender))
  if (featured !== undefined) all.push(limitsAt('feature', feature!, featured))
  if (task !== null) all.push(ofOwner('task', task.name, task))
  return joined(all)
}

export function limitsOfProvider(provider: LiveProvider): Limits {
  return ofOwner('provider', provider.id, provider)
}

/** Keys, tasks and providers never change, so what stands on them is put together once for many calls. */
const ofOwners = new WeakMap<Owner, Limits>()
const ofPairs = new WeakMap<ApiKey, WeakMap<Task, Limits>>()

type Owner = ApiKey | Task | LiveProvider

function ofKeyAndTask(key: ApiKey, task: Task | null): Limits {
  if (task === null) return ofOwner('key', key.id, key)
  let ofTasks = ofPairs.get(key)
  if (ofTasks === undefined) ofPairs.set(key, (ofTasks = new WeakMap()))
  let limits = ofTasks.get(task)
  if (limits === undefined) {
    limits = joined([ofOwner('key', key.id, key), ofOwner('task', task.name, task)])
    ofTasks.set(task, limits)
  }
  return limits
}

function ofOwner(kind: ScopeKind, value: string, owner: Owner): Limits {
  let limits = ofOwners.get(owner)
  if (limits === undefined) ofOwners.set(owner, (limits = limitsAt(kind, value, owner.bounds)))
  return limits
}

function limitsAt(kind: ScopeKind, value: string, { budget, rate }: Bounds): Limits {
  return {
    budgets:
      budget === null
        ? []
        : [{ kind, value, budget, counter: counterName({ kind, value }, budget.per) }],
    rates: rate === null ? [] : [{ kind, value, rate, meter: meterName({ kind, value }) }],
  }
}

function joined(all: readonly Limits[]): Limits {
  return {
    budgets: all.flatMap(({ budgets }) => budgets),
    rates: all.flatMap(({ rates }) => rates),
  }
}
