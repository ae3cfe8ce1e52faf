import { Fraction } from '../../core/fraction.ts'
import { type CardAt, costOfSum, type PricedCell } from './what-if.ts'

/** Where a task's struck calls would go, and what that comes to beside staying. */
export interface Reroute {
  readonly routes: readonly {
    readonly task: string
    readonly from: string
    readonly to: string
    readonly stay: bigint
    readonly move: bigint
    readonly moves: boolean
  }[]
  /** Of a cell of hours that cost the same. */
  readonly costOf: (cell: PricedCell) => bigint | null
  /**
   * Of a cell of any hours: as its task's calls on the whole. Whose calls come at other hours than
   * those of the others pays a little more or less than this.
   */
  readonly shareOf: (cell: PricedCell) => bigint | null
}

/**
 * The next model of each task that the change does not meet, at its own card and hour, with the same
 * count of tokens. A task moves when that is cheaper over all of its struck calls.
 */
export function cheaperElsewhere(
  cells: readonly PricedCell[],
  tasks: ReadonlyMap<string, readonly string[]>,
  isStruck: (model: string) => boolean,
  cardAt: CardAt,
): Reroute {
  const next = new Map<string, string>()
  const sums = new Map<string, { stay: bigint; move: bigint | null }>()
  const elsewhere = (cell: PricedCell, to: string): bigint | null => {
    const card = cardAt(to, cell.cell.hours.at)
    return card === null
      ? null
      : costOfSum(card, cell.cell.usage, cell.cell.attempts, cell.cell.hours.at)
  }
  for (const priced of cells) {
    if (!priced.struck || priced.task === null || priced.isShared) continue
    const to = (tasks.get(priced.task) ?? []).find(
      (name) => name !== priced.model && !isStruck(name),
    )
    if (to === undefined) continue
    const key = keyOf(priced)
    next.set(key, to)
    const known = sums.get(key) ?? { stay: 0n, move: 0n }
    const cost = elsewhere(priced, to)
    sums.set(key, {
      stay: known.stay + (priced.after ?? 0n),
      move: known.move === null || cost === null ? null : known.move + cost,
    })
  }
  const routes = [...sums].flatMap(([key, { stay, move }]) => {
    const [task = '', from = ''] = JSON.parse(key) as string[]
    if (move === null) return []
    return [{ task, from, to: next.get(key)!, stay, move, moves: move < stay }]
  })
  const moving = new Set(
    routes.filter(({ moves }) => moves).map(({ task, from }) => JSON.stringify([task, from])),
  )
  return {
    routes,
    shareOf: (cell) => {
      const sum =
        cell.struck && !cell.isShared && moving.has(keyOf(cell)) ? sums.get(keyOf(cell)) : undefined
      if (sum === undefined || sum.move === null || sum.stay === 0n || cell.after === null)
        return cell.after
      return Fraction.of(cell.after).times(new Fraction(sum.move, sum.stay)).round()
    },
    costOf: (cell) =>
      cell.struck && !cell.isShared && moving.has(keyOf(cell))
        ? elsewhere(cell, next.get(keyOf(cell))!)
        : cell.after,
  }
}

function keyOf({ task, model }: PricedCell): string {
  return JSON.stringify([task, model])
}
