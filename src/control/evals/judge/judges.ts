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
 * The one judge on whose word the score of every case rests alone; a sentence where judges have a part in it
 * that cannot be told from the rest; null where none has.
 */
export function soleJudge(cases: readonly EvalCase[]): JudgeCheck | string | null {
  let sole: JudgeCheck | null = null
  let others = 0
  for (const { checks } of cases) {
    const judges = judgesIn(checks).filter(({ check }) => check.weight > 0)
    if (judges.length === 0) {
      others += 1
      continue
    }
    const [first] = judges
    const counting = checks.filter(({ weight }) => weight > 0)
    if (judges.length > 1 || counting.length > 1 || counting[0]!.kind === 'set')
      return 'its score mixes a judge with other graders, and what the judge gets wrong in it cannot be reckoned out. Give the others weight: 0, or an evaluation of their own'
    if (sole !== null && sole.judging.identity !== first!.judging.identity)
      return 'its cases have several judges, and each needs an evaluation of its own'
    sole = first!
  }
  if (sole !== null && others > 0)
    return 'some of its cases have a judge and others have none. Give each an evaluation of its own'
  return sole
}
