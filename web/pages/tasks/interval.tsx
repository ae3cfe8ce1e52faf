/** Where a figure lies, with what it has to stay above or below. */
export interface IntervalProps {
  readonly low: number
  readonly high: number
  readonly mean: number | null
  /** Beyond which it is wrong. */
  readonly bound: number | null
  readonly from: number
  readonly to: number
  readonly format: (value: number) => string
  readonly tone: 'good' | 'warning' | 'bad'
}

/** An interval on its scale, and the same in words. */
export function Interval({ low, high, mean, bound, from, to, format, tone }: IntervalProps) {
  const place = (value: number): number =>
    Math.min(100, Math.max(0, ((value - from) / (to - from || 1)) * 100))
  return (
    <span className="interval">
      <span className="interval-track" aria-hidden="true">
        <span
          className={`interval-band ${tone}`}
          style={{ insetInlineStart: `${place(low)}%`, inlineSize: `${place(high) - place(low)}%` }}
        />
        {bound === null ? null : (
          <span className="interval-bound" style={{ insetInlineStart: `${place(bound)}%` }} />
        )}
        {mean === null ? null : (
          <span
            className={`interval-mean ${tone}`}
            style={{ insetInlineStart: `${place(mean)}%` }}
          />
        )}
      </span>
      <span className="interval-words figure">
        {mean === null ? 'no mean yet' : format(mean)}{' '}
        <span className="faint-text">
          {format(low)} to {format(high)}
        </span>
      </span>
    </span>
  )
}
