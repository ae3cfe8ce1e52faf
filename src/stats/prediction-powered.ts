import type { Interval } from './intervals.ts'
import { type Difference, pairedDifference } from './paired.ts'
import { normalQuantile } from './special.ts'

export interface Powered {
  readonly mean: number
  readonly standardError: number
  readonly interval: Interval
  readonly cases: number
  readonly clusters: number
}

/**
 * The mean of what people would say of all cases, from what a judge says of all and how far people are from the
 * judge on some of them, drawn by chance. It assumes nothing of how the judge errs. The two parts are added as
 * if they were independent; cases in both make the interval wider than it need be, since a judge that is high
 * is corrected downwards.
 * @param predictions  of the judge, on all cases
 * @param corrections  people's label minus the judge's, on those that have a label; a list for each term that
 *     is corrected on its own
 * @see Angelopoulos et al., 'Prediction-powered inference' (2023)
 */
export function predictionPowered(
  predictions: readonly Difference[],
  corrections: readonly {
    readonly sign: 1 | -1
    readonly values: readonly Difference[]
  }[],
  confidence = 0.95,
): Powered | null {
  const judged = pairedDifference(predictions, confidence)
  if (judged === null || judged.standardError === null) return null
  let mean = judged.mean
  let variance = leastVariance(judged.standardError, judged.clusters)
  for (const { sign, values } of corrections) {
    const correction = pairedDifference(values, confidence)
    if (correction === null || correction.standardError === null) return null
    mean += sign * correction.mean
    variance += leastVariance(correction.standardError, correction.clusters)
  }
  const standardError = Math.sqrt(variance)
  const half = normalQuantile((1 + confidence) / 2) * standardError
  const { cases, clusters } = judged
  return { mean, standardError, interval: { low: mean - half, high: mean + half }, cases, clusters }
}

/** Cases that all came out alike say that few differ, not that none does: as if one in all and two more did. */
function leastVariance(standardError: number, clusters: number): number {
  return Math.max(standardError, 1 / (clusters + 2)) ** 2
}
