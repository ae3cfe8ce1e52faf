import type { ReactNode } from 'react'
import { Link } from '../parts/button.tsx'
import { ChartFrame, seriesColour } from './frame.tsx'

export interface Bar {
  readonly label: string
  /** Null: not known. */
  readonly value: number | null
  readonly to?: string
  readonly note?: ReactNode
}

/** Parts side by side, the longest as long as there is room; what is below nothing goes to the left. */
export function Bars({
  title,
  unit,
  bars,
  format,
}: {
  readonly title: string
  readonly unit: string
  readonly bars: readonly Bar[]
  readonly format: (value: number | null) => string
}) {
  const values = bars.map(({ value }) => value ?? 0)
  const most = Math.max(0, ...values)
  const least = Math.min(0, ...values)
  const whole = most - least || 1
  return (
    <ChartFrame
      title={title}
      unit={unit}
      table={() => ({
        head: ['Name', unit],
        rows: bars.map(({ label, value }) => [label, format(value)]),
      })}
    >
      <ul className="bars">
        {bars.map(({ label, value, to, note }) => {
          const from = ((Math.min(0, value ?? 0) - least) / whole) * 100
          return (
            <li key={label}>
              <span className="bar-label" title={label}>
                {to === undefined ? label : <Link to={to}>{label}</Link>}
              </span>
              <span className="bar-track" aria-hidden="true">
                <span
                  className={(value ?? 0) < 0 ? 'bar loss' : 'bar'}
                  style={{
                    insetInlineStart: `${from}%`,
                    inlineSize: `${(Math.abs(value ?? 0) / whole) * 100}%`,
                    background: (value ?? 0) < 0 ? 'var(--bad)' : `var(${seriesColour(0)})`,
                  }}
                />
              </span>
              <span className="bar-value figure">{format(value)}</span>
              {note === undefined ? null : <span className="bar-note">{note}</span>}
            </li>
          )
        })}
      </ul>
    </ChartFrame>
  )
}
