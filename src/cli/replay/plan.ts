import { unpackedCalls } from '../../control/replay/calls.ts'
import { ReplayPlan, type Target } from '../../control/replay/plan.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type { ReplayCallsJson, ReplayModelsJson } from '../../server/contract/replay.ts'
import { type Context, UsageError } from '../command.ts'
import { goOn, Line } from './progress.ts'

type Get = <Answer>(path: string) => Promise<Answer>

export interface PlanAsked {
  readonly task: string | null
  readonly since: string
  readonly until: string | null
  readonly models: readonly string[]
  readonly picksMax: number
  readonly seed: number
}

/** @throws UsageError for a model whose provider nobody configured, where it is to be asked */
export async function targetsOf(
  get: Get,
  names: readonly string[],
  asksThem: boolean,
): Promise<readonly Target[]> {
  const query = new URLSearchParams(names.map((name): [string, string] => ['model', name]))
  const { models } = await get<ReplayModelsJson>(`/api/replay/models?${query}`)
  return models.map(({ id, live, model }) => {
    if (asksThem && !live)
      throw new UsageError(
        `${JSON.stringify(id)} begins with no live provider, so it cannot be asked: name its provider in freehold.yaml, or price it alone with --dry.`,
      )
    return { name: id, model: { prices: model?.prices ?? [] } }
  })
}

/** Reads every call of the span, with a line of how far it is. */
export async function plannedReplay(
  context: Context,
  get: Get,
  targets: readonly Target[],
  { task, since, until, picksMax, seed }: PlanAsked,
): Promise<ReplayPlan> {
  const query = new URLSearchParams({
    since,
    ...(until === null ? {} : { until }),
    ...(task === null ? {} : { task }),
  })
  const { total } = await get<CostsJson>(`/api/costs?by=task&${query}`)
  const plan = new ReplayPlan(targets, picksMax, seed)
  const line = new Line(context, 'Reading calls:', total.attempts)
  const read = (after: string): Promise<ReplayCallsJson> =>
    get(`/api/replay/calls?${query}${after}`)
  let coming: Promise<ReplayCallsJson> | null = read('')
  while (coming !== null) {
    const page: ReplayCallsJson = await coming
    goOn(context, 'Nothing was asked.')
    // The gateway reads the next page while this one is priced.
    coming = page.next === null ? null : read(`&after=${page.next}`)
    // Its failure is told when it is its turn.
    coming?.catch(() => {})
    for (const call of unpackedCalls(page)) plan.add(call)
    line.add(page.looked)
  }
  line.end()
  return plan
}
