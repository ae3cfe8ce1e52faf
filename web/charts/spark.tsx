import type { ReactNode } from 'react'
import { seriesColour } from './frame.tsx'

/** A figure behind the trend that led to it. */
export function Trend({
  values,
  label,
  children,
}: {
  readonly values: readonly (number | null)[]
  readonly label: string
  readonly children: ReactNode
}) {
  return (
    <span className="with-trend">
      <Spark values={values} label={label} />
      <span className="trend-figure">{children}</span>
    </span>
  )
}

/** A trend without figures, beside one that has them. */
function Spark({
  values,
  label,
}: {
  readonly values: readonly (number | null)[]
  readonly label: string
}) {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const [low, high] = [Math.min(0, ...known), Math.max(...known)]
  const step = 80 / (values.length - 1)
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [
          `${(index * step).toFixed(1)},${(19 - ((value - low) / (high - low || 1)) * 18).toFixed(1)}`,
        ],
  )
  return (
    <svg className="spark" viewBox="0 0 80 20" role="img" aria-label={label}>
      <polyline points={points.join(' ')} style={{ stroke: `var(${seriesColour(0)})` }} />
    </svg>
  )
}
