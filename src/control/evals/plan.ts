import type { Answered, Question } from '../../core/caller.ts'
import { seeded } from '../../core/random.ts'
import type { EvalCase, Suite } from './suite.ts'

/** One call to make, or to take from those that were made before. */
export interface Job {
  readonly each: EvalCase
  readonly model: string
  /** From 0. */
  readonly repeat: number
  readonly question: Question
  /** The same for the same question, model and repetition. */
  readonly key: string
}

/** Answers of earlier runs. */
export interface AnswerStore {
  get(key: string): Answered | undefined
  put(key: string, answer: Answered): void
}

export interface PlanOptions {
  readonly models: readonly string[]
  readonly repeats: number
  /** Take so many cases, drawn by the seed; null: all. */
  readonly limit: number | null
  readonly seed: number
  /** What stands for a model in the key: a task answers otherwise when it is bound anew. */
  readonly version: (model: string) => string
}

export interface Plan {
  /** In a random order, so that looking at the figures meanwhile is no look at the easy ones. */
  readonly cases: readonly EvalCase[]
  /** Cases that nothing here could grade; they are not asked. */
  readonly ungradable: readonly EvalCase[]
  /** Case by case, and of each all models side by side: what is there is paired at any time. */
  readonly jobs: readonly Job[]
}

/** On the ledger, evaluations are this feature, so that they are told apart from users' calls. */
const feature = 'eval'

export function planOf(suite: Suite, options: PlanOptions): Plan {
  const { models, repeats, limit, seed, version } = options
  const random = seeded(seed)
  const mixed = suite.cases
    .map((each) => ({ each, draw: random.next() }))
    .toSorted((one, other) => one.draw - other.draw)
    .map(({ each }) => each)
    .slice(0, limit ?? suite.cases.length)
  const cases = repeatedTogether(mixed.filter(({ ungradable }) => ungradable === null))
  const jobs = cases.flatMap((each) =>
    Array.from({ length: repeats }, (_, repeat) =>
      models.map((model): Job => {
        const { messages, params } = each
        const question = { model, messages, params, feature }
        const key = keyOf([version(model), messages, params, repeat])
        return { each, model, repeat, question, key }
      }),
    ).flat(),
  )
  return { cases, ungradable: mixed.filter(({ ungradable }) => ungradable !== null), jobs }
}

/** A question that stands in two cases is one piece of evidence: both go into the group of the first. */
function repeatedTogether(cases: readonly EvalCase[]): readonly EvalCase[] {
  const groups = new Map<string, string>()
  return cases.map((each) => {
    const question = keyOf([each.messages, each.params])
    const cluster = groups.get(question)
    if (cluster !== undefined) return { ...each, cluster }
    groups.set(question, each.cluster)
    return each
  })
}

/** The same for the same parts. */
export function keyOf(parts: readonly unknown[]): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(parts)).digest('hex')
}
