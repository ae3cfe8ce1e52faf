/** A decimal stays the decimal that it is; null is an empty cell. */
export type Cell = string | number | { readonly usd: string | null } | null

/** Hands a table to the browser as a file. @param name  without its ending */
export function download(
  name: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
) {
  const text = [head, ...rows].map(lineOf).join('')
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.csv`
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** @see RFC 4180 */
function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  if (typeof cell === 'object') return cell.usd ?? ''
  // What a spreadsheet would take for a formula, and names come from callers.
  const safe = cell.replaceAll(/(^|;)([\s"'\p{Cf}]*)([=+\-@|%＝＋－＠])/gu, "$1'$2$3")
  return `"${safe.replaceAll('"', '""')}"`
}
