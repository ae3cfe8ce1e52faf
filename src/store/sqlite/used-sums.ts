import type { Database } from 'bun:sqlite'
import { sumColumns } from './schema.ts'

const always = ['calls', 'attempts', 'cost_high', 'cost_low'] as const

/**
 * Which sums were ever above nothing. Most kinds of usage are never used, and a sum that is 0 in every row
 * need not be read from a hundred thousand of them. Looked up once, and then kept up with what is written.
 */
export class UsedSums {
  readonly #db: Database
  #used: Set<string> | null = null

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order of `sumColumns`. */
  get names(): readonly string[] {
    const used = (this.#used ??= this.#lookUp())
    return sumColumns.filter((name) => used.has(name))
  }

  /** Values of a row that is written, in the order of `sumColumns`. */
  add(values: readonly (number | bigint)[]): void {
    if (this.#used === null) return
    for (const [at, value] of values.entries())
      if (value !== 0 && value !== 0n) this.#used.add(sumColumns[at]!)
  }

  #lookUp(): Set<string> {
    const [found = []] = this.#db
      .query(`SELECT ${sumColumns.map((name) => `MAX(${name} <> 0)`).join(', ')} FROM rollup_day`)
      .values()
    return new Set([...always, ...sumColumns.filter((_, at) => found[at] === 1n)])
  }
}
