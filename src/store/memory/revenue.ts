import { conflictOf, type RevenueAdded, type RevenueRow, type RevenueSpan } from '../revenue.ts'

/** Revenue in memory, by its ids. */
export class MemoryRevenue {
  readonly #rows = new Map<string, RevenueRow>()

  async addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded> {
    const conflicts: string[] = []
    let [added, known] = [0, 0]
    for (const row of rows) {
      const found = this.#rows.get(row.id)
      if (found === undefined) {
        this.#rows.set(row.id, row)
        added += 1
      } else if (conflictOf(found, row) === null) known += 1
      else conflicts.push(row.id)
    }
    return { added, known, conflicts }
  }

  async revenue({ from, to }: RevenueSpan): Promise<readonly RevenueRow[]> {
    return [...this.#rows.values()]
      .filter((row) => row.from <= to && row.to >= from)
      .toSorted((left, right) =>
        left.from === right.from ? (left.id < right.id ? -1 : 1) : left.from < right.from ? -1 : 1,
      )
  }
}
