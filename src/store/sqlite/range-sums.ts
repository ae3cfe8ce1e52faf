import type { Database } from 'bun:sqlite'
import type { Filters } from '../ports.ts'
import { onDims } from './filters.ts'
import type { UsedSums } from './used-sums.ts'

/** Hours or days of a roll-up, by their key. */
export interface Range {
  readonly table: 'hour' | 'day'
  readonly since: number
  readonly until: number
}

/** Rows of numbers, one behind the other: the number of the dimensions, and a sum for each of `names`. */
export interface RangeSums {
  readonly names: readonly string[]
  readonly rows: Float64Array
}

/** Numbers that are kept: 8 MB of them. */
const keptMax = 1_000_000
/** What the name of a range takes, in numbers: ranges in which there is nothing are kept as well. */
const nameSize = 64

/**
 * What was summed up over ranges of the roll-ups, kept until something is added to them: a page asks for the
 * same month several times, grouped otherwise, and the hours that are over do not change.
 */
export class RangeReader {
  readonly #db: Database
  readonly #used: UsedSums
  readonly #kept = new Map<string, { readonly range: Range; readonly sums: RangeSums }>()
  #size = 0

  constructor(db: Database, used: UsedSums) {
    this.#db = db
    this.#used = used
  }

  sums(range: Range, filters: Filters): RangeSums {
    const { names } = this.#used
    const key = JSON.stringify([range.table, range.since, range.until, filters])
    const known = this.#kept.get(key)
    if (known !== undefined && known.sums.names.length === names.length) return known.sums
    const sums = { names, rows: this.#read(range, filters, names) }
    if (known !== undefined) this.#drop(key, known.sums)
    if (this.#size + sizeOf(sums) > keptMax) {
      this.#kept.clear()
      this.#size = 0
    }
    this.#kept.set(key, { range, sums })
    this.#size += sizeOf(sums)
    return sums
  }

  /** Rows of this hour or later were written. */
  changed(hour: number): void {
    for (const [key, { range, sums }] of this.#kept) {
      if (range.until > hour) this.#drop(key, sums)
    }
  }

  #drop(key: string, sums: RangeSums): void {
    this.#kept.delete(key)
    this.#size -= sizeOf(sums)
  }

  /** Rows are added up here: SQLite would sort them to group them, which takes longer than to read them. */
  #read({ table, since, until }: Range, filters: Filters, names: readonly string[]): Float64Array {
    const { sql, values } = onDims(filters)
    const among = sql === '' ? '' : `AND dims IN (SELECT id FROM dims WHERE TRUE${sql})`
    const found = this.#db
      .query(
        `SELECT ${['dims', ...names].map(asNumber).join(', ')} FROM rollup_${table}
         WHERE ${table} >= ? AND ${table} < ? ${among}`,
      )
      .values(since, until, ...values) as unknown as readonly (readonly number[])[]
    const places = new Map<number, number>()
    const width = names.length + 1
    const rows = new Float64Array(found.length * width)
    let end = 0
    for (const row of found) {
      let place = places.get(row[0]!)
      if (place === undefined) {
        places.set(row[0]!, (place = end))
        rows[place] = row[0]!
        end += width
      }
      for (let at = 1; at < width; at += 1) rows[place + at]! += row[at]!
    }
    return rows.slice(0, end)
  }
}

function sizeOf({ rows }: RangeSums): number {
  return rows.length + nameSize
}

/** Integers come as bigints, which take longer to make than numbers of floating point. */
function asNumber(name: string): string {
  return `(${exact[name] ?? name}) * 1.0`
}

/** Low halves that stay below 2^32 a row, so that a sum of two million of them is exact in a number. */
const exact: Readonly<Record<string, string>> = Object.fromEntries(
  ['cost', 'saved'].flatMap((amount) => [
    [`${amount}_high`, `${amount}_high + (${amount}_low >> 32)`],
    [`${amount}_low`, `${amount}_low & 4294967295`],
  ]),
)
