import { fxAt } from '../../catalog/fx.ts'
import { systemClock } from '../../core/clock.ts'
import { decimal, type Decimal } from '../../core/money.ts'
import type { PastCalls, TokenPrices } from '../../control/evals/estimate.ts'
import type { Suite } from '../../control/evals/suite.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { CallsJson, ModelJson, StatusJson } from '../../server/contract.ts'
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
  return {
    prices: (model) => {
      const id = taskNames.get(model)?.models[0] ?? model
      const found = listed.find((each) => each.id === id)
      if (found === undefined || found.price === null) return null
      const { price, currency } = found
      return { input: rateOf(price['input'], currency), output: rateOf(price['output'], currency) }
    },
    past: (model) => past.get(model)!,
    author: (model) => authorOf(model, listed),
    models: (name) => taskNames.get(name)?.models ?? [name],
    version: (model) => (taskNames.has(model) ? `${model} ${config.hash}` : model),
  }
}

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
function rateOf(text: string | undefined, currency: string | null): Decimal | null {
  if (text === undefined) return null
  if (currency === 'USD') return decimal(text)
  if (currency !== 'CNY') return null
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
