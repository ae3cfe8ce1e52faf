import { type Effort, leaveDrill, type TaskDrill } from '../../control/drill/leave.ts'
import { isOf, type TestedModel } from '../../control/drill/substitutes.ts'
import { instant, systemClock } from '../../core/clock.ts'
import { type PastCall, unpackedCalls } from '../../control/replay/calls.ts'
import type { CertificatesJson } from '../../server/contract/certificates.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type {
  ReplayCallsJson,
  ReplayModelsJson,
  ReplayRequestsJson,
} from '../../server/contract/replay.ts'
import type { StatusJson } from '../../server/contract/status.ts'
import { CommandError, type Context, UsageError } from '../command.ts'
import { goOn, Line } from '../replay/progress.ts'
import type { Breaks } from './breaks.ts'

type Get = <Answer>(path: string) => Promise<Answer>

export interface LeaveAsked {
  readonly provider: string
  readonly since: string
  readonly until: string | null
  /** Calls of each task whose words are looked at. */
  readonly sample: number
  readonly effort: Effort
}

export interface Leaving {
  readonly provider: string
  readonly tasks: readonly (TaskDrill & {
    readonly customers: readonly string[]
    readonly features: readonly string[]
    readonly breaks: readonly Breaks[]
  })[]
  readonly customers: number
  /** More customers, features and tasks together than one answer holds: some are not named. */
  readonly cut: boolean
}

/** As many as one answer holds. */
const readAtOnce = 50

/** @throws UsageError for a provider that is not configured */
export async function leaving(context: Context, get: Get, asked: LeaveAsked): Promise<Leaving> {
  const { provider } = asked
  const query = new URLSearchParams({
    provider,
    since: asked.since,
    ...(asked.until === null ? {} : { until: asked.until }),
  })
  const [{ tasks, providers }, chain, costs] = await Promise.all([
    get<StatusJson>('/api/status'),
    get<CertificatesJson>('/api/certificates'),
    get<CostsJson>(`/api/costs?by=task,customer,feature&${query}`),
  ])
  if (!providers.some(({ id }) => id === provider))
    throw new UsageError(
      `There is no live provider ${JSON.stringify(provider)}. There are ${providers.map(({ id }) => id).join(', ')}.`,
    )
  const calls = await callsOf(context, get, query, costs.total.attempts)
  const names = tasks
    .filter(({ models }) => models.some((model) => isOf(provider, model)))
    .flatMap(({ models }) => models.filter((model) => !isOf(provider, model)))
  const models = await modelsOf(get, [...new Set(names)])
  const drills = leaveDrill(
    provider,
    tasks,
    calls,
    {
      model: (name) => models.get(name) ?? null,
      tested: testedBy(chain),
      now: systemClock.now(),
    },
    asked.effort,
  )
  const whom = (task: string | null, name: 'customer' | 'feature'): readonly string[] => [
    ...new Set(
      costs.rows.flatMap(({ group }) => {
        const value = group[name] ?? null
        return group['task'] === task && value !== null ? [value] : []
      }),
    ),
  ]
  // It knows the wire formats, which take longer to load than the rest of the command.
  const { breaksOf, demandsOf } = await import('./breaks.ts')
  const rows: Leaving['tasks'][number][] = []
  for (const drill of drills) {
    const own = calls.filter(({ task }) => task === drill.task)
    const demands =
      drill.substitutes.length === 0
        ? []
        : demandsOf(await requestsOf(context, get, own, asked.sample))
    rows.push({
      ...drill,
      customers: whom(drill.task, 'customer'),
      features: whom(drill.task, 'feature'),
      breaks: drill.substitutes.map(({ model }) =>
        breaksOf(model, models.get(model) ?? null, demands),
      ),
    })
  }
  const customers = new Set(rows.flatMap((row) => row.customers))
  return { provider, tasks: rows, customers: customers.size, cut: costs.cut }
}

async function callsOf(
  context: Context,
  get: Get,
  query: URLSearchParams,
  total: number,
): Promise<readonly PastCall[]> {
  const calls: PastCall[] = []
  const line = new Line(context, 'Reading calls:', total)
  for (let after = ''; ;) {
    goOn(context, 'Nothing was changed.')
    const page: ReplayCallsJson = await get(`/api/replay/calls?${query}${after}`)
    calls.push(...unpackedCalls(page))
    line.add(page.looked)
    if (page.next === null) break
    after = `&after=${page.next}`
    if (calls.length > callsMax)
      throw new CommandError(
        `There are more than ${callsMax} calls in this span: name a shorter one with --since and --until.`,
      )
  }
  line.end()
  return calls
}

/** A day of 58 calls a second, and as much memory as a command should take. */
const callsMax = 5_000_000

type Models = ReadonlyMap<string, ReplayModelsJson['models'][number]['model']>

async function modelsOf(get: Get, names: readonly string[]): Promise<Models> {
  const found = new Map<string, ReplayModelsJson['models'][number]['model']>()
  for (let at = 0; at < names.length; at += 100) {
    const some = names.slice(at, at + 100).map((name): [string, string] => ['model', name])
    const page = await get<ReplayModelsJson>(`/api/replay/models?${new URLSearchParams(some)}`)
    for (const { id, model } of page.models) found.set(id, model)
  }
  return found
}

/** Evenly over the span: the first calls of a day are those of the night. */
async function requestsOf(
  context: Context,
  get: Get,
  calls: readonly PastCall[],
  sample: number,
): Promise<ReplayRequestsJson['calls']> {
  const step = Math.max(1, calls.length / sample)
  const drawn = Array.from(
    { length: Math.min(sample, calls.length) },
    (_, index) => calls[Math.floor(index * step)]!,
  )
  const requests: ReplayRequestsJson['calls'][number][] = []
  const line = new Line(context, 'Reading what was asked:', drawn.length)
  for (let at = 0; at < drawn.length; at += readAtOnce) {
    goOn(context, 'Nothing was changed.')
    const some = drawn.slice(at, at + readAtOnce)
    const query = new URLSearchParams(some.map(({ id }): [string, string] => ['id', id]))
    const page = await get<ReplayRequestsJson>(`/api/replay/requests?${query}`)
    requests.push(...page.calls)
    line.add(some.length)
  }
  line.end()
  return requests
}

/** Both models of a proven swap were measured on the task's own cases. A chain that is broken proves nothing from there on. */
function testedBy({ certificates, broken_at: broken }: CertificatesJson): readonly TestedModel[] {
  return certificates.flatMap(({ seq, task, at, models: { before, after } }) =>
    broken !== null && seq >= broken
      ? []
      : [before[0], after[0]].flatMap((model) =>
          model === undefined ? [] : [{ task, model, at: instant(at) }],
        ),
  )
}
