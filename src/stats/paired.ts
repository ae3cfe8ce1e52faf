import type { Random } from '../core/random.ts'
import type { Interval } from './intervals.ts'
import { normalQuantile } from './special.ts'

/** One case that both answered. */
export interface Difference {
  /** Candidate minus reference, in the scores' units. */
  readonly value: number
  /** Whose errors go together: a session, a user, a document. Cases of their own have names of their own. */
  readonly cluster: string
}

export interface Estimate {
  readonly mean: number
  /** Null when there are fewer than two clusters: nothing says how far they differ. */
  readonly standardError: number | null
  readonly interval: Interval | null
  readonly cases: number
  readonly clusters: number
}

/**
 * The mean paired difference with an interval that lets cases of one cluster go together: the sandwich
 * estimate with the factor G/(G-1). Below about 30 clusters it is too narrow; take Student's quantile, or
 * more clusters.
 * @see Liang and Zeger (1986); Miller, 'Adding Error Bars to Evals' (2024), section 2.2
 */
export function pairedDifference(
  differences: readonly Difference[],
  confidence = 0.95,
): Estimate | null {
  const groups = groupsOf(differences)
  const cases = differences.length
  if (cases === 0) return null
  const mean = differences.reduce((sum, { value }) => sum + value, 0) / cases
  const clusters = groups.length
  if (clusters < 2) return { mean, standardError: null, interval: null, cases, clusters }
  const squares = groups.reduce((sum, group) => sum + (group.sum - mean * group.count) ** 2, 0)
  const spread = Math.sqrt((clusters / (clusters - 1)) * squares) / cases
  // What binary fractions add to values that are all alike is no spread.
  const standardError = spread < 1e-12 ? 0 : spread
  const half = normalQuantile((1 + confidence) / 2) * standardError
  return {
    mean,
    standardError,
    interval: { low: mean - half, high: mean + half },
    cases,
    clusters,
  }
}

/**
 * The percentile interval of the mean when whole clusters are drawn again. Null for fewer than two clusters. It never
 * leaves what the clusters showed, so that of few it is much too narrow.
 * @see Davison and Hinkley, Bootstrap Methods (1997), 3.8
 */
export function clusterBootstrap(
  differences: readonly Difference[],
  random: Random,
  confidence = 0.95,
  rounds = 2_000,
): Interval | null {
  const groups = groupsOf(differences)
  if (groups.length < 2) return null
  const means = new Float64Array(rounds)
  for (let round = 0; round < rounds; round += 1) {
    let sum = 0
    let count = 0
    for (let draw = 0; draw < groups.length; draw += 1) {
      const group = groups[Math.floor(random.next() * groups.length)]!
      sum += group.sum
      count += group.count
    }
    means[round] = sum / count
  }
  return percentiles(means, confidence)
}

/** The middle share `confidence` of what was drawn. Sorts in place. */
export function percentiles(drawn: Float64Array, confidence: number): Interval {
  drawn.sort()
  const at = (share: number): number =>
    drawn[Math.min(drawn.length - 1, Math.max(0, Math.round(share * (drawn.length - 1))))]!
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) }
}

function groupsOf(differences: readonly Difference[]): { sum: number; count: number }[] {
  const groups = new Map<string, { sum: number; count: number }>()
  for (const { value, cluster } of differences) {
    const group = groups.get(cluster)
    if (group) {
      group.sum += value
      group.count += 1
    } else groups.set(cluster, { sum: value, count: 1 })
  }
  return [...groups.values()]
}
