import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Scale } from './scale.ts'

/** Around what is drawn, in pixels. */
interface Margin {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** How wide the place of a drawing is, now and when the window is another. @param least  in pixels */
export function useWidth(
  least: number,
): readonly [place: RefObject<HTMLDivElement | null>, width: number] {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  useEffect(() => {
    const element = place.current!
    const sizes = new ResizeObserver(() => setWidth(Math.max(least, element.clientWidth)))
    sizes.observe(element)
    return () => sizes.disconnect()
  }, [least])
  return [place, width]
}

interface Axis {
  readonly scale: Scale
  readonly format: (value: number) => string
}

/** Lines across at the marks of `up`, and the figures of both. */
export function Axes({
  across,
  up,
  name,
  margin,
  width,
  height,
}: {
  readonly across: Axis
  readonly up: Axis
  /** What stands across, where the chart's unit does not say it. */
  readonly name?: string
  readonly margin: Margin
  readonly width: number
  readonly height: number
}) {
  const [left, right, floor] = [margin.left, width - margin.right, height - margin.bottom]
  return (
    <g className="xy-axes" aria-hidden="true">
      {up.scale.marks.map((mark) => (
        <g key={mark}>
          <line x1={left} x2={right} y1={up.scale.place(mark)} y2={up.scale.place(mark)} />
          <text x={left - 8} y={up.scale.place(mark) + 4} textAnchor="end">
            {up.format(mark)}
          </text>
        </g>
      ))}
      {across.scale.marks.map((mark) => (
        <text key={mark} x={across.scale.place(mark)} y={floor + 16} textAnchor="middle">
          {across.format(mark)}
        </text>
      ))}
      {name === undefined ? null : (
        <text className="xy-name" x={right} y={height - 6} textAnchor="end">
          {name}
        </text>
      )}
    </g>
  )
}
