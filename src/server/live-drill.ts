import { durationMs } from '../config/units.ts'
import { livePlan } from '../control/drill/live-plan.ts'
import { figuresOf } from '../control/drill/live-report.ts'
import type { Instant } from '../core/clock.ts'
import { isoText } from '../core/clock.ts'
import { invalidRequest } from '../core/errors.ts'
import { newCallId } from '../core/ids.ts'
import type { Drill } from '../gateway/experiments/drill.ts'
import type { Experiments } from '../gateway/experiments/experiments.ts'
import type { Asked } from './asked.ts'
import { evidenceOf } from './concentration.ts'
import type { LiveDrillJson, LiveDrillsJson, LivePlanJson } from './contract/drill.ts'
import type { Control } from './control.ts'
import { boundTasks, modelAt } from './drill.ts'

/** /api/economics/drills: leaving a provider with a share of the live calls. */

const dayUs = 86_400_000_000
const hourMs = 3_600_000

/** What is asked by the query of a plan, and by the body that begins one. */
interface Wish {
  readonly leave: unknown
  readonly share: unknown
  readonly for: unknown
  readonly tasks: unknown
}

/** @throws invalid_request */
export function planDrill({ control, query }: Asked): Promise<LivePlanJson> {
  const tasks = query.getAll('task')
  return planOf(control, {
    leave: query.get('leave'),
    share: Number(query.get('share') ?? Number.NaN),
    for: query.get('for'),
    tasks: tasks.length === 0 ? null : tasks,
  })
}

/** Begins one. @throws invalid_request, also while another one runs */
export async function startDrill({
  control,
  experiments,
  key,
  readBody,
}: Asked): Promise<LiveDrillJson> {
  const { value } = await readBody()
  const { leave, share, for: time, tasks = null } = value
  const plan = await planOf(control, { leave, share, for: time, tasks })
  if (plan.tasks.length === 0)
    throw invalidRequest(
      `No task of ${plan.leave} can be drilled. ${plan.left_out.map((each) => `${each.task}: ${each.why}.`).join(' ') || 'None names it.'}`,
    )
  const startedAt = control.clock.now()
  const drill: Drill = {
    // As the ids of calls, by time: short enough for a row's reason, and told apart for a year.
    id: newCallId().slice(0, 13),
    provider: plan.leave,
    share: plan.share,
    startedAt,
    until: (startedAt + plan.for_ms * 1_000) as Instant,
    by: key.id,
    tasks: plan.tasks.map(({ task, model }) => ({
      task,
      model: control
        .snapshot()
        .tasks.get(task)!
        .candidates.find((each) => `${each.provider}/${each.model}` === model)!,
    })),
    ended: null,
  }
  const live = running(experiments)
  const { running: before } = live.drills
  if (before !== null && (await drillJson(before, control, live)).state === 'stopped')
    live.drills.stop(before.id, 'every task was taken back')
  try {
    live.drills.start(drill)
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
  return drillJson(drill, control, live)
}

export async function listDrills({ control, experiments }: Asked): Promise<LiveDrillsJson> {
  const live = running(experiments)
  const list = await live.drills.list()
  return { drills: await Promise.all(list.map((drill) => drillJson(drill, control, live))) }
}

/** @throws invalid_request where there is none of this id */
export async function showLiveDrill({ control, experiments, rest }: Asked): Promise<LiveDrillJson> {
  const live = running(experiments)
  return drillJson(await found(live, rest), control, live)
}

/** Ends it, if it still runs; either way its report. @throws invalid_request where there is none of this id */
export async function stopDrill({
  control,
  experiments,
  key,
  rest,
}: Asked): Promise<LiveDrillJson> {
  const live = running(experiments)
  const drill = await found(live, rest)
  const ended = live.drills.stop(drill.id, `${key.id} ended it`)
  return drillJson(ended ?? drill, control, live)
}

async function found({ drills }: Experiments, id: string): Promise<Drill> {
  const drill = (await drills.list()).find((each) => each.id === id)
  if (drill !== undefined) return drill
  throw invalidRequest(`There is no drill ${JSON.stringify(id.slice(0, 40))}.`)
}

/** @throws RangeError without a gateway */
function running(experiments: Experiments | undefined): Experiments {
  if (experiments !== undefined) return experiments
  throw new RangeError(
    'Live calls are drilled by a running gateway alone. To start one: freehold serve',
  )
}

/** @throws invalid_request */
async function planOf(control: Control, wish: Wish): Promise<LivePlanJson> {
  const { providers, tasks } = control.snapshot()
  const { leave, share, tasks: only } = wish
  if (typeof leave !== 'string' || !providers.has(leave))
    throw invalidRequest(
      `'leave' has to name a live provider: ${[...providers.keys()].join(', ') || 'there is none'}.`,
    ).at('leave')
  if (typeof share !== 'number' || !(share > 0 && share <= 1))
    throw invalidRequest("'share' has to be a share of the calls such as 0.01.").at('share')
  const forMs = typeof wish.for === 'string' ? durationMs(wish.for) : null
  if (forMs === null || forMs < 1_000 || forMs > 24 * hourMs)
    throw invalidRequest("'for' has to be a time from 1s to 24h such as 1h.").at('for')
  if (
    only !== null &&
    !(Array.isArray(only) && only.every((name) => typeof name === 'string' && tasks.has(name)))
  )
    throw invalidRequest("'tasks' has to be a list of names of tasks.").at('tasks')
  const now = control.clock.now()
  const [sums, chain] = await Promise.all([
    control.store.costs({
      by: ['task'],
      filters: { provider: leave },
      since: (now - dayUs) as Instant,
      until: now,
    }),
    control.store.certificates(),
  ])
  return livePlan(
    { provider: leave, share, forMs, only: only as readonly string[] | null },
    {
      tasks: boundTasks(control),
      rows: sums.rows,
      since: sums.since,
      until: now,
      tested: evidenceOf(chain),
      now,
      cardAt: (name, at) => modelAt(control, name, at)?.segment ?? null,
      isLive: (id) => providers.has(id),
      whyNot: (name) => whyNot(control, name),
    },
  )
}

function whyNot(control: Control, name: string): string | null {
  const task = control.snapshot().tasks.get(name)
  if (task === undefined) return null
  if (task.routing !== null)
    return `its policy ${task.policy} was proven with all its models, and a drill would break what it promises`
  return task.canary === null ? null : 'a canary is under way in it'
}

async function drillJson(
  drill: Drill,
  control: Control,
  live: Experiments,
): Promise<LiveDrillJson> {
  const states = await live.drillStates(drill.id)
  const now = control.clock.now()
  const { tasks, total } = figuresOf(
    drill.tasks.map(({ task, model }) => ({ task, model: `${model.provider}/${model.model}` })),
    states.map(({ task, state }) => ({
      ...state,
      task,
      cost: BigInt(state.cost),
      instead: BigInt(state.instead),
      takenBack: state.takenBack?.why ?? null,
    })),
  )
  const end = drill.ended ?? takenBackOf(tasks, states)
  const isDone = end === null && now >= drill.until
  return {
    id: drill.id,
    leave: drill.provider,
    share: drill.share,
    state: end !== null ? 'stopped' : isDone ? 'done' : 'running',
    started_at: isoText(drill.startedAt),
    until: isoText(drill.until),
    ended_at: end !== null ? isoText(end.at) : isDone ? isoText(drill.until) : null,
    why: end?.why ?? null,
    by: drill.by,
    tasks,
    total,
  }
}

/** When the last of its tasks was taken back: from then on nothing is drilled. Null: some task still is. */
function takenBackOf(
  tasks: LiveDrillJson['tasks'],
  states: Awaited<ReturnType<Experiments['drillStates']>>,
): Drill['ended'] {
  if (tasks.some(({ taken_back: back }) => back === null)) return null
  const moments = states.flatMap(({ state }) => state.takenBack?.at ?? [])
  return { at: Math.max(...moments) as Instant, why: 'every task was taken back' }
}
