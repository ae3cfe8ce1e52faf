import type { Options } from '../options.ts'
import type { JudgeLabel } from '../grader.ts'

/** What a label may be called; others are numbers in [0, 1]. */
const words: Readonly<Record<string, number>> = {
  pass: 1,
  right: 1,
  good: 1,
  yes: 1,
  tie: 0.5,
  fail: 0,
  wrong: 0,
  bad: 0,
  no: 0,
}

/** The labels of a judge: a list in the file, a file of them, or the one that the command named. */
export function readLabels(options: Options): readonly JudgeLabel[] {
  const raw = options.written('labels')
  const path = typeof raw === 'string' ? raw : (options.judging.labels ?? undefined)
  options.any('labels')
  if (Array.isArray(raw)) return labelsOf(raw, options)
  if (path === undefined) return []
  try {
    return labelsOf(rowsOf(options.files.read(path.replace(/^file:\/\//, ''))), options)
  } catch (error) {
    options.wrong('labels', (error as Error).message)
    return []
  }
}

/** @throws Error with a sentence */
function rowsOf(text: string): readonly unknown[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (error) {
      throw new Error(
        `Line ${index + 1} of the labels is no JSON: ${(error as Error).message}. Each line is one label, as {"case": "1", "answer": "...", "label": 1}.`,
        { cause: error },
      )
    }
  })
}

function labelsOf(rows: readonly unknown[], options: Options): readonly JudgeLabel[] {
  return rows.flatMap((row, index) => {
    const label = labelOf(row)
    if (typeof label !== 'string') return [label]
    options.wrong('labels', `Label ${index + 1} ${label}`)
    return []
  })
}

/** @returns what is wrong with it, where something is */
function labelOf(row: unknown): JudgeLabel | string {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return 'is no object with case, answer and label.'
  const { case: named, model, answer, question, expected, label } = row as Record<string, unknown>
  const score = scoreOf(label)
  if (score === null)
    return 'needs a label: a number from 0 to 1, true or false, pass or fail, or tie.'
  const id = typeof named === 'number' ? String(named) : named
  for (const [name, value] of Object.entries({ case: id, model, answer, question }))
    if (value !== undefined && value !== null && typeof value !== 'string')
      return `has a ${name} that is no text.`
  if (id === undefined && question === undefined)
    return 'says neither which case it is of nor what was asked: give it case or question.'
  if (answer === undefined && model === undefined)
    return 'says neither what was answered nor who answered: give it answer or model.'
  return {
    case: (id as string | undefined) ?? null,
    model: (model as string | undefined) ?? null,
    answer: (answer as string | undefined) ?? null,
    question: (question as string | undefined) ?? null,
    expected,
    label: score,
  }
}

function scoreOf(label: unknown): number | null {
  if (typeof label === 'boolean') return Number(label)
  if (typeof label === 'number') return label >= 0 && label <= 1 ? label : null
  const word = typeof label === 'string' ? label.toLowerCase() : ''
  return Object.hasOwn(words, word) ? words[word]! : null
}
