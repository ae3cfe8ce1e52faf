import { binomialAtLeast, binomialAtMost } from './binomial.ts'
import { normalQuantile, root } from './special.ts'

/** Two-sided unless said otherwise; both ends belong to it. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * Wilson's score interval for a share: close to its confidence on average, also near 0 and 1, but
 * not a bound for each true share. For promises use Clopper and Pearson's.
 * @param successes  of `n` independent cases; `n` of 0 gives [0, 1]
 * @see Wilson, 'Probable Inference' (1927)
 */
export function wilson(successes: number, n: number, confidence = 0.95): Interval {
  if (n === 0) return { low: 0, high: 1 }
  const z = normalQuantile((1 + confidence) / 2)
  const share = successes / n
  const shrink = 1 + (z * z) / n
  const middle = (share + (z * z) / (2 * n)) / shrink
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  // At the ends the score interval touches them; rounding must not leave it beside.
  return {
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === n ? 1 : Math.min(1, middle + half),
  }
}

/**
 * Clopper and Pearson's interval for a share: covers at least with its confidence, whatever the true
 * share is, at the price of being wide. Needs independent cases: repeated prompts make it too narrow.
 * @see Clopper and Pearson, 'The Use of Confidence or Fiducial Limits' (1934)
 */
export function clopperPearson(successes: number, n: number, confidence = 0.95): Interval {
  const each = (1 - confidence) / 2
  return { low: shareAtLeast(successes, n, each), high: shareAtMost(successes, n, each) }
}

/** The lower bound of a share that is too high with probability `risk` at most. */
export function shareAtLeast(successes: number, n: number, risk: number): number {
  if (successes === 0) return 0
  return root((share) => binomialAtLeast(successes, n, share) - risk, 0, 1)
}

/** The upper bound of a share that is too low with probability `risk` at most. */
export function shareAtMost(successes: number, n: number, risk: number): number {
  if (successes === n) return 1
  return root((share) => risk - binomialAtMost(successes, n, share), 0, 1)
}
