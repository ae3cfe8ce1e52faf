import type { Row } from './table.ts'
import {
  type Basis,
  type Case,
  fitBasis,
  fitCost,
  type Fitted,
  fitScorer,
  foldOf,
  type Goal,
  type Nearness,
  type Reads,
  type Scorer,
} from './scorer.ts'
import { fitNeighbours, verdictsNear } from './neighbours.ts'
import { doubt, embeddingUsd, type Method, readsConfidence, type Routed, triedUsd } from './rule.ts'
import { agree } from './signals.ts'

/** Rules from dear to cheap, with what each did with each fit row: the order in which they are tested. */
export interface Candidate {
  readonly name: string
  readonly method: Method
  readonly cheap: string
  readonly points: readonly Point[]
  /** What the strong model made of the same rows. */
  readonly strong: { readonly scores: Float64Array; readonly costs: Float64Array }
}

/** One rule of a candidate. `rule` null: the cheap model always. */
export interface Point {
  readonly rule: Routed | null
  /** Score, cost and whether the strong model was asked, one a fit row. */
  readonly scores: Float64Array
  readonly costs: Float64Array
}

/** Rows that both models of a pair answered, and the second where there is one. */
function casesOf(
  rows: readonly Row[],
  cheap: string,
  strong: string,
  second: string | null,
): readonly Case[] {
  return rows.flatMap(({ id, prompt, results, embedding = null }) => {
    const cases = { cheap: results.get(cheap), strong: results.get(strong) }
    const other = second === null ? null : results.get(second)
    if (!cases.cheap || !cases.strong || other === undefined) return []
    return [{ id, prompt, cheap: cases.cheap, strong: cases.strong, second: other, embedding }]
  })
}

/** Below this a head learns noise. */
const rowsToLearn = 60
/** A column is used when so many of its rows have it. */
const shareKnown = 0.95
const gridSize = 50

export interface Names {
  readonly cheap: string
  readonly strong: string
  /** The other cheap models. */
  readonly others: readonly string[]
  /** Whose embeddings the rows have; null where they have none. */
  readonly embeddings: string | null
}

/**
 * Every candidate on one cheap model, one at a time, because each takes a while.
 * @param judges  whether a row may say how good a candidate is; all rows teach
 */
export function* candidatesOf(
  rows: readonly Row[],
  judges: (row: { readonly prompt: string }) => boolean,
  { cheap, strong, others, embeddings }: Names,
  seed: number,
): Generator<Candidate> {
  const pair = new Lesson(casesOf(rows, cheap, strong, null), judges, seed)
  if (pair.judged.length === 0) return
  yield pair.candidate(`always ${cheap}`, 'static', cheap, [pair.alwaysCheap()])
  if (pair.cases.length < rowsToLearn) return
  const known = knownOf(pair.cases)
  const trio = { cheap, strong, second: null }
  const near = embeddings === null ? null : pair.nearness(embeddings)
  const prompts = pair.basis(false)
  const kinds = [
    { title: 'prompt', reads: prompted, basis: prompts, near: null },
    ...(near === null
      ? []
      : [
          { title: 'neighbours', reads: { ...prompted, words: false }, basis: null, near },
          { title: 'prompt and neighbours', reads: prompted, basis: prompts, near },
        ]),
  ]
  const routers: Fitted[] = []
  for (const { title, reads, ...sources } of kinds)
    for (const goal of goals)
      for (const thrift of thrifts) {
        const fitted = pair.fit(reads, goal, thrift, sources)
        if (goal === 'benefit' && thrift === 0) routers.push(fitted)
        const points = pair.points(fitted, { ...trio, method: 'prompt-route' }, null)
        const name = `${title}, by ${goal}${thriftText(thrift)}`
        yield pair.candidate(name, 'prompt-route', cheap, points)
      }
  // Which prompts to send on at once is told by what they would gain, whatever else is read later.
  if (known.answers) {
    yield* cascades(pair, trio, known.keys, routers[0]!, null)
    if (near !== null) yield* cascades(pair, trio, known.keys, routers.at(-1)!, near)
  }
  for (const second of others) {
    const both = casesOf(rows, cheap, strong, second)
    const comparable = both.filter((each) => agree(each.cheap, each.second!) !== null).length
    if (both.length < rowsToLearn || comparable < both.length / 2) continue
    const lesson = new Lesson(both, judges, seed)
    if (lesson.judged.length === 0) continue
    const rule: Routed = {
      method: 'agreement',
      cheap,
      strong,
      second,
      scorer: null,
      threshold: 0.5,
      direct: null,
    }
    const worths = Float64Array.from(both, (each) => doubt(each.cheap, each.second))
    const points = [lesson.point(rule, worths, null), lesson.alwaysCheap()]
    yield lesson.candidate(`agreement with ${second}`, 'agreement', cheap, points)
    yield* cascades(lesson, { cheap, strong, second }, known.keys, null, null)
  }
}

const goals: readonly Goal[] = ['benefit', 'cheap-wrong']
const thrifts = [0, 0.5, 1]

interface Trio {
  readonly cheap: string
  readonly strong: string
  readonly second: string | null
}

/** Those that read the answer, or two. */
function* cascades(
  lesson: Lesson,
  trio: Trio,
  keys: readonly string[],
  ahead: Fitted | null,
  near: Nearness | null,
): Generator<Candidate> {
  const second = trio.second !== null
  const method = second ? 'combined' : 'cascade'
  const answers = lesson.basis(true)
  const whole = { words: true, answer: true, keys, second, neighbours: false }
  const kinds = [
    { title: 'signals', reads: { ...whole, words: false }, basis: null },
    { title: 'answer and signals', reads: whole, basis: answers },
    // Asking for a confidence can cost more than it tells.
    ...(keys.length > 0 && lesson.cases.some(({ cheap }) => cheap.checkUsd > 0)
      ? [{ title: 'answer', reads: { ...whole, keys: [] }, basis: answers }]
      : []),
  ]
  for (const { title, reads, basis } of kinds)
    for (const goal of goals)
      for (const thrift of thrifts) {
        const fitted = lesson.fit(reads, goal, thrift, { basis, near })
        const also = `${near === null ? '' : ' and neighbours'}${second ? ` and agreement with ${trio.second}` : ''}`
        const name = `${title}${also}, by ${goal}${thriftText(thrift)}`
        const points = lesson.points(fitted, { ...trio, method }, null)
        yield lesson.candidate(name, method, trio.cheap, points)
        if (ahead === null) continue
        const sorted = lesson.points(fitted, { ...trio, method: 'combined' }, ahead)
        yield lesson.candidate(`${name}, hard prompts at once`, 'combined', trio.cheap, sorted)
      }
}

const prompted: Reads = { words: true, answer: false, keys: [], second: false, neighbours: false }

function thriftText(thrift: number): string {
  return thrift === 0 ? '' : ` over cost^${thrift}`
}

/** Which confidences, and whether answers, nearly every row has. */
function knownOf(cases: readonly Case[]): { answers: boolean; keys: readonly string[] } {
  const names = new Set(cases.flatMap(({ cheap }) => Object.keys(cheap.confidence ?? {})))
  const enough = shareKnown * cases.length
  const confident = cases.filter(({ cheap }) => cheap.confidence !== null).length >= enough
  const keys = confident
    ? [...names].filter(
        (name) => cases.filter(({ cheap }) => name in (cheap.confidence ?? {})).length >= 30,
      )
    : []
  const said = cases.filter(
    ({ cheap }) => cheap.response !== null || cheap.answer !== undefined,
  ).length
  return { answers: said >= enough || keys.length > 0, keys }
}

/** Rows without an id are called by their prompts, which are no part of a policy. */
function hashOf(prompt: string): string {
  const hash = new Bun.CryptoHasher('sha256').update(prompt).digest('hex')
  return `sha256:${hash.slice(0, 12)}`
}

/** The cases of two or three models, and what is learned and judged on them. */
class Lesson {
  readonly cases: readonly Case[]
  /** Places of the cases that may say how good a candidate is. */
  readonly judged: readonly number[]
  readonly #folds: Int32Array
  readonly #seed: number
  #cost: Basis | null = null

  constructor(
    cases: readonly Case[],
    judges: (row: { readonly prompt: string }) => boolean,
    seed: number,
  ) {
    this.cases = cases
    this.judged = cases.flatMap((each, place) => (judges(each) ? [place] : []))
    this.#seed = seed ^ 0x5f01d
    this.#folds = Int32Array.from(cases, ({ prompt }) => foldOf(prompt, this.#seed))
  }

  basis(answer: boolean): Basis {
    return fitBasis(this.cases, this.#folds, answer, this.#seed)
  }

  /** Null when a row has no embedding. */
  nearness(model: string): Nearness | null {
    const seen = this.cases.flatMap(({ id, prompt, embedding, cheap, strong }, row) =>
      embedding === null
        ? []
        : [
            {
              id: id === prompt ? hashOf(prompt) : id,
              vector: embedding.vector,
              fold: this.#folds[row]!,
              cheap: cheap.score,
              strong: strong.score,
            },
          ],
    )
    if (seen.length < this.cases.length) return null
    const neighbours = fitNeighbours(model, seen)
    return {
      neighbours,
      verdicts: seen.map(({ vector, fold }) => verdictsNear(neighbours, vector, fold)),
    }
  }

  fit(
    reads: Reads,
    goal: Goal,
    thrift: number,
    { basis, near }: { readonly basis: Basis | null; readonly near: Nearness | null },
  ): Fitted {
    this.#cost ??= fitCost(this.cases, this.#folds, this.#seed)
    const all = { ...reads, neighbours: near !== null }
    const design = { reads: all, goal, basis, near, cost: this.#cost, thrift, seed: this.#seed }
    return fitScorer(this.cases, this.#folds, design)
  }

  candidate(name: string, method: Method, cheap: string, points: readonly Point[]): Candidate {
    const strong = {
      scores: Float64Array.from(this.judged, (place) => this.cases[place]!.strong.score),
      costs: Float64Array.from(this.judged, (place) => this.cases[place]!.strong.costUsd),
    }
    return { name, method, cheap, points, strong }
  }

  /** The rules at quantiles of worth, from nearly always escalating to never; ties go together. */
  points(
    { scorer, unseen }: Fitted,
    base: Pick<Routed, 'method' | 'cheap' | 'strong' | 'second'>,
    ahead: Fitted | null,
  ): Point[] {
    const sorted = Float64Array.from(this.judged, (place) => unseen[place]!).toSorted()
    const thresholds = new Set<number>()
    for (let step = 1; step < gridSize; step += 1)
      thresholds.add(sorted[Math.floor((step / gridSize) * sorted.length)]!)
    const order = this.judged.toSorted((a, b) => (ahead ? ahead.unseen[b]! - ahead.unseen[a]! : 0))
    const points = [...thresholds].map((threshold) => {
      const bar =
        ahead === null ? null : this.#barOf(scorer, unseen, threshold, ahead.unseen, order)
      const direct = bar === null ? null : { scorer: ahead!.scorer, threshold: bar }
      return this.point({ ...base, scorer, threshold, direct }, unseen, ahead?.unseen ?? null)
    })
    return [...points, this.alwaysCheap()]
  }

  point(rule: Routed, worths: Float64Array, ahead: Float64Array | null): Point {
    return this.#point(rule, (place) => {
      const { cheap, strong, second, embedding } = this.cases[place]!
      const asked = embeddingUsd(rule, embedding)
      if (rule.direct !== null && ahead![place]! > rule.direct.threshold)
        return [strong.score, asked + strong.costUsd]
      const escalated = worths[place]! > rule.threshold
      if (rule.method === 'prompt-route') {
        const { score, costUsd } = escalated ? strong : cheap
        return [score, asked + costUsd]
      }
      const tried = asked + triedUsd(cheap, second, readsConfidence(rule.scorer))
      return escalated ? [strong.score, tried + strong.costUsd] : [cheap.score, tried]
    })
  }

  alwaysCheap(): Point {
    return this.#point(null, (place) => {
      const { cheap } = this.cases[place]!
      return [cheap.score, cheap.costUsd]
    })
  }

  #point(rule: Routed | null, made: (place: number) => readonly [number, number]): Point {
    const scores = new Float64Array(this.judged.length)
    const costs = new Float64Array(this.judged.length)
    for (const [row, place] of this.judged.entries()) {
      const [score, cost] = made(place)
      scores[row] = score
      costs[row] = cost
    }
    return { rule, scores, costs }
  }

  /** Above which worth of the prompt alone the cheap call is better left out, by the money of these rows. */
  #barOf(
    scorer: Scorer,
    unseen: Float64Array,
    threshold: number,
    ahead: Float64Array,
    order: readonly number[],
  ): number {
    let gain = 0
    let best = 0
    let bar = Number.MAX_VALUE
    for (const [at, place] of order.entries()) {
      const { cheap, second, strong } = this.cases[place]!
      const tried = triedUsd(cheap, second, readsConfidence(scorer))
      gain += unseen[place]! > threshold ? tried : tried - strong.costUsd
      const next = order[at + 1]
      if (gain > best && next !== undefined && ahead[next]! < ahead[place]!) {
        best = gain
        bar = ahead[next]!
      }
    }
    return bar
  }
}
