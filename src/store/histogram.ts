/**
 * How often a value fell where, in buckets that grow by a twentieth: a quantile read from them is off by
 * 2.5 % at most, and those of any number of hours add up to that of all.
 */
export type Histogram = Map<number, number>

const growth = Math.log(1.05)

/** @param value  below 1 it counts as 1 */
export function addValue(histogram: Histogram, value: number): void {
  const bucket = value <= 1 ? 0 : Math.floor(Math.log(value) / growth)
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1)
}

export function addHistogram(into: Histogram, from: Histogram): void {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count)
}

/** What a histogram says; every value null when it is empty. */
export interface Spread {
  readonly n: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

export function spreadOf(histogram: Histogram): Spread {
  const buckets = [...histogram].toSorted(([left], [right]) => left - right)
  const n = buckets.reduce((sum, [, count]) => sum + count, 0)
  return {
    n,
    p50: quantile(buckets, n, 0.5),
    p95: quantile(buckets, n, 0.95),
    p99: quantile(buckets, n, 0.99),
  }
}

/** The middle, in ratio, of the bucket in which the value of that rank lies. */
function quantile(
  buckets: readonly (readonly [number, number])[],
  n: number,
  share: number,
): number | null {
  const rank = Math.max(1, Math.ceil(share * n))
  let seen = 0
  for (const [bucket, count] of buckets) {
    seen += count
    if (seen >= rank) return Math.exp((bucket + 0.5) * growth)
  }
  return null
}
