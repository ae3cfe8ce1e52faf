import type { Report } from '../report.ts'
import type { Result } from '../run.ts'
import type { Suite } from '../suite.ts'

/** What came of one case, or of one answer: from 0 to 1, the mean over its repeats. */
export interface Word {
  /** Whether the judge called it right, and all else that must hold did. */
  readonly right: number
  /** Whether all else held: 1 where the judge alone counts. Nothing of it is a matter of judgement. */
  readonly gate: number
  readonly cluster: string
}

/** Null where there is no verdict. */
export function wordOf(
  { job, grade }: Pick<Result, 'job' | 'grade'>,
  metric: Suite['metric'],
): Word | null {
  const at = job.each.checks.findIndex(
    (check) =>
      check.kind === 'one' &&
      check.grader.judging !== undefined &&
      (metric === 'pass' || check.weight > 0),
  )
  const passed = grade?.checks[at]?.passed ?? null
  if (grade === null || passed === null) return null
  const others = metric === 'pass' ? grade.checks.filter((_, index) => index !== at) : []
  if (others.some((other) => other.passed === null)) return null
  const gate = others.every((other) => other.passed === true)
  return { right: Number(passed && gate), gate: Number(gate), cluster: job.each.cluster }
}

/** By case, of one model. */
export function wordsOfRun(
  { results, suite }: Pick<Report, 'results' | 'suite'>,
  model: string,
): ReadonlyMap<string, Word> {
  const own = Map.groupBy(
    results.filter(({ job }) => job.model === model),
    ({ job }) => job.each.id,
  )
  return new Map(
    [...own].flatMap(([id, some]) => {
      const known = some
        .map((result) => wordOf(result, suite.metric))
        .filter((word) => word !== null)
      if (known.length === 0) return []
      const mean = (of: (word: Word) => number): number =>
        known.reduce((sum, word) => sum + of(word), 0) / known.length
      const { cluster } = known[0]!
      return [
        [
          id,
          { right: mean(({ right }) => right), gate: mean(({ gate }) => gate), cluster },
        ] as const,
      ]
    }),
  )
}
