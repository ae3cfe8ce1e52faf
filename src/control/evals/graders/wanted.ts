import type { GraderInput } from '../grader.ts'
import type { Options } from '../options.ts'

/** What an answer is compared with: the grader's own `value`, else the case's expected answer. */
export function wantedOf(options: Options): (input: GraderInput) => unknown {
  const own = options.any('value')
  return ({ expected }) => (own === undefined ? expected : own)
}

export const nothingWanted =
  'The case states no expected answer. Give it one under expected, or give the grader a value.'

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** For a sentence: one line, and not a long one. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)
}
