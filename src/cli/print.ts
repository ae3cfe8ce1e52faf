/** Tables and colour for people; one line of JSON for machines. */

export interface Printer {
  /** To stdout. */
  readonly out: (text: string) => void
  /** To stderr. */
  readonly err: (text: string) => void
  /** Whether stdout is a terminal that shows colour. */
  readonly colour: boolean
  /** Columns of the terminal; null when stdout is none. */
  readonly width: number | null
}

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** Numbers stand to the right. */
  readonly right?: boolean
  /** May be cut when the terminal is narrow; others keep their width. */
  readonly shrinks?: boolean
}

/** Rows under their titles, columns as wide as they need; what shrinks gives way to the terminal. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { colour, width }: Pick<Printer, 'colour' | 'width'>,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))))
  const widths = columns.map(({ title }, column) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[column]!)), title.length),
  )
  if (width !== null) shrink(widths, columns, width)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => {
        const cut = clip(text, widths[column]!)
        const gap = ' '.repeat(widths[column]! - widthOf(cut))
        return columns[column]!.right === true ? gap + cut : cut + gap
      })
      .join('  ')
      .trimEnd()
  const head = line(columns.map(({ title }) => title))
  return [colour ? dim(head) : head, ...cells.map(line)].join('\n')
}

const gapWidth = 2
const narrowest = 8

function shrink(widths: number[], columns: readonly Column<never>[], terminal: number): void {
  const whole = (): number =>
    widths.reduce((sum, each) => sum + each, 0) + gapWidth * (widths.length - 1)
  while (whole() > terminal) {
    let widest = -1
    for (const [column, each] of widths.entries()) {
      const may = columns[column]!.shrinks === true && each > narrowest
      if (may && (widest === -1 || each > widths[widest]!)) widest = column
    }
    if (widest === -1) return
    widths[widest]! -= 1
  }
}

/** What came from outside shows as text: no escape reaches the terminal, and no text turns its line around. */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll(unprintable, escaped)
}

const unprintable = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16)
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`
}

/**
 * The same for what is printed as JSON, whose own rules leave these as they are. They can only stand in
 * its strings, where the escape means the same.
 */
export function printableJson(text: string): string {
  return text.replaceAll(
    /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function widthOf(text: string): number {
  return Bun.stringWidth(text)
}

function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let cut = ''
  for (const character of text) {
    if (widthOf(cut + character) > width - 1) break
    cut += character
  }
  return `${cut}…`
}

export function dim(text: string): string {
  return `\u001b[2m${text}\u001b[22m`
}

export function red(text: string): string {
  return `\u001b[31m${text}\u001b[39m`
}

export function green(text: string): string {
  return `\u001b[32m${text}\u001b[39m`
}

export function yellow(text: string): string {
  return `\u001b[33m${text}\u001b[39m`
}

/** '12,345' */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** '$0.001234', and '?' for what is not known. */
export function dollars(usd: string | null): string {
  if (usd === null) return '?'
  const [whole = '0', fraction = ''] = usd.split('.')
  const digits = fraction.padEnd(6, '0')
  // A sum that six decimals would show as nothing is shown in full.
  const shown =
    Number(usd) !== 0 && Number(`${whole}.${digits.slice(0, 6)}`) === 0
      ? fraction
      : digits.slice(0, 6)
  return `$${whole}.${shown}`
}

/** '1.2 s', '340 ms', '0.12 ms'. Null: '-'. */
export function duration(us: number | null): string {
  if (us === null) return '-'
  if (us >= 1_000_000) return `${(us / 1_000_000).toFixed(1)} s`
  return us >= 10_000 ? `${Math.round(us / 1_000)} ms` : `${(us / 1_000).toFixed(2)} ms`
}
