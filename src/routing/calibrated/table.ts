import { seeded } from '../../core/random.ts'
import type { Embedding } from './neighbours.ts'

/** What one model made of one prompt, as far as a table says it. */
export interface Outcome {
  /** 0 to 1. */
  readonly score: number
  /**
   * US dollars of the call. A float, because it is averaged and drawn again, never billed; the ledger's
   * amounts are whole picodollars.
   */
  readonly costUsd: number
  /** Dollars of the call that asked for `confidence`, 0 when it came with the answer. */
  readonly checkUsd: number
  readonly response: string | null
  /** The extracted answer; null when there is none, undefined when the table has no answers. */
  readonly answer: string | null | undefined
  /** Numbers that came with the answer, by name: a mean log-probability and the like. */
  readonly confidence: Readonly<Record<string, number>> | null
}

export interface Row {
  readonly id: string
  readonly prompt: string
  readonly results: ReadonlyMap<string, Outcome>
  /** Where an embeddings model was asked about the prompt. */
  readonly embedding?: Embedding
}

/** A row that is not of the shape, with a sentence. */
export class TableFault extends Error {
  override readonly name = 'TableFault'
}

/** What is read of a line: the models asked for, and what all of them are called. */
export interface Line {
  readonly row: Row
  readonly models: readonly string[]
}

/**
 * One line of a table. Of the results only those of `wanted` are read; unknown members are left alone, so
 * that labels which are not there at run time (`error_type`, `sample_scores`) can be no signal.
 * @throws TableFault without the number of the line, which the caller knows
 */
export function readLine(text: string, wanted: ReadonlySet<string>): Line {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const odd = /\b(?:NaN|-?Infinity)\b/.exec(text)?.[0]
    throw new TableFault(
      odd === undefined
        ? 'it is no JSON object'
        : `it holds ${odd}, which is no JSON; give a number, or leave the result out`,
    )
  }
  if (!isRecord(value)) throw new TableFault('it is no JSON object')
  const { id, prompt, results } = value
  if (typeof prompt !== 'string') throw new TableFault('it has no text under "prompt"')
  if (!isRecord(results)) throw new TableFault('it has no object under "results"')
  const read = new Map<string, Outcome>()
  for (const model of wanted) {
    const result = Object.hasOwn(results, model) ? results[model] : undefined
    if (result !== undefined && result !== null) read.set(model, outcomeOf(model, result))
  }
  const name = typeof id === 'string' || typeof id === 'number' ? String(id) : prompt
  return { row: { id: name, prompt, results: read }, models: Object.keys(results) }
}

function outcomeOf(model: string, value: unknown): Outcome {
  if (!isRecord(value)) throw new TableFault(`its result of ${model} is no object`)
  const { score, cost_usd: cost, confidence_cost_usd: check, response, answer, confidence } = value
  if (!isFinite(score) || score < 0 || score > 1)
    throw new TableFault(
      `the score of ${model} is ${JSON.stringify(score) ?? 'missing'}; scores are numbers between 0 and 1`,
    )
  if (!isFinite(cost) || cost < 0)
    throw new TableFault(
      `the cost_usd of ${model} is ${JSON.stringify(cost) ?? 'missing'}; without the dollars of each call no saving can be told`,
    )
  const numbers = isRecord(confidence)
    ? Object.entries(confidence).filter((entry): entry is [string, number] => isFinite(entry[1]))
    : []
  return {
    score,
    costUsd: cost,
    checkUsd: isFinite(check) && check > 0 ? check : 0,
    response: typeof response === 'string' ? response : null,
    answer: answer === undefined ? undefined : answerText(answer),
    confidence: numbers.length === 0 ? null : Object.fromEntries(numbers),
  }
}

function answerText(answer: unknown): string | null {
  if (answer === null) return null
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}

/**
 * The place of a prompt in [0, 1) under a seed. Rows with the same words, in any case of ASCII and any spacing, have the
 * same place, so that no split parts them.
 */
export function placeOf(prompt: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  let spaced = false
  let begun = false
  const take = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) {
      let code = prompt.charCodeAt(at)
      if (code <= 0x20) {
        spaced = begun
        continue
      }
      if (code >= 0x41 && code <= 0x5a) code += 0x20
      if (spaced) hash = Math.imul(hash ^ 0x20, 0x01000193)
      hash = Math.imul(hash ^ code, 0x01000193)
      spaced = false
      begun = true
    }
  }
  const { length } = prompt
  take(0, Math.min(length, endLength))
  take(Math.max(endLength, length - endLength), length)
  return seeded(hash ^ Math.imul(seed, 0x9e3779b1)).next()
}

/** Characters at either end of a long prompt that tell it from others; this runs with each call. */
const endLength = 2_000

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
