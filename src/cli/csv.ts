import { printable } from './print.ts'

/** A number stays one, and an amount the decimal that it is; a text is never a formula; null is an empty cell. */
export type Cell = string | number | Amount | null

export interface Amount {
  readonly usd: string
}

export interface CsvColumn<Row> {
  readonly title: string
  readonly value: (row: Row) => Cell
}

/** The line of titles and a line for each row, each with its end. @see RFC 4180 */
export function csv<Row>(
  rows: readonly Row[],
  columns: readonly CsvColumn<Row>[],
  titled = true,
): string {
  const lines = rows.map((row) => columns.map(({ value }) => cell(value(row))).join(','))
  const titles = columns.map(({ title }) => cell(title)).join(',')
  return [...(titled ? [titles] : []), ...lines].map((line) => `${line}\r\n`).join('')
}

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object')
    return /^-?\d+(?:\.\d+)?$/.test(value.usd) ? value.usd : cell(value.usd)
  return `"${asText(printable(value)).replaceAll('"', '""')}"`
}

/**
 * What a spreadsheet would take for a formula gets an apostrophe in front, at its beginning and behind a
 * semicolon, which separates cells where a comma is the decimal sign. Names come from callers, and a
 * formula can send the sheet to a stranger.
 * @see https://owasp.org/www-community/attacks/CSV_Injection (read 2026-11-22)
 */
function asText(text: string): string {
  return text.replaceAll(
    formula,
    (before, at: string, mark: string) => `${at}'${before.slice(at.length, -mark.length)}${mark}`,
  )
}

/** Spaces, quotes and what shows nothing may stand in front of the sign, and it may be a wide one. */
const formula = /(^|;)[\s"'\p{Cf}]*([=+\-@|%＝＋－＠])/gu
