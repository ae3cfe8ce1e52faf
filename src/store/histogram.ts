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
  const buckets = Int32Array.from(histogram.keys()).toSorted()
  let n = 0
  for (const count of histogram.values()) n += count
  const found: (number | null)[] = [null, null, null]
  let [seen, next] = [0, 0]
  for (const bucket of buckets) {
    seen += histogram.get(bucket) ?? 0
    // The middle, in ratio, of the bucket in which the value of that rank lies.
    while (next < shares.length && seen >= Math.max(1, Math.ceil(shares[next]! * n))) {
      found[next] = Math.exp((bucket + 0.5) * growth)
      next += 1
    }
    if (next === shares.length) break
  }
  const [p50 = null, p95 = null, p99 = null] = found
  return { n, p50, p95, p99 }
}

const shares = [0.5, 0.95, 0.99]
