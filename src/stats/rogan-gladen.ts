import type { Interval } from './intervals.ts'
import { normalCdf, normalQuantile } from './special.ts'

/** How a judge fared on answers that people had labelled. */
export interface JudgeCounts {
  /** Labelled right by people. */
  readonly positives: number
  /** Of those, what the judge called right. */
  readonly truePositives: number
  readonly negatives: number
  readonly trueNegatives: number
}

/** Below this a judge says too little for its errors to be reckoned out of it. */
export const informativeLeast = 1.2

/** A judge's TPR + TNR - 1: what is left of a difference in its eyes. Null where one of both was never seen. */
export function youden({
  positives,
  truePositives,
  negatives,
  trueNegatives,
}: JudgeCounts): number | null {
  if (positives === 0 || negatives === 0) return null
  return truePositives / positives + trueNegatives / negatives - 1
}

/** An estimate with the spread of its error. */
export interface Measured {
  readonly mean: number
  readonly standardError: number
}

/** A share with one success and one failure added: no spread of zero after a few labels that were all alike. */
export function softened(successes: number, n: number): { share: number; variance: number } {
  const share = (successes + 1) / (n + 2)
  return { share, variance: (share * (1 - share)) / (n + 2) }
}

function varianceOfYouden(counts: JudgeCounts): number {
  const tpr = softened(counts.truePositives, counts.positives)
  const tnr = softened(counts.trueNegatives, counts.negatives)
  return tpr.variance + tnr.variance
}

/**
 * The share that people would call right, from the share that a judge does, with an interval that knows the
 * errors of both. Null for a judge that says nothing.
 * @param n  independent cases that the judge saw; with clusters, as many as have the same spread
 * @see Rogan and Gladen, 'Estimating prevalence from the results of a screening test' (1978); the interval
 *     is that of Lang and Reiczigel, 'Confidence limits for prevalence of disease adjusted for estimated
 *     sensitivity and specificity' (2014)
 */
export function correctedShare(
  judged: number,
  n: number,
  counts: JudgeCounts,
  confidence = 0.95,
): { readonly mean: number; readonly interval: Interval } | null {
  const informative = youden(counts)
  if (informative === null || informative <= 0) return null
  const tnr = counts.trueNegatives / counts.negatives
  const mean = clamped((judged + tnr - 1) / informative, 0, 1)
  const z = normalQuantile((1 + confidence) / 2)
  const size = n + z * z
  const share = (n * judged + (z * z) / 2) / size
  const [sensitivity, specificity] = [
    softened(counts.truePositives, counts.positives),
    softened(counts.trueNegatives, counts.negatives),
  ]
  const kept = sensitivity.share + specificity.share - 1
  if (kept <= 0) return { mean, interval: { low: 0, high: 1 } }
  const middle = (share + specificity.share - 1) / kept
  const shift = 2 * z * z * (middle * sensitivity.variance - (1 - middle) * specificity.variance)
  const variance =
    (share * (1 - share)) / size +
    middle ** 2 * sensitivity.variance +
    (1 - middle) ** 2 * specificity.variance
  const half = (z * Math.sqrt(variance)) / kept
  return {
    mean,
    interval: {
      low: clamped(middle + shift - half, 0, 1),
      high: clamped(middle + shift + half, 0, 1),
    },
  }
}

/**
 * The difference of two such shares, from that of what one judge says of both: it errs on both alike, so what
 * is left of a difference is TPR + TNR - 1 of it.
 * @see Fieller, 'Some problems in interval estimation' (1954), for the interval of the ratio
 */
export function correctedDifference(
  { mean, standardError }: Measured,
  counts: JudgeCounts,
  confidence = 0.95,
): { readonly mean: number; readonly interval: Interval; readonly standardError: number } | null {
  const informative = youden(counts)
  if (informative === null || informative <= 0) return null
  const ratio = mean / informative
  const [numerator, denominator] = [standardError ** 2, varianceOfYouden(counts)]
  const spread = Math.sqrt(numerator + ratio ** 2 * denominator) / informative
  const known = { mean: clamped(ratio, -1, 1), standardError: spread }
  const square = normalQuantile((1 + confidence) / 2) ** 2
  const leading = informative ** 2 - square * denominator
  // The judge may as well say nothing: nothing is known of the difference either.
  if (leading <= 0) return { ...known, interval: { low: -1, high: 1 } }
  const inner = (mean * informative) ** 2 - leading * (mean ** 2 - square * numerator)
  const root = Math.sqrt(Math.max(0, inner))
  return {
    ...known,
    interval: {
      low: clamped((mean * informative - root) / leading, -1, 1),
      high: clamped((mean * informative + root) / leading, -1, 1),
    },
  }
}

/**
 * A one-sided p-value for 'the corrected difference is -margin or less'. The null is a line in what was measured,
 * difference + margin * (TPR + TNR - 1), and so needs no ratio.
 */
export function correctedNonInferiority(
  { mean, standardError }: Measured,
  counts: JudgeCounts,
  margin: number,
): number | null {
  const informative = youden(counts)
  if (informative === null || informative <= 0) return null
  const spread = Math.sqrt(standardError ** 2 + margin ** 2 * varianceOfYouden(counts))
  return spread === 0 ? null : 1 - normalCdf((mean + margin * informative) / spread)
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
