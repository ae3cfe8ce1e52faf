import { textBytesMax } from './frame.ts'

/** A row that is too long for a frame has its strings cut; with all of them full it then fits. */
export function fittingText<Row extends object>(row: Row, encode: (row: Row) => string): string {
  const text = encode(row)
  if (text.length * 3 <= textBytesMax || Buffer.byteLength(text) <= textBytesMax) return text
  const entries = Object.entries(row).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? value.slice(0, stringMax) : value,
  ])
  return encode(Object.fromEntries(entries) as Row)
}

/** A character takes six bytes of JSON at most, and no row has forty strings. */
const stringMax = 65_536
