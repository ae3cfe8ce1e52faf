import type { ModelJson } from '../../server/contract/models.ts'
import type { Comparison } from '../../control/evals/compare.ts'
import type { Estimate } from '../../control/evals/intervals.ts'
import { keyOf, type Plan } from '../../control/evals/plan.ts'
import { alphaUsual, type Report } from '../../control/evals/report.ts'
import type { ModelSummary } from '../../control/evals/summary.ts'
import { verdictText } from '../../control/evals/words.ts'
import { usdText } from '../../core/money.ts'

/** A figure with what it stands on. */
export interface Figure {
  readonly mean: number | null
  readonly interval: readonly [number, number] | null
  readonly n: number
  readonly clusters: number
  readonly method: string
}

export interface Score extends Figure {
  /** Those without a verdict included; absent in certificates of earlier versions. */
  readonly cases?: number
  readonly cost_per_1000_usd: string | null
}

/** What a proven swap rests on, as it is kept. Hashes are SHA-256. */
export interface Proof {
  /** The task's models when they were measured; the first is the incumbent. */
  readonly before: readonly string[]
  readonly incumbent: string
  readonly candidate: string
  readonly says: string
  readonly verdict: Comparison['verdict']
  readonly difference: Figure
  readonly p_value: number | null
  readonly test: string
  readonly margin: number
  /** The level of this look; those of all looks together are `alpha_of_all` at most. */
  readonly alpha: number
  readonly alpha_of_all: number
  /** Earlier looks at other cases, or at other answers to these, that were to prove the same. */
  readonly earlier_tries: number
  readonly metric: string
  readonly graders: readonly string[]
  readonly repeats: number
  readonly seed: number
  readonly scores: Readonly<Record<string, Score>>
  /** Who answered: a model may call itself by another name when it is another one. */
  readonly answered_by: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly prices: Readonly<Record<string, { readonly id: string | null; readonly usd: unknown }>>
  readonly evaluation: {
    readonly name: string
    readonly file: string
    readonly file_sha256: string
    readonly cases_sha256: string
    /** Of the messages that all cases have in common: the system prompt. */
    readonly prompt_sha256: string
  }
  readonly judge: Readonly<Record<string, unknown>> | null
  /** After so many days it says little of the models of then. */
  readonly valid_days: number
}

/** As long as a policy's proof counts. */
export const validDays = 90

export interface ProofParts {
  readonly before: readonly string[]
  readonly report: Report
  readonly comparison: Comparison
  readonly text: string
  readonly listed: readonly ModelJson[]
  readonly judge: Readonly<Record<string, unknown>> | null
  readonly earlierTries: number
}

/** SHA-256 of the cases that are asked, in whichever order. */
export function casesHash({ cases }: Pick<Plan, 'cases'>): string {
  return keyOf(
    cases
      .map(({ id, messages, params, expected }) => [id, messages, params, expected ?? null])
      .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
  )
}

export function proofOf({
  before,
  report,
  comparison,
  text,
  listed,
  judge,
  earlierTries,
}: ProofParts): Proof {
  const { suite, plan, models } = report
  const { reference, model, verdict, difference, pValue, test } = comparison
  const systems = plan.cases.map(({ messages }) =>
    messages.filter(({ role }) => role === 'system' || role === 'developer'),
  )
  return {
    before,
    incumbent: reference,
    candidate: model,
    says: verdictText(comparison, report.margin),
    verdict,
    difference: figureOf(difference),
    p_value: pValue,
    test,
    margin: report.margin,
    alpha: report.alpha,
    alpha_of_all: alphaUsual,
    earlier_tries: earlierTries,
    metric: suite.metric,
    graders: [...new Set(plan.cases.flatMap(({ checks }) => checks.map(({ name }) => name)))],
    repeats: report.repeats,
    seed: report.seed,
    scores: Object.fromEntries(models.map((each) => [each.model, scoreOf(each)])),
    answered_by: Object.fromEntries(models.map((each) => [each.model, each.answeredBy])),
    prices: Object.fromEntries(
      models.map((each) => {
        const found = listed.find(({ id }) => id === each.model)
        return [each.model, { id: found?.price_id ?? null, usd: found?.price ?? null }]
      }),
    ),
    evaluation: {
      name: suite.name,
      file: suite.file,
      file_sha256: new Bun.CryptoHasher('sha256').update(text).digest('hex'),
      cases_sha256: casesHash(plan),
      prompt_sha256: keyOf([...new Set(systems.map((each) => JSON.stringify(each)))].toSorted()),
    },
    judge,
    valid_days: validDays,
  }
}

function scoreOf(model: ModelSummary): Score {
  const { score, costPer1000, cases } = model
  return {
    ...figureOf(score),
    cases,
    cost_per_1000_usd: costPer1000 === null ? null : usdText(costPer1000),
  }
}

function figureOf({ mean, interval, cases, clusters, method }: Estimate): Figure {
  return {
    mean,
    interval: interval === null ? null : [interval.low, interval.high],
    n: cases,
    clusters,
    method,
  }
}
