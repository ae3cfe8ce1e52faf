import type { Money } from '../../core/money.ts'
import { type Kind, kinds } from '../../core/usage.ts'
import type { CostRow, SpanReport } from '../ports.ts'

/**
 * Sums on their way between threads: names as one text and counts as one array. Objects are copied one by one, and
 * half of that is done where calls are served.
 */
export interface PackedSums {
  readonly groups: string
  readonly counts: Float64Array
  readonly cut: boolean
}

/** Calls, attempts, errors, cost not known, estimated, two halves of cost and of saved, and each kind. */
const width = 9 + kinds.length
const half = 2n ** 32n

export function packedSums({ rows, cut }: SpanReport): PackedSums {
  const counts = new Float64Array(rows.length * width)
  let at = 0
  for (const row of rows) {
    const { calls, attempts, errors, costUnknown, estimated, cost, saved, usage } = row
    counts[at] = calls
    counts[at + 1] = attempts
    counts[at + 2] = errors
    counts[at + 3] = costUnknown
    counts[at + 4] = estimated
    counts[at + 5] = Number(cost >> 32n)
    counts[at + 6] = Number(BigInt.asUintN(32, cost))
    counts[at + 7] = Number(saved >> 32n)
    counts[at + 8] = Number(BigInt.asUintN(32, saved))
    for (const [place, kind] of kinds.entries()) counts[at + 9 + place] = usage[kind]
    at += width
  }
  return { groups: JSON.stringify(rows.map(({ group }) => group)), counts, cut }
}

export function unpackedSums({ groups, counts, cut }: PackedSums): SpanReport {
  const named = JSON.parse(groups) as CostRow['group'][]
  const rows = named.map((group, place): CostRow => {
    const at = place * width
    const count = (index: number): number => counts[at + index]!
    const money = (index: number): Money =>
      (BigInt(count(index)) * half + BigInt(count(index + 1))) as Money
    const usage = {} as Record<Kind, number>
    for (const [index, kind] of kinds.entries()) usage[kind] = count(9 + index)
    return {
      group,
      calls: count(0),
      attempts: count(1),
      errors: count(2),
      costUnknown: count(3),
      estimated: count(4),
      cost: money(5),
      saved: money(7),
      usage,
    }
  })
  return { rows, cut }
}
