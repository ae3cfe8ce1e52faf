import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type Calendar, hourUs } from '../calendar.ts'
import { type SpanQuery, type SpanReport, spanRowsMax } from '../ports.ts'
import { costRow } from '../sums.ts'
import { sumsOf } from './costs.ts'
import { dimsColumn, onDims } from './filters.ts'
import { sumColumns } from './schema.ts'

/**
 * Sums over spans of whole hours from the roll-ups. A span that holds whole days takes them from the
 * days' sums, which are 24 times fewer. Each span is a range of the roll-up's key, so that hours that
 * are in none of them are not read.
 */
export function spanSums(db: Database, calendar: Calendar, query: SpanQuery): SpanReport {
  const ranges = query.spans.flatMap((span) => rangesOf(calendar, span))
  if (ranges.length === 0) return { rows: [], cut: false }
  const { sql, values } = onDims(query.filters)
  const by = query.by.map((name) => `dims.${dimsColumn[name]}`)
  const used = usedColumns(db, ranges)
  const picked = sumColumns.map((name) => (used.has(name) ? `SUM(part.${name})` : '0')).join(', ')
  const added = sumColumns
    .flatMap((name) => (used.has(name) ? [`SUM(s.${name}) AS ${name}`] : []))
    .join(', ')
  const part = (table: 'hour' | 'day'): string =>
    `SELECT span.label AS label, s.dims AS dims, ${added}
     FROM (SELECT value ->> 0 AS label, value ->> 1 AS since, value ->> 2 AS until
           FROM json_each(?)) AS span
     CROSS JOIN rollup_${table} AS s ON s.${table} >= span.since AND s.${table} < span.until
     WHERE s.dims IN (SELECT id FROM dims WHERE TRUE${sql})
     GROUP BY span.label, s.dims`
  const rows = db
    .query(
      `SELECT ${['part.label', ...by].join(', ')}, ${picked}
       FROM (${part('hour')} UNION ALL ${part('day')}) AS part
       JOIN dims ON dims.id = part.dims
       GROUP BY ${['part.label', ...by].join(', ')} HAVING SUM(part.attempts) > 0
       ORDER BY SUM(part.cost_high) * 4294967296.0 + SUM(part.cost_low) DESC
       LIMIT ${spanRowsMax + 1}`,
    )
    .values(jsonOf(ranges, 'hour'), ...values, jsonOf(ranges, 'day'), ...values)
  const cut = rows.length > spanRowsMax
  const width = 1 + query.by.length
  return {
    rows: rows
      .slice(0, spanRowsMax)
      .map((row) => costRow(row.slice(0, width) as (string | null)[], sumsOf(row.slice(width)))),
    cut,
  }
}

const always = ['calls', 'attempts', 'cost_high', 'cost_low'] as const

/** Most kinds of usage are never used: a sum that is 0 on every day is not made for every hour. */
function usedColumns(db: Database, ranges: readonly Range[]): ReadonlySet<string> {
  const since = Math.min(...ranges.map((range) => range.since)) - dayUs
  const until = Math.max(...ranges.map((range) => range.until))
  const [sums = []] = db
    .query(
      `SELECT ${sumColumns.map((name) => `MAX(${name})`).join(', ')}
       FROM rollup_day WHERE day > ? AND day < ?`,
    )
    .values(since, until)
  const used = sumColumns.filter((_, at) => sums[at] !== null && sums[at] !== 0n)
  return new Set([...always, ...used])
}

/** A local day has 25 hours at most. */
const dayUs = 25 * hourUs

interface Range {
  readonly label: string
  readonly table: 'hour' | 'day'
  readonly since: number
  readonly until: number
}

function rangesOf(calendar: Calendar, span: SpanQuery['spans'][number]): Range[] {
  const { label } = span
  const since = calendar.hourStart(span.since)
  const until = (calendar.hourStart((span.until - 1) as Instant) + hourUs) as Instant
  if (until <= since) return []
  const firstDay = calendar.dayStart(since) === since ? since : calendar.dayEnd(since)
  const lastDay = calendar.dayStart(until)
  if (firstDay >= lastDay) return [{ label, table: 'hour', since, until }]
  const parts: Range[] = [
    { label, table: 'hour', since, until: firstDay },
    { label, table: 'day', since: firstDay, until: lastDay },
    { label, table: 'hour', since: lastDay, until },
  ]
  return parts.filter((range) => range.since < range.until)
}

function jsonOf(ranges: readonly Range[], table: Range['table']): string {
  return JSON.stringify(
    ranges
      .filter((range) => range.table === table)
      .map(({ label, since, until }) => [label, since, until]),
  )
}
