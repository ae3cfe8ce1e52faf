import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { noUsage } from '../../core/usage.ts'
import { hourUs } from '../calendar.ts'
import type { Findings } from '../findings.ts'
import { keptLabel } from '../kept.ts'
import { addPace, isExchange, noPace, type Pace, type TimedExchange } from '../performance.ts'
import { metaNumber } from './database.ts'
import { addPacked } from './pace-pack.ts'

/** Hours of the roll-up, and the ids of the first and last call in them. */
interface PaceSpan {
  readonly from: number
  readonly to: number
  readonly first: Uint8Array
  readonly last: Uint8Array
  /** Some of its rows are deleted: of the times only the least is known. */
  readonly cut: boolean
}

/** Checks what is summed up of times and failures: hours against their rows. */
export class DoubtfulPace {
  readonly #db: Database
  readonly #findings: Findings

  constructor(db: Database, findings: Findings) {
    this.#db = db
    this.#findings = findings
  }

  /** Part of the caller's snapshot. */
  checkSpan(span: PaceSpan): void {
    const { from, to } = span
    this.#findings.looked('pace')
    const summed = new Map<string, Pace>()
    for (const [key, body] of this.#db.query(hoursOfSpan).values(from, to)) {
      const name = comparable(String(key))
      const pace = paceIn(summed, name)
      try {
        addPacked(pace, body as Uint8Array)
      } catch (error) {
        this.#findings.fail('pace', `${instantText(from)} ${name}`, (error as Error).message)
      }
    }
    const rows = this.#rowsOf(span)
    const isWhole = to - from === hourUs
    // Rows of before there were such sums are in none of them, and nobody knows which came later.
    const isOld = from <= metaNumber(this.#db, 'pace_missing_until')
    for (const key of new Set([...summed.keys(), ...rows.keys()])) {
      const [sums, real] = [figuresOf(summed.get(key), isWhole), figuresOf(rows.get(key), isWhole)]
      const wrong = names.filter((name) => {
        if (isOld && span.cut) return false
        if (isOld) return isMore(sums[name], real[name])
        return span.cut ? isMore(real[name], sums[name]) : sums[name] !== real[name]
      })
      if (wrong.length === 0) continue
      const says = wrong
        .map((name) => `${name} ${short(sums[name])} instead of ${short(real[name])}`)
        .join(', ')
      this.#findings.fail('pace', `${instantText(from)} ${key}`, `its sum has ${says}`)
    }
  }

  /** Series that are listed under another key, and hours that no roll-up of costs knows of. */
  checkRest(): void {
    const series = this.#db.query('SELECT key, provider, model, task FROM pace_series').values()
    for (const [key, ...values] of series) {
      if (key === JSON.stringify(values)) continue
      this.#findings.fail('pace', String(key), `it is listed as ${JSON.stringify(values)}`)
    }
    const outside = this.#db
      .query(
        `SELECT DISTINCT hour FROM pace_hour
         WHERE NOT EXISTS (SELECT 1 FROM rollup_hour WHERE rollup_hour.hour = pace_hour.hour) LIMIT 20`,
      )
      .values()
    for (const [hour] of outside)
      this.#findings.fail('pace', instantText(Number(hour)), 'no call is known of this hour')
  }

  #rowsOf({ from, to, first, last }: PaceSpan): ReadonlyMap<string, Pace> {
    const rows = new Map<string, Pace>()
    const found = this.#db.query(rowsOfSpan).iterate(first, last, from, to)
    for (const row of found as Iterable<Record<string, bigint | string | null>>) {
      const { provider, model, task } = row as Record<string, string | null>
      const exchange = exchangeOf(row)
      if (!isExchange({ provider: provider!, model: model!, role: exchange.role })) continue
      const named = [keptLabel(provider!), keptLabel(`${provider}/${model}`), task]
      const pace = paceIn(rows, comparable(JSON.stringify(named)))
      addPace(pace, exchange, from as Instant)
    }
    return rows
  }
}

function exchangeOf(row: Readonly<Record<string, bigint | string | null>>): TimedExchange {
  const count = (name: string): number | null => {
    const value = row[name]
    return value === null || value === undefined ? null : Number(value)
  }
  const output = count('output')
  return {
    at: count('at') as Instant,
    role: row['role'] as TimedExchange['role'],
    endState: row['end_state'] as TimedExchange['endState'],
    status: count('status'),
    stream: row['stream'] === 1n,
    firstContentUs: count('first_content_us'),
    totalUs: count('total_us'),
    usage: output === null ? null : { ...noUsage, output, reasoning: count('reasoning') ?? 0 },
  }
}

/**
 * A name of a thousand characters is cut in its row before the provider's stands before it, and in the sums
 * after that: all that are so long are one.
 */
function comparable(key: string): string {
  const [provider, model, task] = JSON.parse(key) as (string | null)[]
  const isLong = model !== null && model !== undefined && model.length > longModel
  return isLong ? JSON.stringify([provider, `${provider}/…`, task]) : key
}

const longModel = 900

function paceIn(paces: Map<string, Pace>, key: string): Pace {
  let pace = paces.get(key)
  if (pace === undefined) paces.set(key, (pace = noPace()))
  return pace
}

const counts = ['attempts', 'answered', 'failed', 'throttled', 'tokens', 'busyUs'] as const
const minutes = ['judged', 'up'] as const
const histograms = ['ttft', 'total', 'flow'] as const
const names = [...counts, ...minutes, ...histograms] as const

type Figures = Readonly<Record<(typeof names)[number], number | string>>

/** Histograms as text, which is the same for the same counts. Minutes are of one hour alone. */
function figuresOf(pace: Pace = noPace(), isWhole: boolean): Figures {
  return {
    ...(Object.fromEntries(counts.map((name) => [name, pace[name]])) as Record<
      (typeof counts)[number],
      number
    >),
    judged: isWhole ? pace.judged.join(' ') : 0,
    up: isWhole ? pace.up.join(' ') : 0,
    ttft: textOf(pace, 'ttft'),
    total: textOf(pace, 'total'),
    flow: textOf(pace, 'flow'),
  }
}

function textOf(pace: Pace, name: (typeof histograms)[number]): string {
  return pace[name]
    .used()
    .map(([bucket, times]) => `${bucket}:${times}`)
    .join(' ')
}

/** Of counts alone: of the others it is not told where the rest is not known. */
function isMore(one: number | string, other: number | string): boolean {
  return typeof one === 'number' && typeof other === 'number' && one > other
}

function short(value: number | string): string {
  const text = String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const hoursOfSpan = `
  SELECT key, body FROM pace_hour JOIN pace_series ON pace_series.id = pace_hour.series
  WHERE hour >= ? AND hour < ?`

const rowsOfSpan = `
  SELECT provider, model, task, role, at, end_state, status, stream, first_content_us, total_us,
    output, reasoning
  FROM attempt
  WHERE call_id >= ? AND call_id <= ? AND at >= ? AND at < ?
    AND provider IS NOT NULL AND model IS NOT NULL`

function instantText(at: number): string {
  return new Date(at / 1_000).toISOString()
}
