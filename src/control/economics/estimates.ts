import type { Interval } from '../../stats/intervals.ts'

/** An estimate of money with its normal interval; null where too little is known for one. */
export interface Estimate extends Interval {
  readonly value: number
  readonly standardError: number
}

function around(value: number, standardError: number, z: number): Estimate {
  return { value, standardError, low: value - z * standardError, high: value + z * standardError }
}

/**
 * A mean with z standard errors on each side. For fewer than 30 values, or heavy tails, resampling is
 * to be preferred.
 * @param z  1.96 for 95 %
 * @returns null for fewer than two values
 */
export function meanEstimate(values: readonly number[], z: number): Estimate | null {
  const n = values.length
  if (n < 2) return null
  const mean = values.reduce((sum, each) => sum + each, 0) / n
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  return around(mean, Math.sqrt(squares / (n - 1) / n), z)
}

/**
 * Total cost per total revenue over customers, by linearisation: the customers are the sample.
 * @returns null for fewer than two customers, and without revenue
 */
export function ratioEstimate(
  costs: readonly number[],
  revenues: readonly number[],
  z: number,
): Estimate | null {
  const n = costs.length
  const revenue = revenues.reduce((sum, each) => sum + each, 0)
  if (n < 2 || revenue === 0) return null
  const ratio = costs.reduce((sum, each) => sum + each, 0) / revenue
  const squares = costs.reduce((sum, cost, i) => sum + (cost - ratio * (revenues[i] ?? 0)) ** 2, 0)
  return around(ratio, Math.sqrt((n / (n - 1)) * squares) / revenue, z)
}

/** Calls alike, of which some were looked at. */
export interface Stratum {
  /** Calls in all. */
  readonly size: number
  /** Calls looked at. */
  readonly sampled: number
  readonly mean: number
  /** With n - 1. */
  readonly variance: number
}

/** The sum over all calls from a stratified sample; a stratum looked at whole adds no doubt. */
export function totalEstimate(strata: readonly Stratum[], z: number): Estimate {
  let total = 0
  let variance = 0
  for (const { size, sampled, mean, variance: spread } of strata) {
    total += size * mean
    if (sampled > 0) variance += size ** 2 * (1 - sampled / size) * (spread / sampled)
  }
  return around(total, Math.sqrt(variance), z)
}
