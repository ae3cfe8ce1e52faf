import type { Database } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import type { Instant } from '../../core/clock.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { kinds } from '../../core/usage.ts'
import type { Calendar } from '../calendar.ts'
import { keptLabel, keptMoney, keptUsage } from '../kept.ts'
import { dimensions } from '../ports.ts'
import { addRecord, addSums, dimensionsOf, noSums, type Sums } from '../sums.ts'
import { Alike } from './alike.ts'
import { idBytes } from './columns.ts'
import { highOf, lowOf } from './halves.ts'
import type { RangeReader } from './range-sums.ts'
import { sumColumns } from './schema.ts'
import type { UsedSums } from './used-sums.ts'

/** Combinations of dimensions whose number in `dims` is kept in memory. */
const knownMax = 10_000

interface Hour {
  readonly start: Instant
  /** As JSON. */
  readonly dims: string
  first: CallId
  last: CallId
  readonly sums: Sums
}

interface Day {
  readonly start: Instant
  readonly dims: string
  readonly sums: Sums
}

/** Who keeps what the roll-ups say. */
export interface Told {
  readonly used: UsedSums
  readonly ranges: RangeReader
}

/**
 * Adds up the rows of one transaction in memory, so that a thousand rows of one task cost one update.
 * Only rows that were really inserted may be added.
 */
export class Rollup {
  readonly #db: Database
  readonly #calendar: Calendar
  readonly #told: Told | undefined
  readonly #hours = new Map<string, Hour>()
  /** Of these the one that was added to last, by its dimensions: nearly always the next one's as well. */
  readonly #latest = new Map<string, Hour>()
  readonly #known = new Map<string, number>()
  readonly #dims = new Alike<DimsFacts, string>({
    factsOf: dimsFactsOf,
    nameOf: ({ customer, keyId }) => customer ?? keyId,
    isAlike: sameDims,
    make: dimsKey,
  })

  constructor(db: Database, calendar: Calendar, told?: Told) {
    this.#db = db
    this.#calendar = calendar
    this.#told = told
  }

  add(record: AttemptRecord): void {
    const { callId } = record
    const hour = this.#hourOf(record)
    // Ids are hexadecimal digits in lower case: their text sorts as their bytes do.
    if (callId < hour.first) hour.first = callId
    if (callId > hour.last) hour.last = callId
    addRecord(hour.sums, asKept(record))
  }

  /** Writes what was added; part of the caller's transaction. */
  write(): void {
    const days = new Map<string, Day>()
    let earliest = Infinity
    for (const { start, dims, first, last, sums } of this.#hours.values()) {
      const day = this.#calendar.dayStart(start)
      earliest = Math.min(earliest, start)
      this.#db
        .query(upsertHour)
        .run(start, this.#idOf(dims), day, idBytes(first), idBytes(last), ...valuesOf(sums))
      const key = `${day} ${dims}`
      const known = days.get(key)
      if (known) addSums(known.sums, sums)
      else days.set(key, { start: day, dims, sums })
    }
    for (const { start, dims, sums } of days.values()) {
      const values = valuesOf(sums)
      this.#db.query(upsertDay).run(start, this.#idOf(dims), ...values)
      this.#told?.used.add(values)
    }
    this.#told?.ranges.changed(earliest)
    this.#end()
  }

  /** Forgets what was not written, because its transaction was rolled back. */
  forget(): void {
    this.#end()
    this.#known.clear()
  }

  #end(): void {
    this.#hours.clear()
    this.#latest.clear()
  }

  #hourOf(record: AttemptRecord): Hour {
    const start = this.#calendar.hourStart(record.at)
    const dims = this.#dims.of(record)
    const last = this.#latest.get(dims)
    if (last?.start === start) return last
    const key = `${start} ${dims}`
    let hour = this.#hours.get(key)
    if (!hour) {
      const { callId } = record
      const sums = noSums()
      hour = { start, dims, first: callId, last: callId, sums }
      this.#hours.set(key, hour)
    }
    this.#latest.set(dims, hour)
    return hour
  }

  #idOf(dims: string): number {
    const known = this.#known.get(dims)
    if (known !== undefined) return known
    const found = this.#db.query('SELECT id FROM dims WHERE key = ?').values(dims)[0]
    const id = Number(found?.[0] ?? this.#insert(dims))
    if (this.#known.size >= knownMax) this.#known.clear()
    this.#known.set(dims, id)
    return id
  }

  #insert(dims: string): number | bigint {
    const values = JSON.parse(dims) as (string | null)[]
    return this.#db.query(insertDims).run(dims, ...values).lastInsertRowid
  }
}

function dimsKey(record: AttemptRecord): string {
  const values = dimensionsOf(record)
  return JSON.stringify(
    dimensions.map((name) => (values[name] === null ? null : keptLabel(values[name]))),
  )
}

/** Whatever `dimensionsOf` reads. */
type DimsFacts = Pick<
  AttemptRecord,
  | 'task'
  | 'model'
  | 'provider'
  | 'keyId'
  | 'customer'
  | 'feature'
  | 'env'
  | 'role'
  | 'mode'
  | 'savedBy'
>

function dimsFactsOf(record: AttemptRecord): DimsFacts {
  const { task, model, provider, keyId, customer, feature, env, role, mode, savedBy } = record
  return { task, model, provider, keyId, customer, feature, env, role, mode, savedBy }
}

function sameDims(one: DimsFacts, other: DimsFacts): boolean {
  return (
    one.task === other.task &&
    one.model === other.model &&
    one.provider === other.provider &&
    one.keyId === other.keyId &&
    one.customer === other.customer &&
    one.feature === other.feature &&
    one.env === other.env &&
    one.role === other.role &&
    one.mode === other.mode &&
    one.savedBy === other.savedBy
  )
}

/** With the cost and usage that the row has, should they differ: sums are sums of rows. */
function asKept(record: AttemptRecord): AttemptRecord {
  const cost = record.cost === null ? null : keptMoney(record.cost)
  const usage = record.usage === null ? null : keptUsage(record.usage)
  const saved = record.saved === null ? null : keptMoney(record.saved)
  const isSame = cost === record.cost && usage === record.usage && saved === record.saved
  return isSame ? record : { ...record, cost, usage, saved }
}

/** In the order of `sumColumns`. */
function valuesOf(sums: Sums): (number | bigint)[] {
  const { calls, attempts, errors, usage, cost, costUnknown, estimated, saved } = sums
  const counts = kinds.map((kind) => usage[kind])
  const amount = [highOf(cost), lowOf(cost)]
  const amountSaved = [highOf(saved), lowOf(saved)]
  return [calls, attempts, errors, ...counts, ...amount, costUnknown, estimated, ...amountSaved]
}

const added = sumColumns.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')

const upsertHour = `
  INSERT INTO rollup_hour (hour, dims, day, first_call, last_call, ${sumColumns.join(', ')})
  VALUES (?, ?, ?, ?, ?, ${sumColumns.map(() => '?').join(', ')})
  ON CONFLICT (hour, dims) DO UPDATE SET
    first_call = min(first_call, excluded.first_call),
    last_call = max(last_call, excluded.last_call),
    ${added}`

const upsertDay = `
  INSERT INTO rollup_day (day, dims, ${sumColumns.join(', ')})
  VALUES (?, ?, ${sumColumns.map(() => '?').join(', ')})
  ON CONFLICT (day, dims) DO UPDATE SET ${added}`

const insertDims = `
  INSERT INTO dims (key, task, model, provider, key_id, customer, feature, env, role, mode, saved_by)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
