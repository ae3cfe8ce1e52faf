import type { Instant } from '../../../core/clock.ts'
import { add, type Money } from '../../../core/money.ts'
import { casesNeeded, clustersLeast } from '../../../stats/non-inferiority.ts'
import { type Difference, pairedDifference } from '../../../stats/paired.ts'
import { predictionPowered } from '../../../stats/prediction-powered.ts'
import {
  correctedDifference,
  correctedNonInferiority,
  correctedShare,
  type JudgeCounts,
  youden,
} from '../../../stats/rogan-gladen.ts'
import { normalCdf } from '../../../stats/special.ts'
import type { Comparison } from '../compare.ts'
import { type Estimate, meanEstimate } from '../intervals.ts'
import type { Report } from '../report.ts'
import type { Result } from '../run.ts'
import type { ModelSummary } from '../summary.ts'
import { answerOf, type Calibrated } from './calibrate.ts'
import { type Calibration, labelsLeast, whyNoVerdict } from './calibration.ts'
import type { JudgeCheck } from './judges.ts'

/** What the report says of its judge. */
export interface JudgeReport {
  readonly judges: readonly string[]
  /** Null: it has none. */
  readonly calibration: Calibration | null
  /** Why nothing is concluded from its word; null where its errors are reckoned out. */
  readonly why: string | null
  /** The share of answers that the judge itself called right, by model. */
  readonly said: Readonly<Record<string, Estimate>>
  readonly cost: Money | null
  readonly notes: readonly string[]
}

/**
 * A report whose scores are the word of a judge, with the errors of the judge reckoned out: by the labels of this
 * run's own answers where there are enough (prediction-powered inference), else by TPR and TNR (Rogan and Gladen).
 * A judge that is not calibrated, or says too little, leaves no verdict.
 * @param sole  the judge, or why there is no one judge
 */
export function withJudge(
  report: Report,
  sole: JudgeCheck | string,
  { calibration, cost, notes }: Calibrated,
  now: Instant,
): Report {
  const why = typeof sole === 'string' ? sole : whyNoVerdict(calibration, now)
  const said = new Map(
    report.models.map(({ model }) => [model, verdictsOf(report, model)] as const),
  )
  const judge: JudgeReport = {
    judges: typeof sole === 'string' ? [] : sole.judging.judges,
    calibration,
    why,
    said: Object.fromEntries(
      [...said].map(([model, values]) => [model, meanEstimate(values, report.seed)]),
    ),
    cost,
    notes,
  }
  const spent = cost === null ? report.spent : add(report.spent, cost)
  if (why !== null || typeof sole === 'string' || calibration === null)
    return {
      ...report,
      judge,
      spent,
      conclusive: false,
      comparisons: report.comparisons.map((comparison) => ({
        ...comparison,
        verdict: 'no verdict' as const,
        ...(why === null ? {} : { why }),
      })),
    }
  const labelled = new Map(
    report.models.map(({ model }) => [model, correctionsOf(report, model, sole)] as const),
  )
  const scene: Scene = { report, said, labelled, counts: calibration.counts }
  return {
    ...report,
    judge,
    spent,
    models: report.models.map((model) => correctedModel(model, scene)),
    comparisons: report.comparisons.map((comparison) => correctedComparison(comparison, scene)),
  }
}

interface Scene {
  readonly report: Report
  /** What the judge said of each case, by model: 1 is right. */
  readonly said: ReadonlyMap<string, readonly Difference[]>
  /** People's label minus the judge's, of this run's own answers. */
  readonly labelled: ReadonlyMap<string, readonly Difference[]>
  readonly counts: JudgeCounts
}

function verdictOf({ grade }: Result): number | null {
  const check = grade?.checks.find(({ weight }) => weight > 0)
  const passed = check?.passed ?? null
  return passed === null ? null : Number(passed)
}

function valuesOf({ results }: Report, model: string): ReadonlyMap<string, number> {
  const own = Map.groupBy(
    results.filter(({ job }) => job.model === model),
    ({ job }) => job.each.id,
  )
  return new Map(
    [...own].flatMap(([id, some]) => {
      const known = some.map(verdictOf).filter((value) => value !== null)
      if (known.length === 0) return []
      return [[id, known.reduce((sum, value) => sum + value, 0) / known.length] as const]
    }),
  )
}

function verdictsOf(report: Report, model: string): readonly Difference[] {
  const values = valuesOf(report, model)
  return report.plan.cases.flatMap(({ id, cluster }) => {
    const value = values.get(id)
    return value === undefined ? [] : [{ value, cluster }]
  })
}

/** Of labels that are of what this model answered in this run. */
function correctionsOf(
  { results, plan }: Report,
  model: string,
  { judging }: JudgeCheck,
): readonly Difference[] {
  const clusters = new Map(plan.cases.map(({ id, cluster }) => [id, cluster]))
  const first = new Map(
    results
      .filter(({ job }) => job.model === model && job.repeat === 0)
      .map((result) => [result.job.each.id, result] as const),
  )
  return judging.labels.flatMap((label) => {
    if (label.model !== model || label.case === null) return []
    const result = first.get(label.case)
    const cluster = clusters.get(label.case)
    if (result === undefined || cluster === undefined) return []
    const judged = verdictOf(result)
    if (judged === null || answerOf(label, results) !== result.answer?.text) return []
    return [{ value: Number(label.label >= 0.5) - judged, cluster }]
  })
}

function correctedModel(model: ModelSummary, { said, labelled, counts }: Scene): ModelSummary {
  const values = said.get(model.model) ?? []
  const judged = pairedDifference(values)
  if (judged === null) return model
  const { mean, standardError, cases, clusters } = judged
  const own = labelled.get(model.model) ?? []
  if (own.length >= labelsLeast) {
    const powered = predictionPowered(values, [{ sign: 1, values: own }])
    if (powered !== null) {
      const { low, high } = powered.interval
      const interval = { low: Math.max(0, low), high: Math.min(1, high) }
      const score: Estimate = {
        mean: Math.min(1, Math.max(0, powered.mean)),
        interval,
        standardError: powered.standardError,
        cases,
        clusters,
        method: 'prediction-powered',
      }
      return { ...model, score }
    }
  }
  const spread = standardError ?? 0
  // As many independent cases as would have this spread.
  const n = spread === 0 ? clusters : Math.min(cases, (mean * (1 - mean)) / spread ** 2)
  const corrected = correctedShare(mean, n, counts)
  if (corrected === null) return model
  const score: Estimate = {
    ...corrected,
    standardError: null,
    cases,
    clusters,
    method: 'rogan-gladen',
  }
  return { ...model, score }
}

function correctedComparison(comparison: Comparison, scene: Scene): Comparison {
  const { report, labelled, counts } = scene
  const { margin, alpha, plan } = report
  const { model, reference } = comparison
  if (comparison.verdict === 'no verdict') return comparison
  const [one, other] = [valuesOf(report, reference), valuesOf(report, model)]
  const pairs = plan.cases.flatMap(({ id, cluster }) => {
    const [before, after] = [one.get(id), other.get(id)]
    return before === undefined || after === undefined ? [] : [{ value: after - before, cluster }]
  })
  const confidence = 1 - alpha / report.comparisons.length
  const judged = pairedDifference(pairs, confidence)
  const { cases = 0, clusters = 0 } = judged ?? {}
  const seen = {
    wins: pairs.filter(({ value }) => value > 0).length,
    losses: pairs.filter(({ value }) => value < 0).length,
    ties: pairs.filter(({ value }) => value === 0).length,
  }
  if (judged === null || judged.standardError === null || clusters < clustersLeast) {
    const why = `the errors of a judge are reckoned out from ${clustersLeast} groups of cases on, and there are ${clusters}`
    return { ...comparison, ...seen, verdict: 'no verdict', pValue: null, test: 'none', why }
  }
  // Pairs that all came out alike say that few differ, not that none does.
  const standardError = Math.max(judged.standardError, 1 / cases)
  const [before, after] = [labelled.get(reference) ?? [], labelled.get(model) ?? []]
  const powered =
    before.length >= labelsLeast && after.length >= labelsLeast
      ? predictionPowered(
          pairs,
          [
            { sign: 1, values: after },
            { sign: -1, values: before },
          ],
          confidence,
        )
      : null
  const measured = { mean: judged.mean, standardError }
  const corrected = powered ?? correctedDifference(measured, counts, confidence)
  const pValue =
    powered === null
      ? correctedNonInferiority(measured, counts, margin)
      : 1 - normalCdf((powered.mean + margin) / powered.standardError)
  if (corrected === null || pValue === null) return comparison
  const { mean, interval } = corrected
  const spread = corrected.standardError * Math.sqrt(cases)
  const needed = casesNeeded({ spread, margin, difference: 0, alpha, power: 0.8 })
  const level = alpha / report.comparisons.length
  return {
    ...comparison,
    ...seen,
    difference: {
      mean,
      interval,
      standardError: corrected.standardError,
      cases,
      clusters,
      method: powered === null ? 'rogan-gladen' : 'prediction-powered',
    },
    pValue,
    test: 'large sample',
    power: null,
    moreCases: Math.max(0, needed - cases),
    verdict:
      interval.low > 0
        ? 'better'
        : pValue <= level
          ? 'no worse'
          : interval.high < -margin
            ? 'worse'
            : 'open',
  }
}

/** 'TPR 0.91 (0.84 to 0.95), TNR ...' */
export function calibrationText(calibration: Calibration): string {
  const { counts, tpr, tnr, kappa, positionBias, lengthSlope } = calibration
  const parts = (
    [
      ['TPR', tpr],
      ['TNR', tnr],
      ['kappa', kappa],
      ['position bias', positionBias],
      ['length slope', lengthSlope],
    ] as const
  ).flatMap(([name, found]) =>
    found === null
      ? []
      : [
          `${name} ${found.estimate.toFixed(2)} (${found.interval.low.toFixed(2)} to ${found.interval.high.toFixed(2)})`,
        ],
  )
  const worth = youden(counts)
  const kept = worth === null ? '' : ` A difference shows at ${Math.round(100 * worth)} %.`
  return `${counts.positives + counts.negatives} labels: ${parts.join(', ')}.${kept}`
}
