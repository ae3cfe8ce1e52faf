import type { Instant } from '../../../core/clock.ts'
import { add } from '../../../core/money.ts'
import { casesNeeded, clustersLeast } from '../../../stats/non-inferiority.ts'
import { type Difference, pairedDifference } from '../../../stats/paired.ts'
import { predictionPowered } from '../../../stats/prediction-powered.ts'
import {
  correctedDifference,
  correctedNonInferiority,
  correctedShare,
  type JudgeCounts,
  type Measured,
  softened,
} from '../../../stats/rogan-gladen.ts'
import { normalCdf } from '../../../stats/special.ts'
import type { Comparison } from '../compare.ts'
import { type Estimate, meanEstimate } from '../intervals.ts'
import type { Report } from '../report.ts'
import type { ModelSummary } from '../summary.ts'
import { answerOf, type Calibrated } from './calibrate.ts'
import { labelsLeast, whyNoVerdict } from './calibration.ts'
import type { JudgeReport } from './judge-report.ts'
import type { JudgeCheck } from './judges.ts'
import { type Word, wordOf, wordsOfRun } from './words-of-run.ts'

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
    report.models.map(({ model }) => [model, wordsOfRun(report, model)] as const),
  )
  const judge: JudgeReport = {
    judges: typeof sole === 'string' ? [] : sole.judging.judges,
    calibration,
    why,
    said: Object.fromEntries(
      [...said].map(([model, words]) => [model, meanEstimate(rights(words), report.seed)]),
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
  /** What came of each case, by model. */
  readonly said: ReadonlyMap<string, ReadonlyMap<string, Word>>
  /** People's label minus the judge's, of this run's own answers. */
  readonly labelled: ReadonlyMap<string, readonly Difference[]>
  readonly counts: JudgeCounts
}

function rights(words: ReadonlyMap<string, Word>): readonly Difference[] {
  return [...words.values()].map(({ right, cluster }) => ({ value: right, cluster }))
}

/** Of labels that are of what this model answered in this run. */
function correctionsOf(
  { results, suite }: Report,
  model: string,
  { judging }: JudgeCheck,
): readonly Difference[] {
  const first = new Map(
    results
      .filter(({ job }) => job.model === model && job.repeat === 0)
      .map((result) => [result.job.each.id, result] as const),
  )
  return judging.labels.flatMap((label) => {
    if (label.model !== model || label.case === null) return []
    const result = first.get(label.case)
    const word = result === undefined ? null : wordOf(result, suite.metric)
    if (word === null || answerOf(label, results) !== result?.answer?.text) return []
    const { right, gate, cluster } = word
    return [{ value: gate * Number(label.label >= 0.5) - right, cluster }]
  })
}

function correctedModel(model: ModelSummary, { said, labelled, counts }: Scene): ModelSummary {
  const words = said.get(model.model) ?? new Map<string, Word>()
  const values = rights(words)
  const judged = pairedDifference(values)
  if (judged === null) return model
  const { cases, clusters } = judged
  const own = labelled.get(model.model) ?? []
  if (own.length >= labelsLeast) {
    const powered = predictionPowered(values, [{ sign: 1, values: own }])
    if (powered !== null) {
      const { low, high } = powered.interval
      const score: Estimate = {
        mean: within(powered.mean, 0, 1),
        interval: { low: Math.max(0, low), high: Math.min(1, high) },
        standardError: powered.standardError,
        cases,
        clusters,
        method: 'prediction-powered',
      }
      return { ...model, score }
    }
  }
  const corrected = correctedScore([...words.values()], counts)
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

/** The share that the judge's gate lets through, times what people would call right of that. */
function correctedScore(
  words: readonly Word[],
  counts: JudgeCounts,
): Pick<Estimate, 'mean' | 'interval'> | null {
  const through = words.filter(({ gate }) => gate > 0)
  const gates = pairedDifference(words.map(({ gate, cluster }) => ({ value: gate, cluster })))
  const seen = pairedDifference(
    through.map(({ right, gate, cluster }) => ({ value: right / gate, cluster })),
  )
  if (gates === null) return null
  // Nothing passed the gate: no judge has a part in that.
  if (seen === null) return { mean: 0, interval: null }
  const { mean, standardError, cases, clusters } = seen
  const spread = standardError ?? 0
  // As many independent cases as would have this spread.
  const n = spread === 0 ? clusters : Math.min(cases, (mean * (1 - mean)) / spread ** 2)
  const corrected = correctedShare(mean, n, counts)
  if (corrected === null || gates.mean === 1) return corrected
  const { low, high } = corrected.interval
  const whole = gates.mean * corrected.mean
  const half = Math.hypot(
    (gates.mean * (high - low)) / 2,
    corrected.mean * 1.96 * (gates.standardError ?? 0),
  )
  return {
    mean: whole,
    interval: { low: Math.max(0, whole - half), high: Math.min(1, whole + half) },
  }
}

function correctedComparison(comparison: Comparison, scene: Scene): Comparison {
  const { report, said, labelled, counts } = scene
  const { margin, alpha } = report
  const { model, reference } = comparison
  if (comparison.verdict === 'no verdict') return comparison
  const [one, other] = [said.get(reference)!, said.get(model)!]
  const both = [...one].flatMap(([id, before]) => {
    const after = other.get(id)
    return after === undefined ? [] : [{ before, after }]
  })
  const pairs = both.map(({ before, after }) => ({
    value: after.right - before.right,
    cluster: before.cluster,
  }))
  const level = alpha / report.comparisons.length
  const confidence = 1 - level
  const { cases = 0, clusters = 0 } = pairedDifference(pairs) ?? {}
  const seen = {
    wins: pairs.filter(({ value }) => value > 0).length,
    losses: pairs.filter(({ value }) => value < 0).length,
    ties: pairs.filter(({ value }) => value === 0).length,
  }
  const measured = measuredOf(both, counts)
  if (measured === null || clusters < clustersLeast) {
    const why = `the errors of a judge are reckoned out from ${clustersLeast} groups of cases on, and there are ${clusters}`
    return { ...comparison, ...seen, verdict: 'no verdict', pValue: null, test: 'none', why }
  }
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
  const corrected = powered ?? correctedDifference(measured, counts, confidence)
  const pValue =
    powered === null
      ? correctedNonInferiority(measured, counts, margin)
      : 1 - normalCdf((powered.mean + margin) / powered.standardError)
  if (corrected === null || pValue === null) return comparison
  const { mean, interval } = corrected
  const spread = corrected.standardError * Math.sqrt(cases)
  const needed = casesNeeded({ spread, margin, difference: 0, alpha: level, power: 0.8 })
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

/**
 * The difference in the judge's eyes, less what it passes wrongly of the answers that one model gets through the
 * gates and the other does not. Null below two clusters.
 */
function measuredOf(
  both: readonly { readonly before: Word; readonly after: Word }[],
  counts: JudgeCounts,
): Measured | null {
  const wrongly = 1 - counts.trueNegatives / counts.negatives
  const judged = pairedDifference(
    both.map(({ before, after }) => ({
      value: after.right - before.right - wrongly * (after.gate - before.gate),
      cluster: before.cluster,
    })),
  )
  if (judged === null || judged.standardError === null) return null
  const gates = both.reduce((sum, { before, after }) => sum + after.gate - before.gate, 0)
  const { variance } = softened(counts.trueNegatives, counts.negatives)
  // Pairs that all came out alike say that few differ, not that none does.
  const spread = Math.max(judged.standardError, 1 / judged.cases)
  const byGates = (gates / judged.cases) ** 2 * variance
  return { mean: judged.mean, standardError: Math.sqrt(spread ** 2 + byGates) }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
