import { type Difference, type Estimate, pairedDifference } from './paired.ts'
import { normalCdf, normalQuantile } from './special.ts'

export interface NonInferiority {
  readonly estimate: Estimate
  /** One-sided lower bound of the mean difference. */
  readonly low: number
  readonly pValue: number
  readonly nonInferior: boolean
  /** The chance that as many cases show it, were the models equal and the spread as seen. */
  readonly powerIfEqual: number
  /** Further cases for a power of 80 % were the models equal; 0 when there are enough. */
  readonly moreCases: number
}

/** Below this the normal distribution is no guide to the mean of clustered cases. */
export const clustersLeast = 30

/**
 * Whether a candidate is worse than its reference by less than the margin: H0 is mean <= -margin. A
 * large-sample test: null below 30 clusters or where nothing varies, because then its error rate
 * is not what it says; `retentionPValue` and the betting tests hold for any number.
 * @param margin  in the scores' units, above zero; fixed before the cases were seen
 * @param alpha  the chance of calling a candidate at the margin non-inferior
 */
export function nonInferiority(
  differences: readonly Difference[],
  margin: number,
  alpha = 0.05,
): NonInferiority | null {
  const estimate = pairedDifference(differences)
  if (estimate === null || estimate.clusters < clustersLeast) return null
  const { mean, standardError, cases } = estimate
  if (standardError === null || standardError === 0) return null
  const pValue = 1 - normalCdf((mean + margin) / standardError)
  const spread = standardError * Math.sqrt(cases)
  const needed = casesNeeded({ spread, margin, difference: 0, alpha, power: 0.8 })
  return {
    estimate,
    low: mean - normalQuantile(1 - alpha) * standardError,
    pValue,
    nonInferior: pValue <= alpha,
    powerIfEqual: normalCdf(margin / standardError - normalQuantile(1 - alpha)),
    moreCases: Math.max(0, needed - cases),
  }
}

/**
 * Cases for a non-inferiority test of this power.
 * @param spread  standard deviation of the paired differences; with clusters, that of the clustered
 *     standard error times the root of the cases
 * @param difference  the true one that is assumed, candidate minus reference
 * @returns Infinity when the assumed difference is at the margin or below it
 * @see Julious, 'Sample sizes for clinical trials with Normal data' (2004), section 5
 */
export function casesNeeded({
  spread,
  margin,
  difference,
  alpha,
  power,
}: {
  readonly spread: number
  readonly margin: number
  readonly difference: number
  readonly alpha: number
  readonly power: number
}): number {
  const room = difference + margin
  if (room <= 0) return Number.POSITIVE_INFINITY
  const z = normalQuantile(1 - alpha) + normalQuantile(power)
  return Math.ceil(((z * spread) / room) ** 2)
}
