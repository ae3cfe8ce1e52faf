import { seeded } from '../../core/random.ts'
import { type Interval, shareAtMost, wilson } from '../../stats/intervals.ts'
import { clustersLeast } from '../../stats/non-inferiority.ts'
import {
  clusterBootstrap,
  type Difference,
  type Estimate as Whole,
  pairedDifference,
} from '../../stats/paired.ts'
import { studentQuantile } from '../../stats/special.ts'

export type Method =
  | 'wilson'
  | 'clustered'
  | 'bootstrap'
  | 'rogan-gladen'
  | 'prediction-powered'
  | 'none'

/** A mean with its interval, and what it stands on. */
export interface Estimate {
  /** Null when there is no case with a verdict. */
  readonly mean: number | null
  readonly interval: Interval | null
  readonly standardError: number | null
  /** Cases with a verdict. */
  readonly cases: number
  readonly clusters: number
  readonly method: Method
}

/**
 * The mean of scores in [0, 1]. Right and wrong of cases that stand alone get Wilson's interval; graded
 * scores and cases of one cluster the clustered standard error, and below 30 clusters the wider of Student's
 * and the bootstrap over clusters. Scores that are all alike get Wilson's for as many clusters: that nothing varied yet does not say
 * that nothing will.
 */
export function meanEstimate(
  scores: readonly Difference[],
  seed: number,
  confidence = 0.95,
): Estimate {
  const whole = pairedDifference(scores, confidence)
  if (whole === null) return noEstimate
  const { mean, standardError, cases, clusters } = whole
  const binary = scores.every(({ value }) => value === 0 || value === 1)
  if ((binary && clusters === cases) || standardError === null || standardError === 0) {
    // Of the root of the mean's spread when clustered, so that ten cases of one session count once.
    const interval = wilson(mean * clusters, clusters, confidence)
    return { ...whole, interval, method: 'wilson' }
  }
  if (clusters >= clustersLeast) {
    const { low, high } = whole.interval!
    return {
      ...whole,
      interval: { low: Math.max(0, low), high: Math.min(1, high) },
      method: 'clustered',
    }
  }
  return { ...whole, interval: ofFew(scores, whole, seed, confidence, 0), method: 'bootstrap' }
}

/**
 * The mean of differences in [-1, 1], as the above. Where all pairs differ alike, the share of pairs that may yet
 * come out otherwise is bounded by Clopper and Pearson's bound: a verdict rests on it.
 */
export function differenceEstimate(
  differences: readonly Difference[],
  seed: number,
  confidence = 0.95,
): Estimate {
  const whole = pairedDifference(differences, confidence)
  if (whole === null) return noEstimate
  const { mean, standardError, clusters } = whole
  if (standardError === null) return { ...whole, interval: null, method: 'none' }
  if (standardError === 0) {
    const others = shareAtMost(0, clusters, (1 - confidence) / 2)
    const interval = { low: mean - others * (1 + mean), high: mean + others * (1 - mean) }
    return { ...whole, interval, method: 'wilson' }
  }
  if (clusters >= clustersLeast) return { ...whole, method: 'clustered' }
  return {
    ...whole,
    interval: ofFew(differences, whole, seed, confidence, -1),
    method: 'bootstrap',
  }
}

/**
 * The bootstrap of few clusters never leaves what they showed: of two it holds the truth every other time. Student's
 * interval is as wide as so few leave it open; the bootstrap's ends are kept where they are further out, to the
 * longer tail.
 */
function ofFew(
  values: readonly Difference[],
  { mean, standardError, clusters }: Whole,
  seed: number,
  confidence: number,
  least: number,
): Interval {
  const drawn = clusterBootstrap(values, seeded(seed), confidence)!
  const half = studentQuantile((1 + confidence) / 2, clusters - 1) * standardError!
  return {
    low: Math.max(least, Math.min(drawn.low, mean - half)),
    high: Math.min(1, Math.max(drawn.high, mean + half)),
  }
}

const noEstimate: Estimate = {
  mean: null,
  interval: null,
  standardError: null,
  cases: 0,
  clusters: 0,
  method: 'none',
}

/** The value below which so many of all are; null when there are none. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
