import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { Calendar, hourUs } from '../calendar.ts'
import { type Findings, nameOf, type Step } from '../findings.ts'
import { idText, usageColumns } from './columns.ts'
import { inSnapshot } from './database.ts'
import { dimsColumn, savedByOfRow } from './filters.ts'
import { highSum, joined, lowSum } from './halves.ts'
import { deletedThrough } from './loader.ts'
import { sumColumns } from './schema.ts'
import { DoubtfulPace } from './verify-pace.ts'

/** Checks what is summed up in a ledger: hours against their rows, days against their hours; and with the hours their times. */
export class DoubtfulSums {
  readonly #db: Database
  readonly #findings: Findings
  readonly #pace: DoubtfulPace

  constructor(db: Database, findings: Findings) {
    this.#db = db
    this.#findings = findings
    this.#pace = new DoubtfulPace(db, findings)
  }

  /** Sums of hours against their rows. @returns attempts whose rows are deleted */
  async checkHours(step: Step): Promise<number> {
    const columns = Object.values(dimsColumn).join(', ')
    for (const [key, ...values] of this.#db.query(`SELECT key, ${columns} FROM dims`).values()) {
      if (key === JSON.stringify(values)) continue
      this.#findings.fail('hours', String(key), `it is listed as ${JSON.stringify(values)}`)
    }
    const spans = this.#spans()
    let expired = 0
    for (const [place, span] of spans.entries()) {
      expired += inSnapshot(this.#db, () => this.#checkSpan(span))
      if (place % 16 === 0) await step({ check: 'hours', done: place, of: spans.length })
    }
    const outside = inSnapshot(this.#db, () => this.#rowsOutside())
    for (const [id, attempt] of outside) {
      const where = nameOf(idText(id as Uint8Array), Number(attempt))
      this.#findings.fail('hours', where, 'its hour is in no sum')
    }
    inSnapshot(this.#db, () => this.#pace.checkRest())
    return expired
  }

  async checkDays(step: Step): Promise<void> {
    const zone = this.#db.query("SELECT value FROM meta WHERE name = 'time_zone'").values()[0]
    const calendar = new Calendar(String(zone?.[0] ?? 'UTC'))
    const days = this.#db
      .query('SELECT day FROM rollup_day UNION SELECT day FROM rollup_hour ORDER BY day')
      .values() as unknown as [bigint][]
    for (const [place, [day]] of days.entries()) {
      inSnapshot(this.#db, () => this.#checkDay(day, calendar))
      if (place % 16 === 0) await step({ check: 'days', done: place, of: days.length })
    }
  }

  /**
   * Hours apart from each other. Those of another time zone, or of the day on which a zone moves by
   * half an hour, lie across one another: they are one span.
   */
  #spans(): Span[] {
    const spans: Span[] = []
    const hours = this.#db
      .query('SELECT DISTINCT hour FROM rollup_hour ORDER BY hour')
      .values() as unknown as [bigint][]
    for (const [hour] of hours) {
      const from = Number(hour)
      const last = spans.at(-1)
      if (last && from < last.to) last.to = from + hourUs
      else spans.push({ from, to: from + hourUs })
    }
    return spans
  }

  #checkSpan({ from, to }: Span): number {
    this.#findings.looked('hours')
    const summed = new Map<string, Sums>()
    let [first, last]: [Uint8Array | null, Uint8Array | null] = [null, null]
    for (const row of this.#db.query(hoursOfSpan).values(from, to)) {
      const [key, least, greatest, ...sums] = row as [string, Uint8Array, Uint8Array, ...bigint[]]
      if (!first || Buffer.compare(least, first) < 0) first = least
      if (!last || Buffer.compare(greatest, last) > 0) last = greatest
      collect(summed, JSON.parse(key) as (string | null)[], comparable(sums))
    }
    if (!first || !last) return 0
    const bound = deletedThrough(this.#db)
    const cut = bound !== null && Buffer.compare(first, bound) <= 0
    this.#pace.checkSpan({ from, to, first, last, cut })
    const rows = new Map<string, Sums>()
    for (const row of this.#db.query(rowsOfSpan).values(first, last, from, to)) {
      const values = row.slice(0, dims.length) as (string | null)[]
      collect(rows, values, comparable(row.slice(dims.length) as bigint[]))
    }
    let expired = 0
    for (const key of new Set([...summed.keys(), ...rows.keys()])) {
      const [sums, real] = [summed.get(key) ?? none, rows.get(key) ?? none]
      // Corrections may be negative: of some that are gone nothing is known.
      const mayLack = cut && (JSON.parse(key) as unknown[])[rolePlace] === 'correction'
      const wrong = names.filter((name, place) =>
        cut ? !mayLack && real[place]! > sums[place]! : real[place] !== sums[place],
      )
      // Of an hour whose rows are partly deleted, the sums are at least those of the rows left.
      if (cut) expired += Number(sums[attemptsPlace]! - real[attemptsPlace]!)
      if (wrong.length === 0) continue
      const says = wrong
        .map((name) => {
          const place = names.indexOf(name)
          return `${name} ${sums[place]} instead of ${real[place]}`
        })
        .join(', ')
      this.#findings.fail('hours', `${instantText(from)} ${key}`, `its sum has ${says}`)
    }
    return expired
  }

  /** Rows of hours that no sum knows of. Asked only where the numbers do not add up. */
  #rowsOutside(): unknown[][] {
    const rows = this.#count("SELECT COUNT(*) FROM attempt WHERE role <> 'correction'")
    const summed = this.#count('SELECT COALESCE(SUM(attempts), 0) FROM rollup_hour')
    if (rows <= summed && deletedThrough(this.#db) !== null) return []
    // Corrections are no attempts, so their number tells nothing of them.
    const which = rows === summed ? "role = 'correction' AND" : ''
    return this.#db
      .query(
        `SELECT call_id, attempt FROM attempt WHERE ${which} NOT EXISTS
           (SELECT 1 FROM rollup_hour WHERE hour <= at AND hour > at - ${hourUs}
            AND first_call <= call_id AND last_call >= call_id) LIMIT 20`,
      )
      .values()
  }

  #checkDay(day: bigint, calendar: Calendar): void {
    this.#findings.looked('days')
    const sums = this.#dayOf('rollup_day', day)
    const real = this.#dayOf('rollup_hour', day)
    const where = instantText(Number(day))
    for (const key of new Set([...sums.keys(), ...real.keys()])) {
      const [one, other] = [sums.get(key) ?? none, real.get(key) ?? none]
      const wrong = names.filter((_, place) => one[place] !== other[place])
      if (wrong.length === 0) continue
      const says = wrong
        .map((name) => {
          const place = names.indexOf(name)
          return `${name} ${one[place]} instead of ${other[place]}`
        })
        .join(', ')
      this.#findings.fail('days', `${where} ${key}`, `its sum has ${says}`)
    }
    const hours = this.#db.query('SELECT DISTINCT hour FROM rollup_hour WHERE day = ?').values(day)
    for (const [hour] of hours) {
      const start = Number(hour) as Instant
      if (calendar.dayStart(start) === Number(day)) continue
      this.#findings.fail('days', where, `the hour ${instantText(start)} is not of this day`)
    }
  }

  #dayOf(table: 'rollup_day' | 'rollup_hour', day: bigint): Map<string, Sums> {
    const picked = sumColumns.map((name) => `SUM(${name})`).join(', ')
    const rows = this.#db
      .query(
        `SELECT key, ${picked} FROM ${table} AS part JOIN dims ON dims.id = part.dims
         WHERE day = ? GROUP BY part.dims`,
      )
      .values(day)
    return new Map(rows.map(([key, ...sums]) => [String(key), comparable(sums as bigint[])]))
  }

  #count(sql: string): number {
    return Number((this.#db.query(sql).values()[0] as [bigint])[0])
  }
}

interface Span {
  readonly from: number
  to: number
}

type Sums = readonly bigint[]

/** Sums of a group, amounts in one number: how they were cut in halves depends on what came together. */
function comparable(sums: readonly bigint[]): Sums {
  return sumColumns.flatMap((name, place) => {
    if (name.endsWith(low)) return []
    return name.endsWith(high) ? [joined(sums[place]!, sums[place + 1]!)] : [sums[place]!]
  })
}

/** Every amount is two columns, one behind the other. */
const [high, low] = ['_high', '_low']

/**
 * A model's name of a thousand characters is cut in its row before the provider's stands before it,
 * and in the sums after that: all that are so long are one.
 */
function collect(into: Map<string, Sums>, values: readonly (string | null)[], sums: Sums): void {
  const model = values[1] ?? null
  const long = model !== null && model.length > longModel
  const key = JSON.stringify(long ? values.with(1, `${values[2]}/…`) : values)
  const known = into.get(key)
  into.set(key, known ? known.map((sum, place) => sum + sums[place]!) : sums)
}

const longModel = 900

const attemptsPlace = sumColumns.indexOf('attempts')
const names = sumColumns.flatMap((name) =>
  name.endsWith(low) ? [] : [name.endsWith(high) ? name.slice(0, -high.length) : name],
)
const none: Sums = names.map(() => 0n)

const dims = [
  'task',
  "(provider || '/' || model)",
  'provider',
  'key_id',
  'customer',
  'feature',
  'env',
  'role',
  'mode',
  savedByOfRow,
]
const rolePlace = dims.indexOf('role')

const ofRows: Readonly<Record<string, string>> = {
  calls: "SUM(attempt <= 1 AND role <> 'correction')",
  attempts: "SUM(role <> 'correction')",
  errors: "SUM(end_state NOT IN ('complete', 'cancelled'))",
  ...Object.fromEntries(usageColumns.map((name) => [name, `COALESCE(SUM(${name}), 0)`])),
  cost_high: `COALESCE(${highSum}, 0)`,
  cost_low: `COALESCE(${lowSum}, 0)`,
  cost_unknown: 'COUNT(*) - COUNT(cost)',
  estimated: "SUM(usage_source = 'estimate')",
  saved_high: 'COALESCE(SUM(saved >> 32), 0)',
  saved_low: 'COALESCE(SUM(saved & 4294967295), 0)',
}

const rowsOfSpan = `
  SELECT ${dims.join(', ')}, ${sumColumns.map((name) => ofRows[name]).join(', ')} FROM attempt
  WHERE call_id >= ? AND call_id <= ? AND at >= ? AND at < ?
  GROUP BY ${dims.map((_, place) => place + 1).join(', ')}`

const hoursOfSpan = `
  SELECT key, min(first_call), max(last_call), ${sumColumns.map((name) => `SUM(${name})`).join(', ')}
  FROM rollup_hour AS part JOIN dims ON dims.id = part.dims
  WHERE hour >= ? AND hour < ? GROUP BY part.dims`

function instantText(at: number): string {
  return new Date(at / 1_000).toISOString()
}
