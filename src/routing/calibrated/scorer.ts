import { type Dense, fitDense } from './dense.ts'
import { type Head, merged, scoreOf, sigmoid, trainHead } from './head.ts'
import {
  type Embedding,
  isComparable,
  type Neighbours,
  type Verdicts,
  verdictsNear,
} from './neighbours.ts'
import { agree, signalsOf } from './signals.ts'
import { type Outcome, placeOf } from './table.ts'
import { Words } from './words.ts'

/** One prompt with what the models made of it. */
export interface Case {
  readonly prompt: string
  readonly cheap: Outcome
  readonly strong: Outcome
  /** The second cheap model's, where one is asked for agreement. */
  readonly second: Outcome | null
  readonly id: string
  readonly embedding: Embedding | null
}

/** What a scorer looks at before it says how much asking the strong model is worth. */
export interface Reads {
  /** The words of the prompt; with `answer` those of the answer too. */
  readonly words: boolean
  /** Whether it decides after the cheap answer. */
  readonly answer: boolean
  /** The confidences it knows; empty when it reads none. */
  readonly keys: readonly string[]
  /** Whether it compares with a second cheap answer. */
  readonly second: boolean
  /** Whether it looks at what became of the prompts most like this one. */
  readonly neighbours: boolean
}

/** What is learned: that the strong model gains something, or that the cheap one is wrong. */
export type Goal = 'benefit' | 'cheap-wrong'

/** Learned from two thirds of the rows. */
export interface Part {
  readonly head: Head | null
  readonly dense: Dense
  /** Predicts the log of the strong model's cost, about its mean. Null: all calls count the same. */
  readonly cost: Head | null
}

/**
 * Three parts, of which the hash of the prompt picks one. Each has learned from the rows that it is never picked
 * for, so that a scorer meets the rows it was fitted on exactly as it will meet others: what it does there is
 * an estimate of what it will do, with nothing to correct.
 */
export interface Scorer {
  readonly reads: Reads
  readonly goal: Goal
  /** How much a dear call has to be worth more: 0 not at all, 1 in proportion. */
  readonly thrift: number
  /** Of the hash. */
  readonly seed: number
  readonly parts: readonly Part[]
  /** Null where it reads none. */
  readonly neighbours: Neighbours | null
}

const words = new Words()

/** The last prompt's: a rule may score one prompt by two heads and its cost. */
let last: { readonly prompt: string; readonly bag: Int32Array } | null = null

function bagOf(prompt: string): Int32Array {
  if (last === null || last.prompt !== prompt) last = { prompt, bag: words.bagOf(prompt, null) }
  return last.bag
}

/**
 * How much asking the strong model is worth for this prompt, and this answer where the scorer reads it. Higher
 * escalates. Infinity where what it was fitted to read is missing: the strong model is asked.
 */
export function worthOf(
  scorer: Scorer,
  prompt: string,
  cheap: Outcome | null,
  second: Outcome | null,
  vector: Int8Array | null = null,
): number {
  const { reads, thrift, neighbours } = scorer
  if (reads.answer && (cheap === null || !isReadable(reads, cheap))) return Number.POSITIVE_INFINITY
  if (reads.second && second === null) return Number.POSITIVE_INFINITY
  if (neighbours !== null && !isComparable(neighbours, vector)) return Number.POSITIVE_INFINITY
  const fold = foldOf(prompt, scorer.seed)
  const { head, dense, cost } = scorer.parts[fold]!
  const near = neighbours === null ? null : nearBy(neighbours, vector!, fold)
  const facts = factsOf(reads, prompt, cheap, second, near)
  const bag =
    reads.answer && head !== null ? words.withAnswer(bagOf(prompt), sayingOf(cheap!)) : null
  const z = (head === null ? 0 : scoreOf(head, bag ?? bagOf(prompt))) + productOf(dense, facts)
  const dear = cost === null ? 0 : scoreOf(cost, bagOf(prompt))
  return worth(scorer.goal, z, dear, thrift)
}

/** The last vector's, for the same reason as the last bag. */
let lastNear: {
  readonly neighbours: Neighbours
  readonly vector: Int8Array
  readonly fold: number
  readonly verdicts: Verdicts
} | null = null

function nearBy(neighbours: Neighbours, vector: Int8Array, fold: number): Verdicts {
  const isLast =
    lastNear?.neighbours === neighbours && lastNear.vector === vector && lastNear.fold === fold
  if (!isLast)
    lastNear = { neighbours, vector, fold, verdicts: verdictsNear(neighbours, vector, fold) }
  return lastNear!.verdicts
}

/** Whether an outcome shows what the scorer was fitted to look at. */
function isReadable({ keys }: Reads, { confidence, response, answer }: Outcome): boolean {
  if (keys.length > 0) return confidence !== null && keys.some((key) => key in confidence)
  return response !== null || answer !== undefined
}

function worth(goal: Goal, z: number, dear: number, thrift: number): number {
  const gain = goal === 'benefit' ? 2 * sigmoid(z) - 1 : sigmoid(z)
  return thrift === 0 ? gain : gain * Math.exp(-thrift * Math.max(-3, Math.min(3, dear)))
}

/** The few numbers beside the words, in the order of the weights. */
function factsOf(
  reads: Reads,
  prompt: string,
  cheap: Outcome | null,
  second: Outcome | null,
  near: Verdicts | null,
): number[] {
  const facts = [Math.log1p(prompt.length)]
  if (reads.answer) facts.push(...signalsOf(cheap!, reads.keys))
  if (reads.second) {
    const same = agree(cheap!, second!)
    facts.push(same === true ? 1 : 0, same === null ? 1 : 0)
  }
  if (near !== null) facts.push(...near)
  return facts
}

function sayingOf({ response, answer }: Outcome): string {
  return response ?? answer ?? ''
}

function productOf({ bias, weights }: Dense, facts: readonly number[]): number {
  let sum = bias
  for (let index = 0; index < weights.length; index += 1) sum += weights[index]! * facts[index]!
  return sum
}

const folds = 3

/** Which part of a scorer a prompt belongs to. */
export function foldOf(prompt: string, seed: number): number {
  return Math.floor(placeOf(prompt, seed) * folds)
}

/** Heads of one pair of models and one kind of bag, with what each says of rows it has not seen. */
export interface Basis {
  /** By what they learned, then by the fold that they have not seen. */
  readonly heads: readonly (readonly Head[])[]
  readonly unseen: readonly Float64Array[]
}

/** @param foldsOf  the fold of each case */
export function fitBasis(
  cases: readonly Case[],
  foldsOf: Int32Array,
  answer: boolean,
  seed: number,
): Basis {
  const bags = cases.map(({ prompt, cheap }) =>
    words.bagOf(prompt, answer ? sayingOf(cheap) : null),
  )
  const goals = [
    Float64Array.from(cases, ({ cheap, strong }) => (strong.score - cheap.score + 1) / 2),
    Float64Array.from(cases, ({ cheap }) => 1 - cheap.score),
    Float64Array.from(cases, ({ strong }) => strong.score),
  ]
  return crossFit(bags, goals, foldsOf, 'logistic', seed)
}

/** Heads that tell dear prompts from cheap ones, by the strong model's costs. */
export function fitCost(cases: readonly Case[], foldsOf: Int32Array, seed: number): Basis {
  const bags = cases.map(({ prompt }) => words.bagOf(prompt, null))
  const logs = Float64Array.from(cases, ({ strong }) => Math.log(Math.max(1e-9, strong.costUsd)))
  const mean = logs.reduce((sum, log) => sum + log, 0) / Math.max(1, logs.length)
  return crossFit(bags, [logs.map((log) => log - mean)], foldsOf, 'linear', seed)
}

function crossFit(
  bags: readonly Int32Array[],
  goals: readonly Float64Array[],
  foldsOf: Int32Array,
  kind: 'logistic' | 'linear',
  seed: number,
): Basis {
  const all = bags.map((_, row) => row)
  const heads = goals.map((goal) =>
    Array.from({ length: folds }, (_, fold) => {
      const others = all.filter((row) => foldsOf[row] !== fold)
      return trainHead(bags, goal, others, kind, seed + fold + 1)
    }),
  )
  const unseen = heads.map((each) =>
    Float64Array.from(bags, (bag, row) => scoreOf(each[foldsOf[row]!]!, bag)),
  )
  return { heads, unseen }
}

export interface Fitted {
  readonly scorer: Scorer
  /** The worth of each case the scorer was fitted on, by the part that had not seen it. */
  readonly unseen: Float64Array
}

/** What a scorer is fitted with. */
export interface Design {
  readonly reads: Reads
  readonly goal: Goal
  readonly basis: Basis | null
  readonly cost: Basis
  readonly thrift: number
  readonly seed: number
  readonly near: Nearness | null
}

/** Rows to look for neighbours among, and what those of each case say. */
export interface Nearness {
  readonly neighbours: Neighbours
  readonly verdicts: readonly Verdicts[]
}

/**
 * A scorer over heads and facts: a small regression stands on the heads' scores of unseen rows, so
 * that one strong number is not drowned in many weak weights (stacking: Wolpert, 1992).
 */
export function fitScorer(
  cases: readonly Case[],
  foldsOf: Int32Array,
  { reads, goal, basis, cost, thrift, seed, near }: Design,
): Fitted {
  const facts = cases.map(({ prompt, cheap, second }, row) =>
    factsOf(reads, prompt, cheap, second, near?.verdicts[row] ?? null),
  )
  const width = facts[0]?.length ?? 0
  const columns = [
    ...(basis?.unseen ?? []),
    ...Array.from({ length: width }, (_, at) => Float64Array.from(facts, (each) => each[at]!)),
  ]
  const goals = Float64Array.from(cases, ({ cheap, strong }) =>
    goal === 'benefit' ? (strong.score - cheap.score + 1) / 2 : 1 - cheap.score,
  )
  const stacked = basis?.heads.length ?? 0
  const wholes = Array.from({ length: folds }, (_, fold) => {
    const others = cases.flatMap((_case, row) => (foldsOf[row] === fold ? [] : [row]))
    const kept = (column: Float64Array): Float64Array =>
      Float64Array.from(others, (row) => column[row]!)
    return fitDense(columns.map(kept), kept(goals))
  })
  const parts = wholes.map(({ bias, weights }, fold): Part => {
    const stack = basis?.heads.map((each, at) => ({ head: each[fold]!, factor: weights[at]! }))
    return {
      head: stack === undefined ? null : merged(stack),
      dense: { bias, weights: weights.slice(stacked) },
      cost: thrift === 0 ? null : cost.heads[0]![fold]!,
    }
  })
  const unseen = Float64Array.from(cases, (_, row) => {
    const { bias, weights } = wholes[foldsOf[row]!]!
    const z = columns.reduce((sum, column, at) => sum + weights[at]! * column[row]!, bias)
    return worth(goal, z, thrift === 0 ? 0 : cost.unseen[0]![row]!, thrift)
  })
  const neighbours = near?.neighbours ?? null
  return { scorer: { reads, goal, thrift, seed, parts, neighbours }, unseen }
}
