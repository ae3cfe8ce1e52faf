import { type Neighbour, neighboursOf } from './neighbours.ts'
import type { Routed } from './rule.ts'
import { foldOf, type Scorer, worthOf } from './scorer.ts'
import { Words, wordsWithPlaces } from './words.ts'

/** What a rule makes of a prompt before anything is asked. */
export interface Explanation {
  /** `cheap-first`: the answer, or two of them, will decide. */
  readonly decision: 'cheap' | 'strong' | 'cheap-first'
  readonly worth: number | null
  readonly threshold: number
  /** Words that weigh most, for the strong model above 0 and for the cheap one below, in log-odds. */
  readonly words: readonly { readonly text: string; readonly weight: number }[]
  /** The prompts of its table most like this one that it goes by, the nearest first. */
  readonly neighbours: readonly Neighbour[]
}

/** @param vector  of the prompt, for a rule that goes by its neighbours */
export function explain(
  rule: Routed,
  prompt: string,
  vector: Int8Array | null = null,
): Explanation {
  const { scorer, threshold, direct, method } = rule
  if (method === 'prompt-route' && scorer !== null) {
    const worth = worthOf(scorer, prompt, null, null, vector)
    const decision = worth > threshold ? 'strong' : 'cheap'
    return { decision, worth, threshold, ...told(scorer, prompt, vector) }
  }
  if (direct === null)
    return { decision: 'cheap-first', worth: null, threshold, words: [], neighbours: [] }
  const worth = worthOf(direct.scorer, prompt, null, null, vector)
  return {
    decision: worth > direct.threshold ? 'strong' : 'cheap-first',
    worth,
    threshold: direct.threshold,
    ...told(direct.scorer, prompt, vector),
  }
}

const shown = 10

function told(
  scorer: Scorer,
  prompt: string,
  vector: Int8Array | null,
): Pick<Explanation, 'words' | 'neighbours'> {
  const { neighbours, seed } = scorer
  const near =
    neighbours === null || vector === null
      ? []
      : neighboursOf(neighbours, vector, foldOf(prompt, seed)).slice(0, shown)
  return { words: heaviest(scorer, prompt), neighbours: near }
}

function heaviest(scorer: Scorer, prompt: string): Explanation['words'] {
  const { head } = scorer.parts[foldOf(prompt, scorer.seed)]!
  if (head === null) return []
  const bag = new Words().bagOf(prompt, null)
  const present = new Set(bag)
  const unit = 1 / Math.sqrt(Math.max(1, bag.length))
  const found = new Map<string, number>()
  for (const { text, place } of wordsWithPlaces(prompt))
    if (present.has(place)) found.set(text, head.weights[place]! * unit)
  return [...found]
    .map(([text, weight]) => ({ text, weight }))
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, shown)
}
