import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type Kind, kinds } from '../../core/usage.ts'
import { type Calendar, hourUs } from '../calendar.ts'
import { type CostQuery, type CostReport, type CostRow, costRowsMax } from '../ports.ts'
import { addSums, costRow, noSums, type Sums } from '../sums.ts'
import { usageColumns } from './columns.ts'
import { dimsColumn, onDims } from './filters.ts'
import { joined } from './halves.ts'

/**
 * Costs from the roll-ups, never from rows: whole days from those of days, which are 24 times fewer,
 * and what is left at both ends from those of hours.
 * @param used  sums that are not 0 everywhere
 */
export function costs(
  db: Database,
  calendar: Calendar,
  query: CostQuery,
  used: readonly string[],
): CostReport {
  const since = calendar.hourStart(query.since)
  const until = (calendar.hourStart((query.until - 1) as Instant) + hourUs) as Instant
  const groups = groupsOf(db, calendar, query, since, until, used)
  const cut = groups.length > costRowsMax
  if (cut) groups.pop()
  const whole = cut ? groupsOf(db, calendar, { ...query, by: [] }, since, until, used) : groups
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
  used: readonly string[],
): Group[] {
  if (until <= since) return []
  const { sql, values } = onDims(filters)
  const group = by.map((name) => (name === 'day' || name === 'hour' ? name : dimsColumn[name]))
  const picked = [...group, ...used.map((name) => `SUM(${name})`)].join(', ')
  const groupBy = group.length > 0 ? `GROUP BY ${group.join(', ')}` : ''
  const parts = partsOf(calendar, since, until, by.includes('hour'))
  const needsDims = sql !== '' || group.some((name) => name !== 'day' && name !== 'hour')
  return db
    .query(
      `SELECT ${picked}
       FROM (${parts.map(({ table }) => partSql(table, used)).join(' UNION ALL ')}) AS part
       ${needsDims ? 'JOIN dims ON dims.id = part.dims' : ''}
       WHERE TRUE${sql} ${groupBy} HAVING COUNT(*) > 0
       ORDER BY SUM(cost_high) * 4294967296.0 + SUM(cost_low) DESC LIMIT ${costRowsMax + 1}`,
    )
    .values(...parts.flatMap(({ from, to }) => [from, to]), ...values)
    .map((row) => ({ values: row.slice(0, by.length), sums: sumsOf(row.slice(by.length), used) }))
}

interface Part {
  readonly table: 'day' | 'hour'
  readonly from: number
  readonly to: number
}

function partSql(table: Part['table'], used: readonly string[]): string {
  return `SELECT day, ${table === 'hour' ? 'hour' : 'NULL AS hour'}, dims, ${used.join(', ')}
    FROM rollup_${table} WHERE ${table} >= ? AND ${table} < ?`
}

function partsOf(calendar: Calendar, since: Instant, until: Instant, byHour: boolean): Part[] {
  const firstDay = calendar.dayStart(since) === since ? since : calendar.dayEnd(since)
  const lastDay = calendar.dayStart(until)
  if (byHour || firstDay >= lastDay) return [{ table: 'hour', from: since, to: until }]
  return [
    { table: 'hour', from: since, to: firstDay },
    { table: 'day', from: firstDay, to: lastDay },
    { table: 'hour', from: lastDay, to: until },
  ]
}

/** @param values  in the order of `used` */
function sumsOf(values: readonly unknown[], used: readonly string[]): Sums {
  const of = (name: string): bigint => {
    const at = used.indexOf(name)
    return at === -1 ? 0n : (values[at] as bigint)
  }
  const counts = kinds.map((kind, at) => [kind, Number(of(usageColumns[at]!))])
  return {
    calls: Number(of('calls')),
    attempts: Number(of('attempts')),
    errors: Number(of('errors')),
    usage: Object.fromEntries(counts) as Record<Kind, number>,
    cost: joined(of('cost_high'), of('cost_low')),
    costUnknown: Number(of('cost_unknown')),
    estimated: Number(of('estimated')),
    saved: joined(of('saved_high'), of('saved_low')),
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
