import type { Money } from '../../core/money.ts'
import { add, nothing } from '../../core/money.ts'
import { compareToFirst, type Comparison } from './compare.ts'
import type { JudgeReport } from './judge/judge-report.ts'
import type { Plan } from './plan.ts'
import type { Result } from './run.ts'
import type { Suite } from './suite.ts'
import { type ModelSummary, summarise } from './summary.ts'

/** All that is said of a run. */
export interface Report {
  readonly suite: Suite
  readonly plan: Plan
  readonly models: readonly ModelSummary[]
  /** Each model but the first beside the first. */
  readonly comparisons: readonly Comparison[]
  readonly results: readonly Result[]
  readonly repeats: number
  readonly seed: number
  readonly margin: number
  readonly alpha: number
  /** Whether every model has a verdict for half of the cases or more. */
  readonly conclusive: boolean
  /** What this run spent on answers and grades, as far as it is known. */
  readonly spent: Money
  /** Calls that were answered by an earlier run. */
  readonly kept: number
  /** On whose word the scores rest; absent where nobody judges. */
  readonly judge?: JudgeReport
}

export interface ReportOptions {
  readonly models: readonly string[]
  readonly repeats: number
  readonly seed: number
  readonly margin: number
  /** Of a false 'no worse' or 'better', where it is not the usual one. */
  readonly alpha?: number
}

/** The chance of calling a model no worse that is worse by the margin. */
export const alphaUsual = 0.05

export function reportOf(
  suite: Suite,
  plan: Plan,
  results: readonly Result[],
  { models, repeats, seed, margin, alpha = alphaUsual }: ReportOptions,
): Report {
  const summarised = models.map((model) => summarise(model, results, suite, plan, seed))
  const summaries = summarised.map(({ summary }) => summary)
  return {
    suite,
    plan,
    models: summaries,
    comparisons: compareToFirst(summarised, plan.cases, { margin, alpha, seed }),
    results,
    repeats,
    seed,
    margin,
    alpha,
    conclusive: summaries.every(({ conclusive }) => conclusive),
    spent: summaries.reduce<Money>(
      (sum, { spent, gradingCost }) => add(add(sum, spent), gradingCost ?? nothing),
      nothing,
    ),
    kept: results.filter(({ kept }) => kept).length,
  }
}
