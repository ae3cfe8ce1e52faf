/** How fast something grows, and how sure that is. */
export interface Slope {
  /** Least squares, in units of y for one of x. */
  readonly perUnit: number
  /** Of 95 %; infinite where there are too few points to say. */
  readonly low: number
  readonly high: number
  /** Theil and Sen's: the median over all pairs, which a few odd points do not move. */
  readonly median: number
  readonly points: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Neighbours in a series of memory are alike, so that fewer of its points count than there are: the
 * error of the slope is widened by their correlation r, as if there were n (1 - r) / (1 + r) points
 * (Bartlett's, for an autoregression of the first order).
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2))
  const perUnit = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread
  const residuals = points.map(({ x, y }) => y - meanY - perUnit * (x - meanX))
  const squares = sum(residuals.map((each) => each ** 2))
  const lagged = sum(residuals.slice(1).map((each, at) => each * residuals[at]!))
  const r = squares === 0 ? 0 : Math.min(0.95, Math.max(0, lagged / squares))
  const freedom = (n * (1 - r)) / (1 + r) - 2
  if (!(freedom >= 1)) {
    const unknown = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    return { perUnit, ...unknown, median: theilSen(points), points: n }
  }
  const error = Math.sqrt(squares / freedom / spread)
  const reach = tQuantile(freedom) * error
  return {
    perUnit,
    low: perUnit - reach,
    high: perUnit + reach,
    median: theilSen(points),
    points: n,
  }
}

/** The least of each window of x. A collector sweeps now and then: what it left is the floor that a leak lifts. */
export function floors(points: readonly Point[], width: number): Point[] {
  const windows = Map.groupBy(points, ({ x }) => Math.floor(x / width))
  return [...windows.values()].map((window) =>
    window.reduce((least, each) => (each.y < least.y ? each : least)),
  )
}

function theilSen(points: readonly Point[]): number {
  const slopes: number[] = []
  for (const [at, from] of points.entries()) {
    for (const to of points.slice(at + 1)) {
      if (to.x !== from.x) slopes.push((to.y - from.y) / (to.x - from.x))
    }
  }
  return slopes.toSorted((left, right) => left - right)[slopes.length >> 1] ?? Number.NaN
}

/**
 * Student's t at 97.5 %, by the expansion of Cornish and Fisher (Abramowitz and Stegun 26.7.5): right to
 * 1 % from 3 degrees of freedom on. Below that it is taken as the 12.7 of one degree.
 */
function tQuantile(freedom: number): number {
  if (freedom < 3) return 12.706
  const z = 1.959_964
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
