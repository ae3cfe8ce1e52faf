import { Axes, useWidth } from './axes.tsx'
import { ChartFrame, seriesColour } from './frame.tsx'
import { type Scale, scaleOf } from './scale.ts'

export interface Dot {
  readonly label: string
  readonly x: number
  readonly y: number
  /** From lowest to highest, drawn as a whisker. */
  readonly yInterval?: readonly [number, number]
  readonly xInterval?: readonly [number, number]
  /** The one that is meant: one's own point, the model in use. */
  readonly strong?: boolean
  /** Of which of the chart's groups, for its colour. */
  readonly group?: number
}

export interface Line {
  readonly label: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
}

export interface AxisOptions {
  readonly label: string
  readonly format: (value: number | null) => string
  readonly log?: boolean
  /** Where the axis begins, when not at the lowest value. */
  readonly from?: number
  readonly to?: number
}

const margin = { left: 64, right: 20, top: 14, bottom: 40 }

/** One figure against another: dots with names, and lines. Drawn as SVG, so that every dot can be read and reached. */
export function XY({
  title,
  x,
  y,
  dots = [],
  lines = [],
  height = 280,
}: {
  readonly title: string
  readonly x: AxisOptions
  readonly y: AxisOptions
  readonly dots?: readonly Dot[]
  readonly lines?: readonly Line[]
  readonly height?: number
}) {
  const [place, width] = useWidth(240)
  const across = scaleFor(
    x,
    [...dots.map((dot) => dot.x), ...lines.flatMap(({ points }) => points.map(([each]) => each))],
    margin.left,
    width - margin.right,
    Math.max(2, Math.floor(width / 110)),
  )
  const up = scaleFor(
    y,
    [
      ...dots.flatMap((dot) => [dot.y, ...(dot.yInterval ?? [])]),
      ...lines.flatMap(({ points }) => points.map(([, each]) => each)),
    ],
    height - margin.bottom,
    margin.top,
    5,
  )
  return (
    <ChartFrame
      title={title}
      unit={`${y.label} by ${x.label}`}
      legend={lines.map(({ label }, index) => ({
        label,
        colour: seriesColour(index),
        value: '',
      }))}
      table={() => ({
        head: ['Name', x.label, y.label],
        rows: [
          ...dots.map((dot) => [dot.label, x.format(dot.x), y.format(dot.y)]),
          ...lines.flatMap(({ label, points }) =>
            points.map(([at, value]) => [label, x.format(at), y.format(value)]),
          ),
        ],
      })}
    >
      <div ref={place} className="plot" style={{ blockSize: height }}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${title}: ${dots.length} points and ${lines.length} lines. The button before this shows it as a table.`}
        >
          <Axes
            across={{ scale: across, format: x.format }}
            up={{ scale: up, format: y.format }}
            name={x.label}
            {...{ margin, width, height }}
          />
          {lines.map(({ label, points, dashed = false }, index) => (
            <polyline
              key={label}
              className={dashed ? 'xy-line dashed' : 'xy-line'}
              style={{ stroke: `var(${seriesColour(index)})` }}
              points={points
                .map(([at, value]) => `${across.place(at)},${up.place(value)}`)
                .join(' ')}
            />
          ))}
          {dots.map((dot) => (
            <Mark key={dot.label} {...{ dot, across, up, width, x, y }} />
          ))}
        </svg>
      </div>
    </ChartFrame>
  )
}

function scaleFor(
  { log = false, from, to }: AxisOptions,
  values: readonly number[],
  start: number,
  end: number,
  most: number,
): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0))
  const low = from ?? Math.min(...(finite.length === 0 ? [0] : finite))
  const high = to ?? Math.max(...(finite.length === 0 ? [1] : finite))
  const air = log ? 0 : (high - low) * 0.06
  return log
    ? scaleOf(low / 1.4, high * 1.4, start, end, { log, most })
    : scaleOf(from ?? low - air, to ?? high + air, start, end, { most })
}

function Mark({
  dot,
  across,
  up,
  width,
  x,
  y,
}: {
  readonly dot: Dot
  readonly across: Scale
  readonly up: Scale
  readonly width: number
  readonly x: AxisOptions
  readonly y: AxisOptions
}) {
  const [left, top] = [across.place(dot.x), up.place(dot.y)]
  const isRight = left > width * 0.72
  const { yInterval, xInterval } = dot
  return (
    <g className={dot.strong === true ? 'xy-dot strong' : 'xy-dot'}>
      <title>{`${dot.label}: ${x.format(dot.x)}, ${y.format(dot.y)}`}</title>
      {yInterval === undefined ? null : (
        <line x1={left} x2={left} y1={up.place(yInterval[0])} y2={up.place(yInterval[1])} />
      )}
      {xInterval === undefined ? null : (
        <line x1={across.place(xInterval[0])} x2={across.place(xInterval[1])} y1={top} y2={top} />
      )}
      <circle
        cx={left}
        cy={top}
        r={dot.strong === true ? 6 : 4.5}
        style={{ fill: `var(${seriesColour(dot.group ?? 0)})` }}
      />
      <text x={left + (isRight ? -9 : 9)} y={top + 4} textAnchor={isRight ? 'end' : 'start'}>
        {dot.label}
      </text>
    </g>
  )
}
