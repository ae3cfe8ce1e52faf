import type {
  EstimateJson,
  EvalComparisonJson,
  FigureJson,
} from '../../../src/server/contract/evals.ts'
import { percent, unknown } from '../../parts/format.ts'
import { Tag, type Tone } from '../../parts/states.tsx'

type Verdict = EvalComparisonJson['verdict']

const tones = {
  better: 'good',
  'no worse': 'good',
  worse: 'bad',
  open: 'warning',
  'no verdict': 'plain',
} as const satisfies Record<Verdict, Tone>

export function VerdictTag({
  verdict,
  title,
}: {
  readonly verdict: Verdict
  readonly title?: string
}) {
  return (
    <Tag tone={tones[verdict]} {...(title === undefined ? {} : { title })}>
      {verdict}
    </Tag>
  )
}

/** A mean with its interval, never without where there is one. */
export function Estimate({ of: { mean, interval, n, method } }: { readonly of: EstimateJson }) {
  if (mean === null)
    return (
      <span className="unknown" title="No case has a verdict">
        {unknown}
      </span>
    )
  return (
    <span className="figure" title={`${n} cases, ${method}`}>
      {percent(mean)}
      <span className="faint-text">
        {' '}
        {interval === null ? 'no interval' : `${percent(interval[0])} to ${percent(interval[1])}`}
      </span>
    </span>
  )
}

export function Figure({
  of,
  format = percent,
}: {
  readonly of: FigureJson | null
  readonly format?: (value: number) => string
}) {
  if (of === null) return <span className="unknown">{unknown}</span>
  return (
    <span className="figure">
      {format(of.estimate)}
      <span className="faint-text">
        {' '}
        {format(of.interval[0])} to {format(of.interval[1])}
      </span>
    </span>
  )
}

/** Percentage points, with their sign. */
export function points(share: number | null): string {
  if (share === null) return unknown
  const value = share * 100
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)}`
}

/**
 * Intervals one below the other on one scale, with lines where something begins: what a table of figures
 * says, to be seen at once.
 */
export function Whiskers({
  rows,
  from,
  to,
  marks,
  label,
  format,
}: {
  readonly rows: readonly {
    readonly name: string
    readonly mean: number | null
    readonly interval: readonly [number, number] | null
  }[]
  readonly from: number
  readonly to: number
  readonly marks: readonly { readonly at: number; readonly label: string }[]
  readonly label: string
  readonly format: (share: number | null) => string
}) {
  const place = (value: number): string =>
    `${(Math.max(0, Math.min(1, (value - from) / (to - from || 1))) * 100).toFixed(2)}%`
  return (
    <ul className="whiskers" aria-label={label}>
      {rows.map(({ name, mean, interval }) => (
        <li key={name}>
          <span className="whisker-name" title={name}>
            {name}
          </span>
          <span className="whisker-track" aria-hidden="true">
            {marks.map(({ at, label: what }) => (
              <span
                key={at}
                className="whisker-mark"
                title={what}
                style={{ insetInlineStart: place(at) }}
              />
            ))}
            {interval === null ? null : (
              <span
                className="whisker-line"
                style={{
                  insetInlineStart: place(interval[0]),
                  inlineSize: `calc(${place(interval[1])} - ${place(interval[0])})`,
                }}
              />
            )}
            {mean === null ? null : (
              <span className="whisker-dot" style={{ insetInlineStart: place(mean) }} />
            )}
          </span>
          <span className="whisker-value figure">
            {format(mean)}
            {interval === null ? null : (
              <span className="faint-text">
                {' '}
                {format(interval[0])} to {format(interval[1])}
              </span>
            )}
          </span>
        </li>
      ))}
      <li className="whisker-legend" aria-hidden="true">
        <span />
        <span className="whisker-track bare">
          {marks.map(({ at, label: what }) => (
            <span key={at} style={{ insetInlineStart: place(at) }}>
              {what}
            </span>
          ))}
        </span>
        <span />
      </li>
    </ul>
  )
}
