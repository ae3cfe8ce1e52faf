import type { CostRowJson, CostsJson } from '../../../src/server/contract/costs.ts'

/** What spending can be parted by, in the words of /api/costs. */
export const cuts = [
  ['task', 'Task'],
  ['model', 'Model'],
  ['provider', 'Provider'],
  ['customer', 'Customer'],
  ['feature', 'Feature'],
  ['key', 'Key'],
  ['env', 'Environment'],
  ['mode', 'Service tier'],
  ['role', 'Part in its call'],
  ['saved_by', 'Saved by'],
] as const

export type Cut = (typeof cuts)[number][0]

/** Those that calls can be searched by, too. */
const searchable: ReadonlySet<Cut> = new Set([
  'task',
  'model',
  'provider',
  'customer',
  'feature',
  'key',
  'role',
])

export function isSearchable(cut: Cut): boolean {
  return searchable.has(cut)
}

export interface Sum {
  readonly usd: number
  readonly calls: number
  readonly unknown: number
  readonly saved: number
}

export interface PivotRow {
  /** Null: calls that said nothing of it. */
  readonly name: string | null
  readonly sum: Sum
  /** By the pivot's columns; absent where there was no call. */
  readonly cells: readonly (Sum | undefined)[]
}

export interface Pivot {
  readonly columns: readonly (string | null)[]
  /** Columns that are together in the last one; 0 where each stands for itself. */
  readonly others: number
  /** The dearest first. */
  readonly rows: readonly PivotRow[]
  readonly total: Sum
}

const none: Sum = { usd: 0, calls: 0, unknown: 0, saved: 0 }

/** Spending by two cuts: a row for each value of the first, the values of the second that weigh most beside it. */
export function pivotOf({ rows, total }: CostsJson, by: Cut, across: Cut | null, most = 5): Pivot {
  const byRow = Map.groupBy(rows, ({ group }) => group[by] ?? null)
  const weights = new Map<string | null, number>()
  if (across !== null)
    for (const row of rows) {
      const name = row.group[across] ?? null
      weights.set(name, (weights.get(name) ?? 0) + Number(row.cost_usd))
    }
  const names = [...weights].toSorted(([, left], [, right]) => right - left).map(([name]) => name)
  const shown = names.slice(0, names.length > most + 1 ? most : most + 1)
  const others = names.length - shown.length
  return {
    columns: shown,
    others,
    total: sumOf([total]),
    rows: [...byRow]
      .map(([name, own]) => {
        const of = (fits: (value: string | null) => boolean): Sum | undefined => {
          const some = own.filter(({ group }) => fits(group[across!] ?? null))
          return some.length === 0 ? undefined : sumOf(some)
        }
        const cells = shown.map((column) => of((value) => value === column))
        return {
          name,
          sum: sumOf(own),
          cells: others === 0 ? cells : [...cells, of((value) => !shown.includes(value))],
        }
      })
      .toSorted((left, right) => right.sum.usd - left.sum.usd || right.sum.calls - left.sum.calls),
  }
}

function sumOf(rows: readonly CostRowJson[]): Sum {
  return rows.reduce(
    (sum, row) => ({
      usd: sum.usd + Number(row.cost_usd),
      calls: sum.calls + row.calls,
      unknown: sum.unknown + row.cost_unknown,
      saved: sum.saved + Number(row.saved_usd),
    }),
    none,
  )
}
