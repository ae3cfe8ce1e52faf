import { embeddingsOf, type Routed } from './calibrated/rule.ts'
import { worthOf } from './calibrated/scorer.ts'

/** What a rule makes of a prompt before anything is asked. */
export interface Decision {
  /** `cheap-first`: the answer will decide. */
  readonly asks: 'cheap' | 'strong' | 'cheap-first'
  /** What asking the strong model is worth, and from where on it is asked; null where nothing is scored. */
  readonly score: number | null
  readonly threshold: number | null
}

/**
 * Of long prompts only the ends are read, so that no prompt holds up others: see `decide_us` in bench/results/routing.json.
 * @param vector  of the prompt, for a rule that goes by its neighbours; without it the strong model is asked
 */
export function decide(rule: Routed, prompt: string, vector: Int8Array | null = null): Decision {
  const { method, scorer, threshold, direct } = rule
  if (vector === null && embeddingsOf(rule) !== null)
    return { asks: 'strong', score: Number.POSITIVE_INFINITY, threshold }
  if (method === 'prompt-route' && scorer !== null) {
    const score = worthOf(scorer, prompt, null, null, vector)
    return { asks: score > threshold ? 'strong' : 'cheap', score, threshold }
  }
  if (direct === null) return { asks: 'cheap-first', score: null, threshold: null }
  const score = worthOf(direct.scorer, prompt, null, null, vector)
  const asks = score > direct.threshold ? 'strong' : 'cheap-first'
  return { asks, score, threshold: direct.threshold }
}

export function decisionText({ score, threshold }: Decision): string {
  if (score === null || threshold === null) return 'cheap first'
  if (score === Number.POSITIVE_INFINITY) return 'there is no embedding to go by'
  const side = score > threshold ? 'above' : 'not above'
  return `worth ${figure(score)}, ${side} ${figure(threshold)}`
}

/** Three digits tell any two scores apart that matter. */
export function figure(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(3) : 'beyond measure'
}
