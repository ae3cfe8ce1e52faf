import { picodollars, type ChargeLine } from '../../../src/control/economics/charge-line.ts'
import { focusColumns, focusNumbers, focusOf } from '../../../src/control/exports/focus.ts'
import { type Money, usdText } from '../../../src/core/money.ts'
import { read } from '../../api.ts'
import { type Cell, download } from './csv.ts'

/** What an export came to. */
export interface Exported {
  readonly rows: number
  readonly usd: string
  /** Whether the lines add up to the calls that they are made of, to the last digit. */
  readonly adds: boolean
  /** Attempts whose cost is not known: in no line. */
  readonly unknown: number
}

const dayMs = 86_400_000

/**
 * Asks for what was charged a day at a time, so that neither the gateway nor this page holds all of it up,
 * and hands it to the browser as FOCUS: the same rows as `freehold export focus` writes.
 * @throws Fault, or what the signal was aborted with
 */
export async function exportFocus(
  { since, until }: { readonly since: Date; readonly until: Date },
  { signal, onDay }: { readonly signal: AbortSignal; readonly onDay: (day: number) => void },
): Promise<Exported> {
  const lines = new Map<string, ChargeLine>()
  let [calls, unknown] = [0n, 0]
  let day = 0
  for (let from = since.getTime(); from < until.getTime(); from += dayMs) {
    day += 1
    onDay(day)
    const to = Math.min(from + dayMs, until.getTime())
    const query = { since: new Date(from).toISOString(), until: new Date(to).toISOString() }
    const part = await read('/api/exports/charges', { query, signal })
    calls += picodollars(part.rows_usd)
    unknown += part.coverage.unknown
    for (const line of part.lines) put(lines, line)
  }
  const all = [...lines.values()]
  const sum = all.reduce((total, line) => total + picodollars(line.cost_usd), 0n)
  const name = `focus-${since.toISOString().slice(0, 10)}-${until.toISOString().slice(0, 10)}`
  download(name, focusColumns, all.map(cellsOf))
  return { rows: all.length, usd: textOf(sum), adds: sum === calls, unknown }
}

/** A day of the store may begin in the middle of one that was asked for: its halves are one line. */
function put(lines: Map<string, ChargeLine>, line: ChargeLine): void {
  const { units, attempts, cost_usd: cost, ...same } = line
  const name = JSON.stringify(Object.values(same))
  const known = lines.get(name)
  lines.set(
    name,
    known === undefined
      ? line
      : {
          ...line,
          units: String(BigInt(known.units) + BigInt(units)),
          attempts: known.attempts + attempts,
          cost_usd: textOf(picodollars(known.cost_usd) + picodollars(cost)),
        },
  )
}

function cellsOf(line: ChargeLine): readonly Cell[] {
  const row = focusOf(line)
  return focusColumns.map((column) => {
    const value = row[column]
    return value !== null && column in focusNumbers ? { usd: value } : value
  })
}

function textOf(amount: bigint): string {
  return usdText(amount as Money)
}
