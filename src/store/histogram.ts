const growth = Math.log(1.05)

/** Times of an hour end below this; what lies above makes the array longer. */
const usualBuckets = 512

/**
 * How often a value fell where, in buckets that grow by a twentieth: a quantile read from them is off by
 * 2.5 % at most, and those of any number of hours add up to that of all. An array, because a month of
 * hours is half a million counts, and a map takes far longer to add them.
 */
export class Histogram {
  #counts = new Float64Array(0)
  /** Every bucket from here on is empty. */
  #end = 0

  /** @param value  below 1 it counts as 1 */
  add(value: number): void {
    this.addCount(value <= 1 ? 0 : Math.floor(Math.log(value) / growth), 1)
  }

  addCount(bucket: number, count: number): void {
    if (bucket >= this.#counts.length) this.#grow(bucket)
    this.#counts[bucket]! += count
    if (bucket >= this.#end) this.#end = bucket + 1
  }

  addAll(other: Histogram): void {
    if (other.#end === 0) return
    this.addCount(other.#end - 1, 0)
    for (let bucket = 0; bucket < other.#end; bucket += 1)
      this.#counts[bucket]! += other.#counts[bucket]!
  }

  clear(): void {
    this.#counts.fill(0, 0, this.#end)
    this.#end = 0
  }

  /** Buckets that something fell into, the smallest first, with how often. */
  used(): (readonly [bucket: number, count: number])[] {
    const used: [bucket: number, count: number][] = []
    for (let bucket = 0; bucket < this.#end; bucket += 1) {
      const count = this.#counts[bucket]!
      if (count > 0) used.push([bucket, count])
    }
    return used
  }

  spread(): Spread {
    const counts = this.#counts
    let n = 0
    for (let bucket = 0; bucket < this.#end; bucket += 1) n += counts[bucket]!
    const found: (number | null)[] = [null, null, null]
    let [seen, next] = [0, 0]
    for (let bucket = 0; bucket < this.#end && next < shares.length; bucket += 1) {
      if (counts[bucket] === 0) continue
      seen += counts[bucket]!
      // The middle, in ratio, of the bucket in which the value of that rank lies.
      while (next < shares.length && seen >= Math.max(1, Math.ceil(shares[next]! * n))) {
        found[next] = Math.exp((bucket + 0.5) * growth)
        next += 1
      }
    }
    const [p50 = null, p95 = null, p99 = null] = found
    return { n, p50, p95, p99 }
  }

  /** Four buckets as one, 22 % wide, where something fell into it: for drawing. */
  bins(): readonly Bin[] {
    const bins: Bin[] = []
    for (let first = 0; first < this.#end; first += binBuckets) {
      let count = 0
      const end = Math.min(this.#end, first + binBuckets)
      for (let bucket = first; bucket < end; bucket += 1) count += this.#counts[bucket]!
      if (count > 0)
        bins.push({
          from: Math.exp(first * growth),
          to: Math.exp((first + binBuckets) * growth),
          count,
        })
    }
    return bins
  }

  #grow(bucket: number): void {
    const longer = new Float64Array(Math.max(usualBuckets, 2 * bucket))
    longer.set(this.#counts)
    this.#counts = longer
  }
}

const binBuckets = 4

/** How often a value fell between two others. */
export interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** What a histogram says; every value null when it is empty. */
export interface Spread {
  readonly n: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

const shares = [0.5, 0.95, 0.99]
