import type { Embedding } from './neighbours.ts'
import type { Outcome, Row } from './table.ts'
import { type Scorer, worthOf } from './scorer.ts'
import { agree } from './signals.ts'

/** `static` asks one model and is what 'no routing' is called. */
export type Method = 'static' | 'prompt-route' | 'cascade' | 'agreement' | 'combined'

interface Static {
  readonly method: 'static'
  readonly model: string
}

/** A rule that may ask two models or three. */
export interface Routed {
  readonly method: Exclude<Method, 'static'>
  readonly cheap: string
  readonly second: string | null
  readonly strong: string
  /** Null where agreement alone decides. */
  readonly scorer: Scorer | null
  /** Worth above this escalates. */
  readonly threshold: number
  /** Prompts that go to the strong model at once, because trying the cheap one first would not pay. */
  readonly direct: { readonly scorer: Scorer; readonly threshold: number } | null
}

export type Rule = Static | Routed

/** What a rule did with a prompt. */
export interface Trip {
  readonly score: number
  /** Every call that was made, checks too. */
  readonly costUsd: number
  readonly escalated: boolean
}

/** As `worthOf`, or from a store of what it said. */
export type Worth = typeof worthOf

/** Null when an outcome is missing that the rule needs. */
export function follow(
  rule: Rule,
  { prompt, results, embedding }: Pick<Row, 'prompt' | 'results' | 'embedding'>,
  strongName: string,
  worth: Worth = worthOf,
): Trip | null {
  if (rule.method === 'static') {
    const only = results.get(rule.model)
    if (!only) return null
    return { score: only.score, costUsd: only.costUsd, escalated: rule.model === strongName }
  }
  const cheap = results.get(rule.cheap)
  const strong = results.get(rule.strong)
  const second = rule.second === null ? null : results.get(rule.second)
  if (!cheap || !strong || second === undefined) return null
  const { scorer, direct } = rule
  const vector = embedding?.vector ?? null
  const asked = embeddingUsd(rule, embedding ?? null)
  if (direct !== null && worth(direct.scorer, prompt, null, null, vector) > direct.threshold)
    return { score: strong.score, costUsd: asked + strong.costUsd, escalated: true }
  const gain = scorer === null ? doubt(cheap, second) : worth(scorer, prompt, cheap, second, vector)
  const escalated = gain > rule.threshold
  if (rule.method === 'prompt-route') {
    const chosen = escalated ? strong : cheap
    return { score: chosen.score, costUsd: asked + chosen.costUsd, escalated }
  }
  const tried = asked + triedUsd(cheap, second, readsConfidence(scorer))
  return escalated
    ? { score: strong.score, costUsd: tried + strong.costUsd, escalated }
    : { score: cheap.score, costUsd: tried, escalated }
}

/** 'provider/model' that is asked about each prompt before anything is decided; null: none is. */
export function embeddingsOf(rule: Rule): string | null {
  if (rule.method === 'static') return null
  const { scorer, direct } = rule
  return scorer?.neighbours?.model ?? direct?.scorer.neighbours?.model ?? null
}

/** What that costs for one prompt, whoever answers it. */
export function embeddingUsd(rule: Rule, embedding: Embedding | null): number {
  return embedding === null || embeddingsOf(rule) === null ? 0 : embedding.costUsd
}

/** What was paid before the decision: the cheap answer, its check where it is read, and the second one. */
export function triedUsd(cheap: Outcome, second: Outcome | null, checked: boolean): number {
  return cheap.costUsd + (checked ? cheap.checkUsd : 0) + (second?.costUsd ?? 0)
}

export function readsConfidence(scorer: Scorer | null): boolean {
  return scorer !== null && scorer.reads.keys.length > 0
}

/** 0 when two cheap answers agree, else 1. */
export function doubt(cheap: Outcome, second: Outcome | null): number {
  return second !== null && agree(cheap, second) === true ? 0 : 1
}
