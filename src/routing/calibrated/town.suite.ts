import { seeded } from '../../core/random.ts'
import type { Outcome, Row } from './table.ts'

/** A made-up table: hard and easy prompts told apart by their words, and a confidence that knows more. */
export interface Town {
  readonly rows: number
  readonly seed: number
  /** How often the cheap model is right on easy and on hard prompts. */
  readonly easy: number
  readonly hard: number
  readonly strong: number
  /** Whether the confidence of the cheap model tells right from wrong. */
  readonly confident?: boolean
  readonly costs?: readonly [number, number]
}

const subjects = ['tides', 'bread', 'bridges', 'ferns', 'ledgers', 'kites', 'wool', 'salt']

export function townOf(town: Town): readonly Row[] {
  const { rows, seed, easy, hard, strong, confident = false, costs = [1e-5, 2e-4] } = town
  const random = seeded(seed)
  return Array.from({ length: rows }, (_, index): Row => {
    const isHard = random.next() < 0.4
    const subject = subjects[Math.floor(random.next() * subjects.length)]!
    const prompt = isHard
      ? `Case ${index}: derive the general law of ${subject} and show each step.`
      : `Case ${index}: name a colour of ${subject}.`
    const right = random.next() < (isHard ? hard : easy)
    const doubt = right ? 0.02 + 0.2 * random.next() : 0.1 + 0.6 * random.next()
    const cheap: Outcome = {
      score: Number(right),
      costUsd: costs[0],
      checkUsd: 0,
      response: right ? `It is ${subject}.` : `Perhaps ${subject}, not sure.`,
      answer: undefined,
      confidence: confident ? { mean_logprob: Math.log(1 - doubt) } : null,
    }
    const other: Outcome = {
      ...cheap,
      score: Number(random.next() < strong),
      costUsd: costs[1],
      response: `It is ${subject}.`,
      confidence: null,
    }
    const results = new Map([
      ['small', cheap],
      ['large', other],
    ])
    return { id: String(index), prompt, results }
  })
}
