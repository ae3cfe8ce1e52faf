import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { Calendar } from '../calendar.ts'
import { keptLabel } from '../kept.ts'
import {
  addPace,
  hoursOf,
  isExchange,
  noPace,
  type Pace,
  type PaceEntry,
  type PaceSeries,
  performanceOf,
  type PerformanceQuery,
  type PerformanceReport,
} from '../performance.ts'
import { Alike } from './alike.ts'
import { addPacked, packedPace } from './pace-pack.ts'

/** Series whose number is kept in memory. */
const knownMax = 10_000

interface Hour {
  readonly start: Instant
  /** Provider, model and task, as JSON. */
  readonly series: string
  readonly pace: Pace
}

/**
 * Adds up how fast the rows of one transaction were, as `Rollup` does what they cost. Of models and
 * tasks only: with customers and keys there would be as many sums as calls.
 */
export class PerformanceRollup {
  readonly #db: Database
  readonly #calendar: Calendar
  readonly #hours = new Map<string, Hour>()
  /** Of these the one that was added to last, by its series. */
  readonly #latest = new Map<string, Hour>()
  readonly #known = new Map<string, number>()
  readonly #series = new Alike<Pick<AttemptRecord, 'provider' | 'model' | 'task'>, string>({
    factsOf: ({ provider, model, task }) => ({ provider, model, task }),
    nameOf: ({ model }) => model,
    isAlike: (one, other) =>
      one.provider === other.provider && one.model === other.model && one.task === other.task,
    make: seriesKey,
  })

  constructor(db: Database, calendar: Calendar) {
    this.#db = db
    this.#calendar = calendar
  }

  add(record: AttemptRecord): void {
    if (!isExchange(record)) return
    const start = this.#calendar.hourStart(record.at)
    const series = this.#series.of(record)
    let hour = this.#latest.get(series)
    if (hour?.start !== start) {
      hour = this.#hourOf(start, series)
      this.#latest.set(series, hour)
    }
    addPace(hour.pace, record, start)
  }

  /** Writes what was added; part of the caller's transaction. */
  write(): void {
    for (const { start, series, pace } of this.#hours.values()) {
      const id = this.#idOf(series)
      const found = this.#db.query(selectPace).values(start, id)[0]
      if (found !== undefined) addPacked(pace, found[0] as Uint8Array)
      this.#db.query(putPace).run(start, id, packedPace(pace))
    }
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

  #hourOf(start: Instant, series: string): Hour {
    const key = `${start} ${series}`
    let hour = this.#hours.get(key)
    if (hour === undefined) {
      hour = { start, series, pace: noPace() }
      this.#hours.set(key, hour)
    }
    return hour
  }

  #idOf(series: string): number {
    const known = this.#known.get(series)
    if (known !== undefined) return known
    const found = this.#db.query('SELECT id FROM pace_series WHERE key = ?').values(series)[0]
    const id = Number(
      found?.[0] ??
        this.#db
          .query('INSERT INTO pace_series (key, provider, model, task) VALUES (?, ?, ?, ?)')
          .run(series, ...(JSON.parse(series) as [string, string, string | null])).lastInsertRowid,
    )
    if (this.#known.size >= knownMax) this.#known.clear()
    this.#known.set(series, id)
    return id
  }
}

function seriesKey({ provider, model, task }: AttemptRecord): string {
  const named = [keptLabel(provider!), keptLabel(`${provider}/${model}`)]
  return JSON.stringify([...named, task === null ? null : keptLabel(task)])
}

/** From the sums of hours, never from rows. */
export function performanceReport(
  db: Database,
  calendar: Calendar,
  query: PerformanceQuery,
): PerformanceReport {
  const missing = db.query("SELECT value FROM meta WHERE name = 'pace_missing_until'").values()[0]
  return performanceOf(
    query,
    calendar,
    entriesOf(db, calendar, query),
    missing === undefined ? null : (Number(missing[0]) as Instant),
  )
}

function* entriesOf(
  db: Database,
  calendar: Calendar,
  query: PerformanceQuery,
): Generator<PaceEntry> {
  const { since, until } = hoursOf(query, calendar)
  const series = new Map<number, PaceSeries>()
  const names = ['provider', 'model', 'task'] as const
  const asked = names.filter((name) => query.filters[name] !== undefined)
  const rows = db
    .query(
      `SELECT id, provider, model, task FROM pace_series
       WHERE TRUE${asked.map((name) => ` AND ${name} = ?`).join('')}`,
    )
    .values(...asked.map((name) => keptLabel(query.filters[name]!)))
  for (const [id, provider, model, task] of rows) {
    series.set(Number(id), { provider, model, task } as PaceSeries)
  }
  for (const [hour, id, body] of db.query(selectHours).values(since, until)) {
    const of = series.get(Number(id))
    if (of === undefined) continue
    yield {
      hour: Number(hour) as Instant,
      series: of,
      addTo: (pace) => addPacked(pace, body as Uint8Array),
    }
  }
}

const selectPace = 'SELECT body FROM pace_hour WHERE hour = ? AND series = ?'

const putPace = `
  INSERT INTO pace_hour (hour, series, body) VALUES (?1, ?2, ?3)
  ON CONFLICT (hour, series) DO UPDATE SET body = ?3`

const selectHours = 'SELECT hour, series, body FROM pace_hour WHERE hour >= ? AND hour < ?'
