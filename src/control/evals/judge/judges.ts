import type { Judging } from '../grader.ts'
import type { Check, EvalCase, Suite } from '../suite.ts'

export interface JudgeCheck {
  readonly check: Extract<Check, { kind: 'one' }>
  readonly judging: Judging
}

/** Checks of a case that ask models to judge, those within sets included. */
export function judgesIn(checks: readonly Check[]): readonly JudgeCheck[] {
  return checks.flatMap((check) => {
    if (check.kind === 'set') return judgesIn(check.checks)
    const { judging } = check.grader
    return judging === undefined ? [] : [{ check, judging }]
  })
}

/** Each judge of a suite once. */
export function judgesOf({ cases }: Pick<Suite, 'cases'>): readonly JudgeCheck[] {
  const found = new Map<string, JudgeCheck>()
  for (const { checks } of cases)
    for (const each of judgesIn(checks)) found.set(each.judging.identity, each)
  return [...found.values()]
}

/** Whom a suite asks to judge, and whom it compares with besides its own models. */
export function askedByJudges(suite: Pick<Suite, 'cases'>): readonly string[] {
  const names = judgesOf(suite).flatMap(({ judging: { judges, against } }) => [
    ...judges,
    ...(against === null ? [] : [against]),
  ])
  return [...new Set(names)]
}

/**
 * The one judge on whose word the figures rest: of a mean of scores alone, of a share that passes beside graders
 * that leave nothing to judgement. A sentence where its part cannot be told from the rest; null where no judge
 * has one.
 */
export function soleJudge({
  cases,
  metric,
}: Pick<Suite, 'cases' | 'metric'>): JudgeCheck | string | null {
  let sole: JudgeCheck | null = null
  let without = 0
  for (const each of cases) {
    const judges = judgesIn(each.checks).filter(
      ({ check }) => metric === 'pass' || check.weight > 0,
    )
    const [first] = judges
    if (first === undefined) {
      without += 1
      continue
    }
    if (judges.length > 1 || mixes(each, metric)) return mixed
    if (sole !== null && sole.judging.identity !== first.judging.identity)
      return 'its cases have several judges, and each needs an evaluation of its own'
    sole = first
  }
  if (sole !== null && without > 0)
    return 'some of its cases have a judge and others have none. Give each an evaluation of its own'
  return sole
}

const mixed =
  'its score mixes a judge with other graders, and what the judge gets wrong in it cannot be reckoned out. Give the others weight: 0, count by metric: pass, or make an evaluation of its own'

function mixes({ checks, threshold }: EvalCase, metric: Suite['metric']): boolean {
  if (checks.some(({ kind }) => kind === 'set')) return true
  if (metric === 'pass') return threshold !== null
  return checks.filter(({ weight }) => weight > 0).length > 1
}
