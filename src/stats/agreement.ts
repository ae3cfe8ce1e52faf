import { type Interval, shareAtMost } from './intervals.ts'
import { normalQuantile } from './special.ts'

export interface Agreement {
  readonly estimate: number
  readonly interval: Interval
}

/** How often two graders said which of right and wrong. */
export interface Crossed {
  readonly bothRight: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly bothWrong: number
}

/**
 * Cohen's kappa, agreement beyond chance, with its large-sample interval. Null where one of both called everything
 * the same: chance alone explains all then. Where they never differed that interval has no width, and the share of
 * cases on which they may yet differ is bounded instead (Clopper and Pearson).
 * @see Fleiss, Cohen and Everitt, 'Large sample standard errors of kappa' (1969)
 */
export function kappa(
  { bothRight, onlyFirst, onlySecond, bothWrong }: Crossed,
  confidence = 0.95,
): Agreement | null {
  const n = bothRight + onlyFirst + onlySecond + bothWrong
  if (n === 0) return null
  const cells = [
    [bothRight / n, onlyFirst / n],
    [onlySecond / n, bothWrong / n],
  ] as const
  const rows = cells.map(([one, other]) => one + other)
  const columns = [cells[0][0] + cells[1][0], cells[0][1] + cells[1][1]]
  const observed = cells[0][0] + cells[1][1]
  const expected = rows[0]! * columns[0]! + rows[1]! * columns[1]!
  if (expected === 1) return null
  const estimate = (observed - expected) / (1 - expected)
  if (onlyFirst + onlySecond === 0) {
    const differing = shareAtMost(0, n, (1 - confidence) / 2)
    return { estimate: 1, interval: { low: Math.max(-1, 1 - differing / (1 - expected)), high: 1 } }
  }
  let variance = -((estimate - expected * (1 - estimate)) ** 2)
  for (const [row, line] of cells.entries())
    for (const [column, share] of line.entries()) {
      const sum = rows[column]! + columns[row]!
      variance +=
        row === column
          ? share * (1 - (rows[row]! + columns[row]!) * (1 - estimate)) ** 2
          : share * (sum * (1 - estimate)) ** 2
    }
  const spread = Math.sqrt(Math.max(0, variance) / n) / (1 - expected)
  const half = normalQuantile((1 + confidence) / 2) * spread
  return {
    estimate,
    interval: { low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) },
  }
}

/**
 * The slope of a straight line through points, by least squares, with an interval that lets the points spread
 * differently along it (HC1). Null where fewer than three points, or all of one x, say nothing of a slope, and where all
 * are on the line, so that nothing says how far others are from it.
 * @see White, 'A heteroskedasticity-consistent covariance matrix estimator' (1980)
 */
export function slope(
  points: readonly { readonly x: number; readonly y: number }[],
  confidence = 0.95,
): Agreement | null {
  const n = points.length
  if (n < 3) return null
  const [meanX, meanY] = [
    points.reduce((sum, { x }) => sum + x, 0) / n,
    points.reduce((sum, { y }) => sum + y, 0) / n,
  ]
  const squares = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  if (squares === 0) return null
  const estimate = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / squares
  const meat = points.reduce((sum, { x, y }) => {
    const residual = y - meanY - estimate * (x - meanX)
    return sum + ((x - meanX) * residual) ** 2
  }, 0)
  if (meat === 0) return null
  const spread = Math.sqrt((n / (n - 2)) * meat) / squares
  const half = normalQuantile((1 + confidence) / 2) * spread
  return { estimate, interval: { low: estimate - half, high: estimate + half } }
}
