import { Fault } from '../../fault.ts'

/** A decimal stays the decimal that it is; null is an empty cell. */
export type Cell = string | number | { readonly usd: string | null } | null

/** Hands a table to the browser as a file. @param name  without its ending */
export function download(
  name: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
) {
  save(`${name}.csv`, 'text/csv', [head, ...rows].map(lineOf).join(''))
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
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

/** What is saved is asked for first, and may be refused. */
export async function saved(url: string, name: string): Promise<Fault | null> {
  try {
    const response = await fetch(url, { credentials: 'same-origin', redirect: 'error' })
    if (!response.ok) return new Fault(`The gateway answered with status ${response.status}.`)
    save(name, 'application/json', await response.text())
    return null
  } catch {
    return new Fault('The gateway cannot be reached.')
  }
}
