/** Numbers on a length, for charts that are drawn as SVG. */
export interface Scale {
  readonly place: (value: number) => number
  readonly marks: readonly number[]
}

/** @param from  where the lowest value stands, in the drawing's units; may be more than `to` */
export function scaleOf(
  low: number,
  high: number,
  from: number,
  to: number,
  { log = false, most = 5 }: { readonly log?: boolean; readonly most?: number } = {},
): Scale {
  if (log && low > 0) {
    const [bottom, top] = [Math.log10(low), Math.log10(high <= low ? low * 10 : high)]
    const place = (value: number): number =>
      from + ((Math.log10(Math.max(value, 1e-15)) - bottom) / (top - bottom)) * (to - from)
    return { place, marks: powers(bottom, top) }
  }
  const top = high <= low ? low + 1 : high
  const place = (value: number): number => from + ((value - low) / (top - low)) * (to - from)
  return { place, marks: rounds(low, top, most) }
}

function powers(bottom: number, top: number): readonly number[] {
  const marks: number[] = []
  for (let power = Math.ceil(bottom); power <= Math.floor(top); power += 1) marks.push(10 ** power)
  return marks
}

/** Ones, twos and fives. */
function rounds(low: number, high: number, most: number): readonly number[] {
  const rough = (high - low) / most
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((each) => each * unit).find((each) => each >= rough) ?? rough
  const marks: number[] = []
  for (let mark = Math.ceil(low / step) * step; mark <= high + step / 1e6; mark += step) {
    marks.push(Math.abs(mark) < step / 1e6 ? 0 : mark)
  }
  return marks
}
