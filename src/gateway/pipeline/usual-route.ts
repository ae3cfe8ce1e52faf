import type { Operation } from '../../core/call.ts'
import { type Lack, lackOf } from '../../routing/capable.ts'
import { Demand } from '../../routing/demand.ts'
import { reasonAt } from '../../routing/fixed.ts'
import type { Candidate } from '../../routing/policy.ts'
import type { Baseline } from './baseline.ts'
import type { Course } from './course.ts'
import { deadlineUs } from './deadline.ts'
import type { Parts } from './parts.ts'
import type { LiveProvider, Snapshot, Task } from './snapshot.ts'
import { liveOf } from './steer.ts'
import type { Trip } from './trip.ts'

/** Whom to ask, in which order, and why. */
export interface Route {
  readonly task: Task | null
  readonly policy: string | null
  /** Null where an order of models is all there is to it. */
  readonly course: Course | null
  /** What would be done with the call without what is done to spend less; null where nothing is. */
  readonly baseline: Baseline | null
  readonly stops: readonly Stop[]
}

export interface Stop {
  readonly provider: LiveProvider
  readonly model: string
  readonly reason: string
  /** In which mode of service it is asked; absent: as everybody asks. */
  readonly mode?: string
}

/** What is asked in the order of the file, whatever the call is, as long as all can take it. */
interface Usual {
  readonly able: readonly Candidate[]
  readonly route: Route
}

/** Of each configuration what its tasks with a fixed order do for each operation. */
const usuals = new WeakMap<Snapshot, Map<Task, Partial<Record<Operation, Usual>>>>()

/**
 * The route of a task with a fixed order, put together once for all calls that ask nothing else of it: most do.
 * @returns null for a call that has to be looked at closer
 */
export function usualRoute(
  trip: Omit<Trip, 'overheadUs'>,
  task: Task,
  parts: Pick<Parts, 'tokenRatios' | 'experiments'>,
): Route | null {
  if (task.policy !== 'fixed' || !isFree(trip)) return null
  const { able, route } = usualOf(trip.snapshot, task, trip.call.operation)
  if (able.length === 0) return null
  const demand = new Demand(trip.call)
  for (const candidate of able) {
    if (lackFor(demand, candidate, trip, parts.tokenRatios) !== null) return null
  }
  return deadlineUs(trip) === null && liveOf(task, parts) === null ? route : null
}

/** The same for a model that the caller names. */
export function namedRoute(
  trip: Omit<Trip, 'overheadUs'>,
  { provider: id, model }: Candidate,
): Route | null {
  const provider = trip.snapshot.providers.get(id)
  if (provider === undefined || !offers(provider, trip.call.operation)) return null
  if (!isFree(trip) || deadlineUs(trip) !== null) return null
  const stops = [{ provider, model, reason: namedReason }]
  return { task: null, policy: null, course: null, baseline: null, stops }
}

export const namedReason = 'named by the caller'

/** Nothing holds the call to one provider, and nothing of it waited. */
function isFree({ pinnedTo, wantedAt, call }: Omit<Trip, 'overheadUs'>): boolean {
  return pinnedTo === null && wantedAt === null && call.heldBy === undefined
}

function usualOf(snapshot: Snapshot, task: Task, operation: Operation): Usual {
  let ofTasks = usuals.get(snapshot)
  if (ofTasks === undefined) usuals.set(snapshot, (ofTasks = new Map()))
  let ofOperations = ofTasks.get(task)
  if (ofOperations === undefined) ofTasks.set(task, (ofOperations = {}))
  return (ofOperations[operation] ??= usualIn(snapshot, task, operation))
}

function usualIn({ providers }: Snapshot, task: Task, operation: Operation): Usual {
  const able = task.candidates.filter(({ provider }) => offers(providers.get(provider), operation))
  const stops = able.map(({ provider, model }, index) => ({
    provider: providers.get(provider)!,
    model,
    reason: reasonAt(index),
  }))
  return { able, route: { task, policy: task.policy, course: null, baseline: null, stops } }
}

export function offers(provider: LiveProvider | undefined, operation: Operation): boolean {
  return provider?.facts.doors[operation] !== undefined
}

/** What the catalog says that a model lacks for a call. */
export function lackFor(
  demand: Demand,
  { provider, model }: Candidate,
  { snapshot, at }: Pick<Trip, 'snapshot' | 'at'>,
  ratios: Parts['tokenRatios'],
): Lack | null {
  const found = snapshot.catalog.find(provider, model, at)
  return found && lackOf(demand, found.model, ratios.of(provider, model))
}
