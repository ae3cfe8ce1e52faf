import type { Parts } from './parts.ts'
import { modelName } from './place-name.ts'
import { isBusy, isOutlier, type Place, restMs } from './resting.ts'
import type { Task } from './snapshot.ts'

/**
 * The ones that have to rest are not asked; when all have to, one is asked alone: whoever soon has a turn
 * again rather than one that fails, else the one that rests least.
 * At most half are left out for failing: the others of them stand behind the healthy ones, so that a
 * bad hour of several leaves more than one to turn to.
 */
export function inOrder<Stop extends Place>(
  stops: readonly Stop[],
  task: Pick<Task, 'policy' | 'sticky'> | null,
  { health, latencies }: Pick<Parts, 'health' | 'latencies'>,
): readonly Stop[] {
  if (stops.length === 1) return stops
  const plan = health.isClear ? stops : withoutResting(stops, health)
  // Only where shares are drawn is an order nobody's wish.
  if (task?.policy !== 'weighted' || task.sticky !== null || plan.length === 1) return plan
  return slowLast(plan, latencies)
}

function slowLast<Stop extends Place>(
  plan: readonly Stop[],
  latencies: Parts['latencies'],
): readonly Stop[] {
  const isSlow = ({ provider, model }: Stop): boolean =>
    latencies.isSlow(modelName(provider, model))
  if (!plan.some(isSlow)) return plan
  return [...plan.filter((stop) => !isSlow(stop)), ...plan.filter(isSlow)]
}

function withoutResting<Stop extends Place>(
  stops: readonly Stop[],
  health: Parts['health'],
): readonly Stop[] {
  const byRest = stops
    .map((stop) => ({ stop, ms: restMs(stop, health) }))
    .toSorted((one, other) => one.ms - other.ms)
  const healthy = stops.filter((stop) => restMs(stop, health) === 0)
  if (healthy.length === 0) {
    const busy = byRest.filter(({ stop }) => isBusy(stop, health))
    return [...busy, ...byRest].slice(0, 1).map(({ stop }) => stop)
  }
  const leftOutMax = Math.floor(stops.length / 2)
  const missing = stops.length - leftOutMax - healthy.length
  if (missing <= 0) return healthy
  const outliers = byRest.filter(({ stop }) => isOutlier(stop, health)).slice(0, missing)
  return [...healthy, ...outliers.map(({ stop }) => stop)]
}
