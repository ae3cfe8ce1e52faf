import { invalidRequest } from '../core/errors.ts'
import type { Snapshot, Task } from '../gateway/pipeline/snapshot.ts'
import type { Asked } from './asked.ts'
import type { SwapPlanJson, TaskJson, TaskModelJson, TasksJson } from './contract/tasks.ts'

/** GET /api/tasks and /api/swap: what stands behind each task, and what a swap would make of it. */

export function listTasks({ control }: Asked): TasksJson {
  const snapshot = control.snapshot()
  const now = control.clock.now()
  return { tasks: [...snapshot.tasks.values()].map((task) => taskJson(task, snapshot, now)) }
}

type Now = ReturnType<Asked['control']['clock']['now']>

function taskJson(task: Task, snapshot: Snapshot, now: Now): TaskJson {
  const { name, policy, candidates, cache, hedge, routing } = task
  const whole = candidates.reduce((sum, { weight }) => sum + weight, 0)
  const shareOf = (weight: number): number | null => (policy === 'weighted' ? weight / whole : null)
  return {
    name,
    policy,
    weights: task.weights ?? null,
    models: candidates.map(({ provider, model, weight }) =>
      modelJson(snapshot, { provider, model, share: shareOf(weight) }, now),
    ),
    sticky: task.sticky,
    timeouts: { ...task.timeouts },
    data: task.data,
    not_in: task.notIn,
    strict: task.strict,
    margin: task.margin ?? null,
    cache: cache && { ttl_ms: cache.ttlMs, scope: cache.scope },
    hedge: hedge && {
      after_ms: 'ms' in hedge.after ? hedge.after.ms : null,
      quantile: 'quantile' in hedge.after ? hedge.after.quantile : null,
      most: hedge.most,
    },
    resume: task.resume !== null,
    router: routing?.path ?? null,
    guarantee: routing?.guarantee ?? null,
  }
}

interface Behind {
  readonly provider: string
  readonly model: string
  readonly share: number | null
}

function modelJson(
  { providers, catalog }: Snapshot,
  { provider, model, share }: Behind,
  now: Now,
): TaskModelJson {
  const live = providers.get(provider)
  const found = catalog.find(provider, model, now)
  const segment = found?.segment ?? null
  return {
    model: `${provider}/${model}`,
    provider,
    share,
    open_weights: found?.model.openWeights ?? null,
    jurisdiction: live?.jurisdiction ?? null,
    data: live?.data ?? 'any',
    context: found?.model.context ?? null,
    price_input: segment?.price.input ?? null,
    price_output: segment?.price.output ?? null,
    currency: segment?.currency ?? null,
    shutdown: found?.model.shutdown ?? null,
  }
}

/**
 * What a swap would write. Nothing is changed, and whether the file would be taken with it is found out by the swap.
 * @throws invalid_request
 */
export function planSwap({ control, query }: Asked): SwapPlanJson {
  const [task, models] = [query.get('task'), query.getAll('model')]
  if (task === null || models.length === 0)
    throw invalidRequest("'task' and one 'model' or more have to be named.")
  try {
    return { task, ...control.planSwap(task, models) }
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}
