import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import { moment } from '../parts/format.ts'
import { setAbsolute } from '../state/range.ts'
import { shade } from '../state/theme.ts'
import { useBox } from '../state/store.ts'
import { ChartFrame, type Legend, seriesColour } from './frame.tsx'

export interface Series {
  readonly label: string
  /** One for each moment; null where nothing is known: the line is broken there. */
  readonly values: readonly (number | null)[]
  /** The same of the time before, drawn faintly behind. */
  readonly before?: readonly (number | null)[] | undefined
}

export interface TimeSeriesProps {
  readonly title: string
  readonly unit: string
  /** Milliseconds since 1970, rising. */
  readonly at: readonly number[]
  readonly series: readonly Series[]
  readonly kind?: 'lines' | 'bars' | 'area'
  /** One upon the other: for parts of a whole. */
  readonly stacked?: boolean
  readonly format: (value: number | null) => string
  readonly height?: number
  /** Of the whole axis, when it is longer than what there are figures of. */
  readonly span?: { readonly since: Date; readonly until: Date }
  /** What the legend says while no moment is pointed at: the sum of a series, or its last value. */
  readonly sums?: boolean
}

/** Figures over time. A part that is drawn over with the pointer becomes the page's time range. */
export function TimeSeries({
  title,
  unit,
  at,
  series,
  kind = 'lines',
  stacked = false,
  format,
  height = 180,
  span,
  sums = false,
}: TimeSeriesProps) {
  const place = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  const shown = useBox(shade)
  const formatting = useRef(format)
  formatting.current = format
  const from = span?.since.getTime()
  const until = span?.until.getTime()
  const drawn = useMemo(() => layersOf(series, stacked), [series, stacked])
  const data = useMemo(
    () => [at.map((ms) => ms / 1_000), ...drawn.map(({ values }) => values)],
    [at, drawn],
  )
  /** A chart is made anew when its series are others, and only filled anew when their values are. */
  const shape = drawn.map(({ label, isBefore }) => `${label}${isBefore ? '-' : '+'}`).join('\n')
  const chart = useRef<uPlot | null>(null)
  const latest = useRef({ data, from, until })
  latest.current = { data, from, until }

  useEffect(() => {
    const element = place.current!
    const made = new uPlot(
      optionsOf({
        drawn,
        kind,
        height,
        width: Math.max(1, element.clientWidth),
        format: (value) => formatting.current(value),
        onPoint: setPointed,
        scale: () => latest.current,
      }),
      latest.current.data as uPlot.AlignedData,
      element,
    )
    chart.current = made
    const sizes = new ResizeObserver(() =>
      made.setSize({ width: Math.max(1, element.clientWidth), height }),
    )
    sizes.observe(element)
    return () => {
      sizes.disconnect()
      made.destroy()
      chart.current = null
    }
    // `drawn` is of this shape; its values come by the effect below.
  }, [shape, kind, height, shown])

  useEffect(() => {
    chart.current?.setData(data as uPlot.AlignedData)
  }, [data, from, until])

  const isEmpty = series.every(({ values }) => values.every((value) => value === null))
  const legend = legendOf({ series, at, pointed, format, sums })
  const heading = pointed !== null && at[pointed] !== undefined ? moment(iso(at[pointed])) : null
  return (
    <ChartFrame
      title={heading === null ? title : `${title}, ${heading}`}
      unit={unit}
      legend={legend}
      table={() => ({
        head: ['Time', ...series.map(({ label }) => label)],
        rows: at.map((ms, index) => [
          moment(iso(ms)),
          ...series.map(({ values }) => format(values[index] ?? null)),
        ]),
      })}
    >
      {isEmpty ? <p className="plot-none">Nothing was measured in this time.</p> : null}
      <div
        ref={place}
        hidden={isEmpty}
        className="plot"
        style={{ blockSize: height }}
        role="img"
        aria-label={`${title} in ${unit}. ${legend.map(({ label, value }) => `${label}: ${value}`).join(', ')}. The button before this shows it as a table.`}
      />
    </ChartFrame>
  )
}

interface Layer {
  readonly label: string
  readonly values: readonly (number | null)[]
  readonly colour: string
  readonly isBefore: boolean
}

/** From back to front: what was before, then the highest of a stack first. */
function layersOf(series: readonly Series[], stacked: boolean): readonly Layer[] {
  const before = series.flatMap(({ label, before: values }, index): Layer[] =>
    values === undefined ? [] : [{ label, values, colour: seriesColour(index), isBefore: true }],
  )
  const heights: number[] = []
  const now = series.map(({ label, values }, index): Layer => {
    const colour = seriesColour(index)
    if (!stacked) return { label, values, colour, isBefore: false }
    const raised = values.map((value, place) => {
      heights[place] = (heights[place] ?? 0) + (value ?? 0)
      return heights[place]
    })
    return { label, values: raised, colour, isBefore: false }
  })
  return [...before, ...(stacked ? now.toReversed() : now)]
}

interface Drawing {
  readonly drawn: readonly Layer[]
  readonly kind: 'lines' | 'bars' | 'area'
  readonly height: number
  readonly width: number
  readonly format: (value: number | null) => string
  readonly onPoint: (index: number | null) => void
  readonly scale: () => { readonly from: number | undefined; readonly until: number | undefined }
}

function optionsOf({ drawn, kind, height, width, format, onPoint, scale }: Drawing): uPlot.Options {
  const { fontFamily } = getComputedStyle(document.documentElement)
  const [ink, grid] = [colourOf('--ink-3'), colourOf('--line')]
  const font = `11px ${fontFamily}`
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } }
  return {
    width,
    height,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      x: {
        range: (plot, low, high) => {
          const { from, until } = scale()
          // A bar is as wide as its step, and stands on the middle of it.
          const air = kind === 'bars' ? stepOf(plot.data[0]) / 2 : 0
          if (from === undefined && until === undefined) return [low - air, high + air]
          return [
            from === undefined ? low : from / 1_000,
            until === undefined ? high : until / 1_000,
          ]
        },
      },
      y: { range: (_, low, high) => reach(low, high) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        gap: 4,
        space: 64,
        values: (_, marks, _axis, _space, stepS) =>
          marks.map((mark) => axisMoment(mark * 1_000, stepS)),
      },
      {
        ...axis,
        size: 58,
        gap: 6,
        space: 34,
        values: (_, marks) => withoutRepeats(marks.map((mark) => format(mark))),
      },
    ],
    series: [
      {},
      ...drawn.map(({ label, colour: name, isBefore }): uPlot.Series => {
        const stroke = colourOf(name)
        if (isBefore)
          return {
            label,
            stroke: colourOf('--ink-4'),
            width: 1,
            dash: [3, 3],
            points: { show: false },
          }
        if (kind === 'bars') {
          const paths = uPlot.paths.bars!({ size: [0.7, 40], radius: 0.1 })
          return { label, fill: stroke, stroke, width: 0, paths, points: { show: false } }
        }
        return {
          label,
          stroke,
          width: 1.5,
          ...(kind === 'area' ? { fill: colourOf(name, 14) } : {}),
          // A value between two that are not known would be seen by nobody.
          points: {
            size: 5,
            width: 1,
            fill: stroke,
            filter: (plot, index) => lonely(plot.data[index]!),
          },
        }
      }),
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select
          if (wide < 6) return
          setAbsolute(
            new Date(plot.posToVal(left, 'x') * 1_000),
            new Date(plot.posToVal(left + wide, 'x') * 1_000),
          )
        },
      ],
    },
  }
}

function stepOf(at: ArrayLike<number>): number {
  return at.length < 2 ? 3_600 : at[1]! - at[0]!
}

function lonely(values: uPlot.AlignedData[number]): number[] {
  const isKnown = (index: number): boolean => (values[index] ?? null) !== null
  return Array.from(values, (_, index) => index).filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  )
}

const hourText = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const dayText = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** The day where one begins, else the hour: one line says both. */
function axisMoment(ms: number, stepS: number): string {
  const at = new Date(ms)
  const begins = at.getHours() === 0 && at.getMinutes() === 0
  return begins || stepS >= 86_400 ? dayText.format(at) : hourText.format(at)
}

/** A canvas knows no custom properties: what one is now, as an element has it. */
function colourOf(name: string, percent = 100): string {
  const element = document.createElement('i')
  element.style.color = `color-mix(in srgb, var(${name}) ${percent}%, transparent)`
  document.body.append(element)
  const { color } = getComputedStyle(element)
  element.remove()
  return color
}

/** Marks finer than the format can say would stand there twice. */
function withoutRepeats(labels: readonly string[]): string[] {
  return labels.map((label, index) => (label === labels[index - 1] ? '' : label))
}

/** From nothing, unless something is below it. */
function reach(low: number | null, high: number | null): [number, number] {
  const [bottom, top] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)]
  if (bottom === top) return [0, 1]
  return [bottom * 1.08, top * 1.08]
}

function legendOf({
  series,
  at,
  pointed,
  format,
  sums,
}: Pick<TimeSeriesProps, 'series' | 'at' | 'format'> & {
  readonly pointed: number | null
  readonly sums: boolean
}): readonly Legend[] {
  const place = pointed !== null && pointed < at.length ? pointed : null
  return series.map(({ label, values }, index) => {
    const known = values.filter((value) => value !== null)
    const resting = sums ? known.reduce((sum, value) => sum + value, 0) : (known.at(-1) ?? null)
    const value = place === null ? (known.length === 0 ? null : resting) : (values[place] ?? null)
    return { label, colour: seriesColour(index), value: format(value) }
  })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
