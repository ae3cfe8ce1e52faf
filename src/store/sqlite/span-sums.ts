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
 * are in none of them are not read. Each label is a statement of its own: what it groups is sorted, and
 * 60 small sorts take a third of the time of one large.
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
  const part = (table: Range['table']): string =>
    `SELECT s.dims AS dims, ${added}
     FROM (SELECT value ->> 0 AS since, value ->> 1 AS until FROM json_each(?)) AS span
     CROSS JOIN rollup_${table} AS s ON s.${table} >= span.since AND s.${table} < span.until
     WHERE s.dims IN (SELECT id FROM dims WHERE TRUE${sql})
     GROUP BY s.dims`
  const statement = (tables: readonly Range['table'][]): string =>
    `SELECT ${[...by, picked].join(', ')}
     FROM (${tables.map(part).join(' UNION ALL ')}) AS part JOIN dims ON dims.id = part.dims
     ${by.length > 0 ? `GROUP BY ${by.join(', ')}` : ''} HAVING SUM(part.attempts) > 0
     ORDER BY SUM(part.cost_high) * 4294967296.0 + SUM(part.cost_low) DESC
     LIMIT ${spanRowsMax + 1}`
  const rows = [...Map.groupBy(ranges, ({ label }) => label)].flatMap(([label, own]) => {
    const tables = (['hour', 'day'] as const).filter((table) =>
      own.some((range) => range.table === table),
    )
    return db
      .query(statement(tables))
      .values(...tables.flatMap((table) => [jsonOf(own, table), ...values]))
      .map((row) =>
        costRow(
          [label, ...(row.slice(0, by.length) as (string | null)[])],
          sumsOf(row.slice(by.length)),
        ),
      )
  })
  const dearest = rows.toSorted((left, right) =>
    left.cost === right.cost ? 0 : left.cost > right.cost ? -1 : 1,
  )
  return { rows: dearest.slice(0, spanRowsMax), cut: dearest.length > spanRowsMax }
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
    ranges.filter((range) => range.table === table).map(({ since, until }) => [since, until]),
  )
}
