import { incompleteBeta, logGamma } from './special.ts'

/** Exact tails of the binomial distribution: `n` trials, each a success with probability `p`. */

/** P(at most `k` successes). */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1)
}

/** P(at least `k` successes). */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1
  return k > n ? 0 : incompleteBeta(p, k, n - k + 1)
}

/** Probabilities of `from`, `from + 1`, ... successes, as far as they count. */
export interface Masses {
  readonly from: number
  readonly masses: Float64Array
}

/** Standard deviations around the mean within which all but 1e-9 of the mass stands. */
const reach = 6.2

/** The masses within reach of the mean, by recurrence from the most probable count. */
export function binomialMasses(n: number, p: number): Masses {
  if (n === 0 || p <= 0) return { from: 0, masses: Float64Array.of(1) }
  if (p >= 1) return { from: n, masses: Float64Array.of(1) }
  const mean = n * p
  // Short tails of rare events are longer than normal ones, hence the eight counts on either side.
  const spread = reach * Math.sqrt(mean * (1 - p)) + 8
  const from = Math.max(0, Math.floor(mean - spread))
  const to = Math.min(n, Math.ceil(mean + spread))
  const masses = new Float64Array(to - from + 1)
  const mode = Math.min(to, Math.floor((n + 1) * p))
  masses[mode - from] = Math.exp(
    logGamma(n + 1) -
      logGamma(mode + 1) -
      logGamma(n - mode + 1) +
      mode * Math.log(p) +
      (n - mode) * Math.log1p(-p),
  )
  const odds = p / (1 - p)
  for (let k = mode; k < to; k += 1)
    masses[k + 1 - from] = (masses[k - from]! * odds * (n - k)) / (k + 1)
  for (let k = mode; k > from; k -= 1)
    masses[k - 1 - from] = (masses[k - from]! * k) / (odds * (n - k + 1))
  return { from, masses }
}
