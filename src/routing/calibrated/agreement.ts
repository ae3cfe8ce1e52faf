import { follow, type Rule } from './rule.ts'
import { agree } from './signals.ts'
import type { Row } from './table.ts'

/**
 * How often the answers that a rule gives are the strong model's: what audits of live calls are held against.
 * Rows whose answers are too long to be compared say nothing.
 * @returns null when no row can be compared
 */
export function agreementOf(
  rule: Rule,
  rows: readonly Row[],
  strongName: string,
): { readonly rate: number; readonly rows: number } | null {
  let compared = 0
  let same = 0
  for (const row of rows) {
    const { results } = row
    const strong = results.get(strongName)
    const trip = follow(rule, row, strongName)
    if (strong === undefined || trip === null) continue
    const cheap = results.get(rule.method === 'static' ? rule.model : rule.cheap)!
    const agrees = trip.escalated ? true : agree(cheap, strong)
    if (agrees === null) continue
    compared += 1
    if (agrees) same += 1
  }
  return compared === 0 ? null : { rate: same / compared, rows: compared }
}
