import { add, type Money, nothing } from '../../core/money.ts'
import type { Difference } from '../../stats/paired.ts'
import { type Estimate, meanEstimate, quantile } from './intervals.ts'
import { refusalIn } from './graders/refusal.ts'
import type { Plan } from './plan.ts'
import type { Result } from './run.ts'
import type { EvalCase, Suite } from './suite.ts'

/** What one model made of the cases. */
export interface ModelSummary {
  readonly model: string
  /** Who answered, when a task was asked: 'acme/large' and how often. */
  readonly answeredBy: Readonly<Record<string, number>>
  /** Of what the suite averages: one of the two that follow. */
  readonly score: Estimate
  readonly scores: Estimate
  readonly passes: Estimate
  /** By the names of graders and metrics. */
  readonly metrics: Readonly<Record<string, Estimate>>
  /** By prompt, where there are several. */
  readonly variants: Readonly<Record<string, Estimate>>
  /** All cases, those without a verdict included. */
  readonly cases: number
  /** Cases without a verdict, by why. */
  readonly missing: Readonly<Record<string, number>>
  /** Whether half of the cases or more have a verdict. */
  readonly conclusive: boolean
  readonly calls: number
  readonly failures: number
  /** Dollars of 1,000 calls; null when the cost of any is not known. */
  readonly costPer1000: Money | null
  readonly costUnknown: number
  /** Spent by this run: what was answered before costs nothing again. */
  readonly spent: Money
  readonly gradingCost: Money | null
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null }
  readonly tokens: { readonly input: number | null; readonly output: number | null }
  readonly cutOff: number
  readonly refusals: number
}

/** The value of each case that has one: the mean over its repeats. */
export type CaseValues = ReadonlyMap<string, number>

export interface Summarised {
  readonly summary: ModelSummary
  readonly values: CaseValues
}

export function summarise(
  model: string,
  results: readonly Result[],
  suite: Suite,
  plan: Plan,
  seed: number,
): Summarised {
  const own = results.filter(({ job }) => job.model === model)
  const byCase = Map.groupBy(own, ({ job }) => job.each.id)
  const missing = new Map<string, number>()
  const miss = (why: string): void => void missing.set(why, (missing.get(why) ?? 0) + 1)
  const values = new Map<string, number>()
  for (const each of plan.cases) {
    const some = byCase.get(each.id) ?? []
    const known = some
      .map((result) => valueOf(result, suite.metric))
      .filter((value) => value !== null)
    if (known.length > 0) values.set(each.id, meanOf(known)!)
    else miss(whyMissing(some))
  }
  for (const { ungradable } of plan.ungradable) miss(ungradable ?? '')
  const answers = own.flatMap(({ answer }) => (answer === null ? [] : [answer]))
  const costs = answers.map(({ cost }) => cost)
  const costUnknown = costs.filter((cost) => cost === null).length
  const total = costs.reduce<Money>((sum, cost) => (cost === null ? sum : add(sum, cost)), nothing)
  const cases = plan.cases.length + plan.ungradable.length
  const estimate = (of: (result: Result) => number | null, some = plan.cases): Estimate =>
    meanEstimate(scoresOf(some, byCase, of), seed)
  const summary: ModelSummary = {
    model,
    answeredBy: countsOf(answers.map((answer) => answer.model ?? 'unknown')),
    score: meanEstimate(toScores(plan.cases, values), seed),
    scores: estimate((result) => valueOf(result, 'score')),
    passes: estimate((result) => valueOf(result, 'pass')),
    metrics: metricsOf(own, estimate),
    variants: variantsOf(plan.cases, values, seed),
    cases,
    missing: Object.fromEntries(missing),
    conclusive: values.size * 2 >= cases,
    calls: own.length,
    failures: own.length - answers.length,
    costPer1000:
      costUnknown > 0 || answers.length === 0
        ? null
        : (((total * 1_000n) / BigInt(answers.length)) as Money),
    costUnknown,
    spent: own.reduce<Money>(
      (sum, { answer, kept }) =>
        kept || answer === null || answer.cost === null ? sum : add(sum, answer.cost),
      nothing,
    ),
    gradingCost: own.reduce<Money | null>(
      (sum, { grade }) =>
        grade === null ? sum : sum === null || grade.cost === null ? null : add(sum, grade.cost),
      nothing,
    ),
    latencyMs: {
      p50: quantile(
        answers.map(({ latencyMs }) => latencyMs),
        0.5,
      ),
      p95: quantile(
        answers.map(({ latencyMs }) => latencyMs),
        0.95,
      ),
    },
    tokens: {
      input: meanOf(answers.map(({ inputTokens }) => inputTokens)),
      output: meanOf(answers.map(({ outputTokens }) => outputTokens)),
    },
    cutOff: answers.filter(({ finish }) => finish === 'length').length,
    refusals: answers.filter((answer) => refusalIn(answer) !== null).length,
  }
  return { summary, values }
}

function valueOf({ grade }: Result, metric: Suite['metric']): number | null {
  if (grade === null) return null
  if (metric === 'score') return grade.score
  return grade.passed === null ? null : Number(grade.passed)
}

function whyMissing(results: readonly Result[]): string {
  const [first] = results
  if (first === undefined) return 'it was not asked'
  if (first.failure !== null) return `no answer: ${first.failure}`
  const check = first.grade?.checks.find(({ score, passed }) => score === null || passed === null)
  return check === undefined ? 'no verdict' : `${check.name}: ${check.why}`
}

function scoresOf(
  cases: readonly EvalCase[],
  byCase: ReadonlyMap<string, readonly Result[]>,
  of: (result: Result) => number | null,
): readonly Difference[] {
  return cases.flatMap(({ id, cluster }) => {
    const known = (byCase.get(id) ?? []).map(of).filter((value) => value !== null)
    return known.length === 0 ? [] : [{ value: meanOf(known)!, cluster }]
  })
}

function toScores(cases: readonly EvalCase[], values: CaseValues): readonly Difference[] {
  return cases.flatMap(({ id, cluster }) => {
    const value = values.get(id)
    return value === undefined ? [] : [{ value, cluster }]
  })
}

function metricsOf(
  results: readonly Result[],
  estimate: (of: (result: Result) => number | null) => Estimate,
): Readonly<Record<string, Estimate>> {
  const names = new Set(
    results.flatMap(({ grade }) => grade?.checks.map(({ metric }) => metric) ?? []),
  )
  const entries = [...names].map((name) => {
    const of = ({ grade }: Result): number | null => {
      const scores = (grade?.checks ?? [])
        .filter(({ metric }) => metric === name)
        .map(({ score }) => score)
      return scores.includes(null) ? null : meanOf(scores)
    }
    return [name, estimate(of)] as const
  })
  return Object.fromEntries(entries)
}

function variantsOf(
  cases: readonly EvalCase[],
  values: CaseValues,
  seed: number,
): Readonly<Record<string, Estimate>> {
  const groups = Map.groupBy(
    cases.filter(({ variant }) => variant !== null),
    ({ variant }) => variant!,
  )
  return Object.fromEntries(
    [...groups].map(([name, some]) => [name, meanEstimate(toScores(some, values), seed)]),
  )
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** Of those that are known; null when none is. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
