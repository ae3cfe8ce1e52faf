import type { Catalog } from '../catalog/catalog.ts'
import { sellersOf } from '../catalog/weights.ts'
import type { Instant } from '../core/clock.ts'
import type { LiveProvider, Task } from '../gateway/pipeline/snapshot.ts'
import { dataPromises } from '../providers/provider.ts'
import type { Candidate } from '../routing/policy.ts'
import { boundsOf, unbound } from './bounds.ts'
import type { Path } from './issue.ts'
import { partsOf } from './model-name.ts'
import type { Report } from './report.ts'
import type { Known } from './resolve-providers.ts'
import type { Config } from './schema/index.ts'
import { didYouMean } from '../core/spelling.ts'
import { definedOf } from './timeouts.ts'
import { canaryOf, routingOf, shadowOf } from './resolve-routing.ts'

/** What names in the file may stand for. */
export interface Names {
  readonly live: ReadonlyMap<string, LiveProvider>
  readonly known: Known
  /** True for a provider that the file lists, also when something in its entry is wrong. */
  readonly isListed: (provider: string) => boolean
  /** The same of tasks. */
  readonly isTask: (name: string) => boolean
  /** What the providers sell. */
  readonly catalog: Catalog
  readonly now: Instant
  /** Where paths in the file begin. */
  readonly folder: string
}

type Written = Exclude<Config['tasks'][string], string>

/** What each task may be answered by. A provider that falls short of its demands is no candidate. */
export function resolveTasks(
  config: Config,
  names: Names,
  report: Report,
): ReadonlyMap<string, Task> {
  const tasks = new Map<string, Task>()
  for (const [name, written] of Object.entries(config.tasks)) {
    const path = ['tasks', name]
    const task =
      typeof written === 'string'
        ? shorthand(name, written, path, names, report)
        : spelledOut(name, written, path, names, report)
    if (task === null) continue
    tasks.set(name, task)
    warnIfHiding(task, names, path, report)
  }
  return tasks
}

function shorthand(
  name: string,
  model: string,
  path: Path,
  names: Names,
  report: Report,
): Task | null {
  const candidate = candidateOf(model, 1, path, names, report)
  if (candidate === null) return null
  return {
    name,
    policy: 'fixed',
    candidates: [candidate],
    sticky: null,
    timeouts: {},
    data: null,
    notIn: [],
    strict: false,
    cache: null,
    hedge: null,
    resume: null,
    routing: null,
    shadow: null,
    canary: null,
    bounds: unbound,
  }
}

function spelledOut(
  name: string,
  written: Written,
  path: Path,
  names: Names,
  report: Report,
): Task | null {
  const { sticky = null, data = null, not_in: notIn = [] } = written
  const policy = policyOf(written)
  if (sticky !== null && policy !== 'weighted') {
    report.warn([...path, 'sticky'], `does nothing under the ${policy} policy.`)
  }
  const named = candidatesOf(written, path, names, report)
  if (named === null) return null
  const candidates = meeting(named, { data, notIn }, path, names, report)
  if (candidates === null) return null
  const meets = (model: string, place: Path): Candidate | null => {
    const candidate = candidateOf(model, 1, place, names, report)
    return candidate && (meeting([candidate], { data, notIn }, place, names, report)?.[0] ?? null)
  }
  return {
    name,
    policy,
    candidates,
    ...(written.weights === undefined ? {} : { weights: written.weights }),
    sticky,
    timeouts: definedOf(written.timeouts),
    data,
    notIn,
    strict: written.strict === true,
    ...(written.margin === undefined ? {} : { margin: written.margin }),
    cache: written.cache ? { ttlMs: written.cache.ttl, scope: written.cache.scope } : null,
    hedge: written.hedge ?? null,
    resume: written.resume === 'continue' ? 'continue' : null,
    routing: routingOf(name, written, candidates, path, names.folder, report),
    shadow: shadowOf(written, path, meets),
    canary: canaryOf(written, candidates, path, meets, report),
    bounds: boundsOf(written),
  }
}

function policyOf({ policy, weights }: Written): Task['policy'] {
  return policy ?? (weights === undefined ? 'fixed' : 'cheapest')
}

/** Sellers of the weights that the task names, and behind them the models that it names. */
function candidatesOf(
  written: Written,
  path: Path,
  names: Names,
  report: Report,
): readonly Candidate[] | null {
  const { weights, models } = written
  const named =
    models === undefined
      ? []
      : namedModels(models, policyOf(written), [...path, 'models'], names, report)
  if (named === null) return null
  if (weights === undefined) {
    if (named.length > 0) return named
    report.wrong([...path, 'models'], 'is missing: it takes a list of models, or weights.')
    return null
  }
  const sold = sellersOf(weights, names.live.keys(), names.catalog, names.now)
  const isNamed = (sale: { readonly provider: string; readonly model: string }): boolean =>
    named.some(({ provider, model }) => provider === sale.provider && model === sale.model)
  const found = sold.filter((sale) => !isNamed(sale)).map((sale) => ({ ...sale, weight: 1 }))
  if (found.length + named.length > 0) return [...found, ...named]
  report.wrong(
    [...path, 'weights'],
    `names ${weights}, which no listed provider is known to sell with open weights. freehold models shows what they sell; a machine of one's own is known by its line under prices.`,
  )
  return null
}

function namedModels(
  models: NonNullable<Written['models']>,
  policy: Task['policy'],
  path: Path,
  names: Names,
  report: Report,
): readonly Candidate[] | null {
  const isList = Array.isArray(models)
  if (!isList && policy !== 'weighted') {
    report.wrong(
      path,
      'gives shares, which only the weighted policy reads. Write policy: weighted, or a list of models.',
    )
    return null
  }
  const shares = isList
    ? models.map((model, at) => [model, 1, at] as const)
    : Object.entries(models).map(([model, weight]) => [model, weight, model] as const)
  const seen = new Set<string>()
  const candidates: Candidate[] = []
  for (const [model, weight, step] of shares) {
    if (seen.has(model)) report.wrong([...path, step], `names ${model} a second time.`)
    seen.add(model)
    const candidate = candidateOf(model, weight, [...path, step], names, report)
    if (candidate !== null) candidates.push(candidate)
  }
  return candidates.length === shares.length ? candidates : null
}

function candidateOf(
  name: string,
  weight: number,
  path: Path,
  { live, known, isListed }: Names,
  report: Report,
): Candidate | null {
  const { provider, model } = partsOf(name)
  if (live.has(provider)) return { provider, model, weight }
  if (isListed(provider)) return null
  report.wrong(
    path,
    noSuchProvider(provider, live, known),
    typeof path.at(-1) === 'string' && path.length > 2 ? 'name' : 'value',
  )
  return null
}

/** The rest of a sentence about a model whose provider is not live. */
export function noSuchProvider(
  provider: string,
  live: ReadonlyMap<string, LiveProvider>,
  { providers }: Known,
): string {
  const rest = `names the provider ${provider}, which is not listed under providers.`
  if (providers.has(provider)) return `${rest} Add there: ${provider}: {}`
  const meant = didYouMean(provider, new Set([...live.keys(), ...providers.keys()]))
  return `${rest}${meant || ` There are: ${[...live.keys()].join(', ')}.`}`
}

interface Demand {
  readonly data: Task['data']
  readonly notIn: readonly string[]
}

/** Those that promise what the task demands; null when none does, which nobody can have meant. */
function meeting(
  candidates: readonly Candidate[],
  demand: Demand,
  path: Path,
  { live }: Names,
  report: Report,
): readonly Candidate[] | null {
  const short: string[] = []
  const kept = candidates.filter((candidate) => {
    const lacks = shortOf(live.get(candidate.provider)!, demand)
    if (lacks === null) return true
    short.push(`${candidate.provider}/${candidate.model} ${lacks}`)
    return false
  })
  if (kept.length > 0) {
    for (const sentence of new Set(short)) report.warn(path, `never asks ${sentence}`)
    return kept
  }
  const setting =
    demand.notIn.length > 0 && short.some((text) => text.includes('jurisdiction'))
      ? 'not_in'
      : 'data'
  report.wrong(
    [...path, setting],
    `is met by no model of the task: ${[...new Set(short)].join(' ')}`,
  )
  return null
}

/** Why a provider falls short, and what to set when that is not so; null when it does not. */
function shortOf({ id, data, jurisdiction }: LiveProvider, demand: Demand): string | null {
  if (demand.data !== null && dataPromises.indexOf(data) < dataPromises.indexOf(demand.data)) {
    return `promises ${data}, not ${demand.data}: if that is wrong, set providers.${id}.data.`
  }
  if (demand.notIn.length === 0) return null
  if (jurisdiction === null) {
    return `has no known jurisdiction: set providers.${id}.jurisdiction.`
  }
  return demand.notIn.includes(jurisdiction)
    ? `has the jurisdiction ${jurisdiction}: if that is wrong, set providers.${id}.jurisdiction.`
    : null
}

/** A task is looked up before a model: one of the same name can no longer be called. */
function warnIfHiding(
  { name, candidates }: Task,
  { live }: Names,
  path: Path,
  report: Report,
): void {
  if (!name.includes('/') || !live.has(partsOf(name).provider)) return
  const [only, ...others] = candidates
  if (only && others.length === 0 && `${only.provider}/${only.model}` === name) return
  report.warn(
    path,
    `has the name of a model, and hides it: a call of ${name} is a call of the task.`,
  )
}
