import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import { asideRoles } from '../../core/record.ts'
import { type Calendar, hourUs } from '../calendar.ts'
import type { Spent, SpentQuery } from '../ports.ts'
import { onAttempts, onDims, dimsColumn } from './filters.ts'
import { highSum, joined, lowSum } from './halves.ts'

type Window = SpentQuery['windows'][number]

/**
 * What was spent since each window began, exact to the row. The first hour may belong to a window in
 * part: of that one the rows are read, within the ids that its roll-up names. Days and hours that are
 * whole come from the roll-ups.
 */
export function spent(db: Database, calendar: Calendar, { windows }: SpentQuery): Spent[] {
  return windows.flatMap((window) => {
    const byValue = new Map<string, { cost: bigint; costUnknown: number }>()
    for (const [value, high, low, unknown] of rowsOf(db, calendar, window)) {
      const sum = byValue.get(value) ?? { cost: 0n, costUnknown: 0 }
      sum.cost += joined(high, low)
      sum.costUnknown += Number(unknown)
      byValue.set(value, sum)
    }
    return [...byValue].map(([value, { cost, costUnknown }]) => ({
      scope: window.scope,
      value,
      since: window.since,
      cost: cost as Money,
      costUnknown,
    }))
  })
}

type SpentRow = readonly [value: string, high: bigint, low: bigint, unknown: bigint]

function rowsOf(db: Database, calendar: Calendar, window: Window): SpentRow[] {
  const hour = calendar.hourStart(window.since)
  const whole = (hour === window.since ? hour : hour + hourUs) as Instant
  const day = calendar.dayStart(whole) === whole ? whole : calendar.dayEnd(whole)
  return [
    ...(hour === whole ? [] : fromRows(db, window, hour, whole)),
    ...fromRollup(db, window, 'hour', whole, day),
    ...fromRollup(db, window, 'day', day, Number.MAX_SAFE_INTEGER),
  ]
}

function fromRollup(
  db: Database,
  { scope, value }: Window,
  unit: 'hour' | 'day',
  from: number,
  to: number,
): SpentRow[] {
  if (from >= to) return []
  const column = dimsColumn[scope]
  const only = onDims(value === null ? {} : { [scope]: value })
  return db
    .query(
      `SELECT ${column}, SUM(cost_high), SUM(cost_low), SUM(cost_unknown)
       FROM rollup_${unit} AS part JOIN dims ON dims.id = part.dims
       WHERE ${unit} >= ? AND ${unit} < ? AND ${column} IS NOT NULL${only.sql}${callersOf(scope)} GROUP BY ${column}`,
    )
    .values(from, to, ...only.values) as unknown as SpentRow[]
}

function fromRows(
  db: Database,
  { scope, value, since }: Window,
  hour: number,
  end: number,
): SpentRow[] {
  const column = dimsColumn[scope]
  const only = onAttempts(value === null ? {} : { [scope]: value })
  const [bounds] = db
    .query('SELECT min(first_call), max(last_call) FROM rollup_hour WHERE hour = ?')
    .values(hour)
  const [first, last] = bounds as [Uint8Array | null, Uint8Array | null]
  if (!first || !last) return []
  return db
    .query(
      `SELECT ${column}, COALESCE(${highSum}, 0), COALESCE(${lowSum}, 0), COUNT(*) - COUNT(cost)
       FROM attempt
       WHERE call_id >= ? AND call_id <= ? AND at >= ? AND at < ? AND ${column} IS NOT NULL${only.sql}${callersOf(scope)}
       GROUP BY ${column}`,
    )
    .values(first, last, since, end, ...only.values) as unknown as SpentRow[]
}

/** What is asked for nobody's call is spent at its provider, and by no caller. */
function callersOf(scope: Window['scope']): string {
  if (scope === 'provider') return ''
  return ` AND COALESCE(role, '') NOT IN (${asideRoles.map((role) => `'${role}'`).join(', ')})`
}
