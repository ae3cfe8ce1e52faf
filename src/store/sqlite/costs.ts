import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type Kind, kinds } from '../../core/usage.ts'
import { type Calendar, hourUs } from '../calendar.ts'
import { type CostQuery, type CostReport, type CostRow, costRowsMax } from '../ports.ts'
import { addSums, costRow, noSums, type Sums } from '../sums.ts'
import { usageColumns } from './columns.ts'
import { dimsColumn, onDims } from './filters.ts'
import { joined } from './halves.ts'
import { sumColumns } from './schema.ts'

/**
 * Costs from the roll-ups, never from rows: whole days from those of days, which are 24 times fewer,
 * and what is left at both ends from those of hours.
 */
export function costs(db: Database, calendar: Calendar, query: CostQuery): CostReport {
  const since = calendar.hourStart(query.since)
  const until = (calendar.hourStart((query.until - 1) as Instant) + hourUs) as Instant
  const groups = groupsOf(db, calendar, query, since, until)
  const cut = groups.length > costRowsMax
  if (cut) groups.pop()
  const whole = cut ? groupsOf(db, calendar, { ...query, by: [] }, since, until) : groups
  const total = noSums()
  for (const { sums } of whole) addSums(total, sums)
  const rows = groups
    .toSorted((left, right) => byTimeAndCost(query.by, left, right))
    .map(({ values, sums }) => costRow(labelsOf(values, query.by, calendar), sums))
  return { rows, total: costRow([], total), since, until, cut }
}

interface Group {
  /** One for each of the query's `by`; days and hours as the instant that they begin. */
  readonly values: readonly unknown[]
  readonly sums: Sums
}

function groupsOf(
  db: Database,
  calendar: Calendar,
  { by, filters }: Pick<CostQuery, 'by' | 'filters'>,
  since: Instant,
  until: Instant,
): Group[] {
  if (until <= since) return []
  const { sql, values } = onDims(filters)
  const group = by.map((name) => (name === 'day' || name === 'hour' ? name : dimsColumn[name]))
  const picked = [...group, ...sumColumns.map((name) => `SUM(${name})`)].join(', ')
  const groupBy = group.length > 0 ? `GROUP BY ${group.join(', ')}` : ''
  const parts = partsOf(calendar, since, until, by.includes('hour'))
  return db
    .query(
      `SELECT ${picked}
       FROM (${parts.map((part) => part.sql).join(' UNION ALL ')}) AS part
       JOIN dims ON dims.id = part.dims
       WHERE TRUE${sql} ${groupBy} HAVING COUNT(*) > 0
       ORDER BY SUM(cost_high) * 4294967296.0 + SUM(cost_low) DESC LIMIT ${costRowsMax + 1}`,
    )
    .values(...parts.flatMap(({ from, to }) => [from, to]), ...values)
    .map((row) => ({ values: row.slice(0, by.length), sums: sumsOf(row.slice(by.length)) }))
}

interface Part {
  readonly sql: string
  readonly from: number
  readonly to: number
}

const sums = sumColumns.join(', ')
const ofDays = `SELECT day, NULL AS hour, dims, ${sums} FROM rollup_day WHERE day >= ? AND day < ?`
const ofHours = `SELECT day, hour, dims, ${sums} FROM rollup_hour WHERE hour >= ? AND hour < ?`

function partsOf(calendar: Calendar, since: Instant, until: Instant, byHour: boolean): Part[] {
  const firstDay = calendar.dayStart(since) === since ? since : calendar.dayEnd(since)
  const lastDay = calendar.dayStart(until)
  if (byHour || firstDay >= lastDay) return [{ sql: ofHours, from: since, to: until }]
  return [
    { sql: ofHours, from: since, to: firstDay },
    { sql: ofDays, from: firstDay, to: lastDay },
    { sql: ofHours, from: lastDay, to: until },
  ]
}

/** @param values  in the order of `sumColumns` */
export function sumsOf(values: readonly unknown[]): Sums {
  const named = Object.fromEntries(sumColumns.map((name, at) => [name, values[at] as bigint]))
  const counts = kinds.map((kind, at) => [kind, Number(named[usageColumns[at]!])])
  return {
    calls: Number(named['calls']),
    attempts: Number(named['attempts']),
    errors: Number(named['errors']),
    usage: Object.fromEntries(counts) as Record<Kind, number>,
    cost: joined(named['cost_high']!, named['cost_low']!),
    costUnknown: Number(named['cost_unknown']),
    estimated: Number(named['estimated']),
    saved: joined(named['saved_high']!, named['saved_low']!),
  }
}

/** Earliest first where the query asks for time, and dearest first within. */
function byTimeAndCost(by: CostQuery['by'], left: Group, right: Group): number {
  const at = Math.max(by.indexOf('hour'), by.indexOf('day'))
  const earlier = at === -1 ? 0 : Number(left.values[at]) - Number(right.values[at])
  return earlier || Number(right.sums.cost - left.sums.cost)
}

function labelsOf(
  values: readonly unknown[],
  by: CostQuery['by'],
  calendar: Calendar,
): CostRow['group'] {
  return by.map((name, at) => {
    if (name === 'day') return calendar.dayLabel(Number(values[at]) as Instant)
    if (name === 'hour') return calendar.hourLabel(Number(values[at]) as Instant)
    return values[at] as string | null
  })
}
