/** Of a run, in its own unit. NaN where there was nothing. */
export interface Latencies {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export function latenciesOf(values: readonly number[]): Latencies {
  const sorted = Float64Array.from(values).toSorted()
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { count: values.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
}
