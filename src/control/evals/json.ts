import type { Answered } from '../../core/caller.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import { type Money, usdText } from '../../core/money.ts'
import type { Comparison } from './compare.ts'
import type { Estimate } from './intervals.ts'
import { issueText } from './fault.ts'
import type { CaseGrade } from './grade.ts'
import type { Calibration } from './judge/calibration.ts'
import type { JudgeReport } from './judge/judge-report.ts'
import type { Report } from './report.ts'
import type { Result } from './run.ts'
import type { EvalCase } from './suite.ts'
import type { ModelSummary } from './summary.ts'
import { verdictText } from './words.ts'

/** The report for machines. Money is decimal text in USD, null what is not known. @param whole  with every answer */
export function jsonOf(
  report: Report,
  at: Instant,
  whole: boolean,
): Readonly<Record<string, unknown>> {
  const { suite, plan, models, comparisons, results, repeats, seed, margin, alpha, conclusive } =
    report
  return {
    name: suite.name,
    file: suite.file,
    format: suite.format,
    at: isoText(at),
    metric: suite.metric,
    margin,
    alpha,
    repeats,
    seed,
    conclusive,
    cases: plan.cases.length + plan.ungradable.length,
    calls: results.length,
    kept: report.kept,
    spent_usd: usdText(report.spent),
    notes: suite.notes.map(issueText),
    models: models.map(modelJson),
    comparisons: comparisons.map((comparison) => comparisonJson(comparison, margin)),
    ...(report.judge === undefined ? {} : { judge: judgeJson(report.judge) }),
    ...(whole
      ? {
          results: casesJson(plan.cases, results),
          ungradable: plan.ungradable.map(({ id, ungradable }) => ({ id, why: ungradable })),
        }
      : {}),
  }
}

function modelJson(model: ModelSummary): Readonly<Record<string, unknown>> {
  const many = (estimates: Readonly<Record<string, Estimate>>): Readonly<Record<string, unknown>> =>
    Object.fromEntries(Object.entries(estimates).map(([name, each]) => [name, estimateJson(each)]))
  return {
    model: model.model,
    answered_by: model.answeredBy,
    score: estimateJson(model.score),
    scores: estimateJson(model.scores),
    passes: estimateJson(model.passes),
    metrics: many(model.metrics),
    variants: many(model.variants),
    cases: model.cases,
    missing: model.missing,
    conclusive: model.conclusive,
    calls: model.calls,
    failures: model.failures,
    cost_per_1000_usd: moneyJson(model.costPer1000),
    cost_unknown: model.costUnknown,
    spent_usd: usdText(model.spent),
    grading_usd: moneyJson(model.gradingCost),
    latency_ms: model.latencyMs,
    tokens: model.tokens,
    cut_off: model.cutOff,
    refusals: model.refusals,
  }
}

function comparisonJson(comparison: Comparison, margin: number): Readonly<Record<string, unknown>> {
  const { model, reference, difference, wins, losses, ties, verdict, power } = comparison
  return {
    model,
    reference,
    difference: estimateJson(difference),
    wins,
    losses,
    ties,
    p_value: comparison.pValue,
    test: comparison.test,
    verdict,
    says: verdictText(comparison, margin),
    power,
    more_cases: comparison.moreCases,
  }
}

function judgeJson({ judges, calibration, why, said, cost, notes }: JudgeReport) {
  return {
    judges,
    calibration: calibration === null ? null : calibrationJson(calibration),
    no_verdict: why,
    said: Object.fromEntries(
      Object.entries(said).map(([name, each]) => [name, estimateJson(each)]),
    ),
    calibration_usd: moneyJson(cost),
    notes,
  }
}

/** A calibration for machines. */
export function calibrationJson(calibration: Calibration): Readonly<Record<string, unknown>> {
  const { identity, judges, at, validUntil, counts, silent } = calibration
  const figure = (found: Calibration['tpr']) =>
    found === null
      ? null
      : { estimate: found.estimate, interval: [found.interval.low, found.interval.high] }
  return {
    identity,
    judges,
    at: isoText(at),
    valid_until: isoText(validUntil),
    labels: counts.positives + counts.negatives,
    counts,
    silent,
    tpr: figure(calibration.tpr),
    tnr: figure(calibration.tnr),
    kappa: figure(calibration.kappa),
    position_bias: figure(calibration.positionBias),
    length_slope: figure(calibration.lengthSlope),
  }
}

function estimateJson({ mean, interval, standardError, cases, clusters, method }: Estimate) {
  return {
    mean,
    interval: interval === null ? null : [interval.low, interval.high],
    standard_error: standardError,
    n: cases,
    clusters,
    method,
  }
}

function casesJson(cases: readonly EvalCase[], results: readonly Result[]): readonly unknown[] {
  const byCase = Map.groupBy(results, ({ job }) => job.each.id)
  return cases.map(
    ({ id, description, place, cluster, variant, vars, messages, expected, ...each }) => ({
      id,
      description,
      line: place.line,
      cluster,
      variant,
      vars,
      messages,
      params: each.params,
      ...(expected === undefined ? {} : { expected }),
      answers: (byCase.get(id) ?? []).map(({ job, answer, failure, grade, kept }) => ({
        model: job.model,
        repeat: job.repeat + 1,
        kept,
        failure,
        ...(answer === null ? {} : { answer: answerJson(answer) }),
        ...(grade === null ? {} : { grade: gradeJson(grade) }),
      })),
    }),
  )
}

function answerJson(answer: Answered): Readonly<Record<string, unknown>> {
  return {
    call_id: answer.callId,
    answered_by: answer.model,
    text: answer.text,
    refusal: answer.refusal,
    tool_calls: answer.toolCalls,
    finish: answer.finish,
    input_tokens: answer.inputTokens,
    output_tokens: answer.outputTokens,
    cost_usd: moneyJson(answer.cost),
    latency_ms: Math.round(answer.latencyMs * 1_000) / 1_000,
  }
}

function gradeJson({ score, passed, checks, cost }: CaseGrade): Readonly<Record<string, unknown>> {
  return { score, passed, checks, cost_usd: moneyJson(cost) }
}

function moneyJson(amount: Money | null): string | null {
  return amount === null ? null : usdText(amount)
}
