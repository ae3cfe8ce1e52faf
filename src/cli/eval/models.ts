import { fxAt } from '../../catalog/fx.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { priceAt } from '../../catalog/price.ts'
import { systemClock } from '../../core/clock.ts'
import { decimal, type Decimal } from '../../core/money.ts'
import type { PastCalls, TokenPrices } from '../../control/evals/estimate.ts'
import type { Suite } from '../../control/evals/suite.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { CallsJson } from '../../server/contract/calls.ts'
import type { ModelJson } from '../../server/contract/models.ts'
import type { ReplayModelsJson } from '../../server/contract/replay.ts'
import type { StatusJson } from '../../server/contract/status.ts'
import { CommandError, UsageError } from '../command.ts'
import type { Reached } from './reach.ts'

/** What is known of the models that a run asks. */
export interface Known {
  readonly prices: (model: string) => TokenPrices | null
  readonly past: (model: string) => PastCalls
  /** Part of the key under which answers are kept: a task answers otherwise when it is bound anew. */
  readonly version: (model: string) => string
  /** By the catalog; null where it knows none. */
  readonly author: (model: string) => string | null
  /** What a name stands for: a task's models, or the model itself. */
  readonly models: (name: string) => readonly string[]
}

const pastCalls = 50

/** @throws UsageError for a model that nobody would answer for */
export async function knownModels(gateway: Reached, models: readonly string[]): Promise<Known> {
  const [{ models: listed }, { tasks, providers, config }] = await Promise.all([
    gateway.get<{ models: readonly ModelJson[] }>('/api/models'),
    gateway.get<StatusJson>('/api/status'),
  ])
  const taskNames = new Map(tasks.map((task) => [task.name, task]))
  const idOf = (model: string): string => taskNames.get(model)?.models[0] ?? model
  for (const model of models) {
    if (taskNames.has(model)) continue
    const provider = providers.find(({ id }) => model.startsWith(`${id}/`))
    if (provider !== undefined) continue
    const names = [...taskNames.keys(), ...listed.map(({ id }) => id)]
    throw new UsageError(
      `Nobody answers for ${JSON.stringify(model)}: it is no task, and begins with no live provider.${didYouMean(model, names)} See: freehold models`,
    )
  }
  const past = new Map(
    await Promise.all(
      models.map(
        async (model) => [model, await pastOf(gateway, model, taskNames.has(model))] as const,
      ),
    ),
  )
  const priced = await pricedModels(gateway, [...new Set(models.map(idOf))])
  return {
    prices: (model) => {
      const segment = priceAt(priced.get(idOf(model)) ?? [], systemClock.now())
      if (segment === null) return null
      const { price, currency } = segment
      return { input: rateOf(price.input, currency), output: rateOf(price.output, currency) }
    },
    past: (model) => past.get(model)!,
    author: (model) => authorOf(model, listed),
    models: (name) => taskNames.get(name)?.models ?? [name],
    version: (model) => (taskNames.has(model) ? `${model} ${config.hash}` : model),
  }
}

/** Their cards as the gateway prices calls by: under any spelling, of the book and of one's own contracts too. */
async function pricedModels(
  gateway: Reached,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly PriceSegment[]>> {
  const cards = new Map<string, readonly PriceSegment[]>()
  for (let from = 0; from < names.length; from += askedMax) {
    const some = names.slice(from, from + askedMax)
    const query = new URLSearchParams(some.map((name): [string, string] => ['model', name]))
    const { models } = await gateway.get<ReplayModelsJson>(`/api/replay/models?${query}`)
    for (const { id, model } of models) cards.set(id, model?.prices ?? [])
  }
  return cards
}

/** So many models are described in one answer. */
const askedMax = 100

/** By the catalog; of a model that it does not list, the author of all that its provider sells, where there is one. */
function authorOf(model: string, listed: readonly ModelJson[]): string | null {
  const known = listed.find(({ id }) => id === model)
  if (known !== undefined) return known.author
  const provider = model.split('/', 1)[0]
  const authors = new Set(
    listed.filter((each) => each.provider === provider).map(({ author }) => author),
  )
  return authors.size === 1 ? [...authors][0]! : null
}

async function pastOf(gateway: Reached, model: string, isTask: boolean): Promise<PastCalls> {
  const query = new URLSearchParams({
    limit: String(pastCalls),
    status: 'ok',
    [isTask ? 'task' : 'model']: model,
  })
  const { calls } = await gateway.get<CallsJson>(`/api/calls?${query}`)
  const answered = calls.flatMap(({ attempts }) =>
    attempts.filter((attempt) => attempt.end_state === 'complete' && attempt.operation === 'chat'),
  )
  const outputs = answered.flatMap(({ tokens }) =>
    tokens === null ? [] : [(tokens['output'] ?? 0) + (tokens['reasoning'] ?? 0)],
  )
  const times = answered.flatMap(({ timings_us: { total } }) =>
    total === null ? [] : [total / 1_000],
  )
  return { calls: answered.length, outputTokens: meanOf(outputs), latencyMs: meanOf(times) }
}

/** Yuan at the rate of today; nothing is billed by it. */
function rateOf(text: Decimal | undefined, currency: PriceSegment['currency']): Decimal | null {
  if (text === undefined) return null
  if (currency === 'USD') return text
  return decimal((Number(text) / Number(fxAt(systemClock.now()))).toFixed(9))
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * 'a,b,c' of the option, else those that the file names, else those of its task.
 * @throws UsageError, CommandError
 */
export async function modelsOf(
  option: string | undefined,
  { models: named, task, file }: Suite,
  gateway: Reached,
): Promise<readonly string[]> {
  const models = option === undefined ? named : option.split(',').map((name) => name.trim())
  if (models.includes('')) throw new UsageError('--models has an empty name between its commas.')
  if (models.length > 0) return [...new Set(models)]
  const { tasks } = await gateway.get<StatusJson>('/api/status')
  const own = tasks.find(({ name }) => name === task)?.models ?? []
  if (own.length > 0) return [...new Set(own)]
  throw new CommandError(
    `${file} names no models, so say whom to ask: --models provider/model,task. The first is the one that the others are compared with.`,
  )
}
