import type { BinJson } from '../../src/server/contract/performance.ts'
import { count, percent } from '../parts/format.ts'
import { Axes, useWidth } from './axes.tsx'
import { ChartFrame, seriesColour } from './frame.tsx'
import { scaleOf } from './scale.ts'

export interface Spread {
  readonly label: string
  readonly bins: readonly BinJson[]
  /** Marked, where one is alone. */
  readonly p50: number | null
  readonly p95: number | null
}

const margin = { left: 46, right: 14, top: 34, bottom: 24 }
/** As wide as a bin of the roll-up, in ratio. */
const binRatio = 1.05 ** 4
const seriesMost = 6

/** How times or speeds are distributed, on a scale of ratios: of one as bars, of several as outlines of the same area. */
export function Histogram({
  title,
  unit,
  spreads,
  format,
  height = 200,
}: {
  readonly title: string
  readonly unit: string
  readonly spreads: readonly Spread[]
  readonly format: (value: number | null) => string
  readonly height?: number
}) {
  const [place, width] = useWidth(220)
  const measured = spreads.filter(({ bins }) => bins.length > 0).slice(0, seriesMost)
  const drawn = measured.map((spread) => ({ ...spread, shares: sharesOf(spread.bins) }))
  const ends = drawn.flatMap(({ bins }) => [bins[0]![0], bins.at(-1)![1]])
  const [low, high] = ends.length === 0 ? [1, 10] : [Math.min(...ends), Math.max(...ends)]
  const across = scaleOf(low, high, margin.left, width - margin.right, { log: true })
  const marks = marksOf(low, high, Math.max(2, Math.floor(width / 84)))
  const most = Math.max(0, ...drawn.flatMap(({ shares }) => shares.map(({ share }) => share)))
  const floor = height - margin.bottom
  const up = scaleOf(0, most, floor, margin.top, { most: 3 })
  const only = drawn.length === 1 ? drawn[0]! : null
  return (
    <ChartFrame
      title={title}
      unit={unit}
      legend={measured.map(({ label, p50 }, index) => ({
        label,
        colour: seriesColour(index),
        value: `p50 ${format(p50)}`,
      }))}
      table={() => ({
        head: ['Name', 'From', 'To', 'Answers'],
        rows: measured.flatMap(({ label, bins }) =>
          bins.map(([from, to, answers]) => [label, format(from), format(to), count(answers)]),
        ),
      })}
    >
      <div ref={place} className="plot" style={{ blockSize: height }}>
        {drawn.length === 0 ? (
          <p className="plot-none">Nothing was measured in this time.</p>
        ) : (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={`${title}: ${drawn.map(({ label, p50, p95 }) => `${label}, p50 ${format(p50)}, p95 ${format(p95)}`).join('; ')}. The button before this shows it as a table.`}
          >
            <Axes
              across={{ scale: { ...across, marks }, format }}
              up={{ scale: up, format: percent }}
              {...{ margin, width, height }}
            />
            {drawn.map(({ label, shares }, index) => (
              <path
                key={label}
                className={only === null ? 'spread' : 'spread only'}
                style={{
                  stroke: `var(${seriesColour(index)})`,
                  fill: `var(${seriesColour(index)})`,
                }}
                d={outline(shares, across.place, up.place)}
              />
            ))}
            {only === null
              ? null
              : (['p50', 'p95'] as const).map((name) => {
                  const value = only[name]
                  if (value === null) return null
                  const at = across.place(Math.min(high, Math.max(low, value)))
                  const beside = Math.min(width - 52, Math.max(margin.left + 20, at))
                  return (
                    <g key={name} className="spread-mark">
                      <line x1={at} x2={at} y1={margin.top - 2} y2={floor} />
                      <text x={beside} y={name === 'p50' ? 12 : 28} textAnchor="middle">
                        {name} {format(value)}
                      </text>
                    </g>
                  )
                })}
          </svg>
        )}
      </div>
    </ChartFrame>
  )
}

interface Share {
  readonly from: number
  readonly to: number
  readonly share: number
}

/** Every bin from the first to the last, those that nothing fell into as well. */
function sharesOf(bins: readonly BinJson[]): readonly Share[] {
  const whole = bins.reduce((sum, [, , answers]) => sum + answers, 0)
  const shares: Share[] = []
  for (const [from, to, answers] of bins) {
    for (
      let last = shares.at(-1);
      last !== undefined && last.to * 1.02 < from;
      last = shares.at(-1)
    )
      shares.push({ from: last.to, to: last.to * binRatio, share: 0 })
    shares.push({ from, to, share: answers / whole })
  }
  return shares
}

function outline(
  shares: readonly Share[],
  across: (value: number) => number,
  up: (value: number) => number,
): string {
  const [first, last] = [shares[0]!, shares.at(-1)!]
  const steps = shares.map(({ from, to, share }) =>
    [from, to].map((edge) => `L${across(edge).toFixed(1)} ${up(share).toFixed(1)}`).join(''),
  )
  return `M${across(first.from).toFixed(1)} ${up(0).toFixed(1)}${steps.join('')}L${across(last.to).toFixed(1)} ${up(0).toFixed(1)}Z`
}

/** Ones, twos and fives between the ends; fewer where there is no room. */
function marksOf(low: number, high: number, most: number): readonly number[] {
  for (const digits of [[1, 2, 5], [1, 3], [1]]) {
    const marks: number[] = []
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
      for (const digit of digits) {
        const mark = digit * 10 ** power
        if (mark >= low && mark <= high) marks.push(mark)
      }
    if (marks.length <= most) return marks
  }
  return []
}
