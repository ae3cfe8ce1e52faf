import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type Calendar, hourUs } from '../calendar.ts'
import { type SpanQuery, type SpanReport, spanRowsMax } from '../ports.ts'
import { kinds } from '../../core/usage.ts'
import { costRow, noSums, type Sums } from '../sums.ts'
import { usageColumns } from './columns.ts'
import { dimsColumn } from './filters.ts'
import { joined } from './halves.ts'
import type { Range, RangeReader, RangeSums } from './range-sums.ts'

/**
 * Sums over spans of whole hours from the roll-ups. A span that holds whole days takes them from the
 * days' sums, which are 24 times fewer. Each span is ranges of the roll-up's key, so that hours that
 * are in none of them are not read.
 */
export function spanSums(
  db: Database,
  calendar: Calendar,
  query: SpanQuery,
  ranges: RangeReader,
): SpanReport {
  const found = new Map<string, Summed>()
  for (const span of query.spans) {
    let sums = found.get(span.label)
    if (sums === undefined) found.set(span.label, (sums = { names: [], byDims: new Map() }))
    for (const range of rangesOf(calendar, span)) addTo(sums, ranges.sums(range, query.filters))
  }
  const groups = groupsOf(
    db,
    query.by,
    new Set([...found.values()].flatMap(({ byDims }) => [...byDims.keys()])),
  )
  const rows = [...found].flatMap(([label, { names, byDims }]) =>
    [...merged(byDims, groups)].map(([group, sum]) =>
      costRow([label, ...group], sumsOf(names, sum)),
    ),
  )
  const dearest = rows.toSorted((left, right) =>
    left.cost === right.cost ? 0 : left.cost > right.cost ? -1 : 1,
  )
  return { rows: dearest.slice(0, spanRowsMax), cut: dearest.length > spanRowsMax }
}

/** Sums of a label by the number of their dimensions, in the order of `names`. */
interface Summed {
  names: readonly string[]
  readonly byDims: Map<number, Float64Array>
}

function addTo(sums: Summed, { names, rows }: RangeSums): void {
  sums.names = names
  const width = names.length + 1
  for (let from = 0; from < rows.length; from += width) {
    const id = rows[from]!
    let sum = sums.byDims.get(id)
    if (sum === undefined) sums.byDims.set(id, (sum = new Float64Array(names.length)))
    for (let at = 0; at < names.length; at += 1) sum[at]! += rows[from + 1 + at]!
  }
}

/** What each of some dimensions is grouped under: the same list for the same values. */
function groupsOf(
  db: Database,
  by: SpanQuery['by'],
  ids: ReadonlySet<number>,
): ReadonlyMap<number, readonly (string | null)[]> {
  if (by.length === 0) return new Map([...ids].map((id) => [id, all]))
  const rows = db
    .query(
      `SELECT id, ${by.map((name) => dimsColumn[name]).join(', ')} FROM dims
       WHERE id IN (SELECT value FROM json_each(?))`,
    )
    .values(`[${[...ids].join(',')}]`)
  const known = new Map<string, readonly (string | null)[]>()
  return new Map(
    rows.map(([id, ...values]) => {
      const key = JSON.stringify(values)
      const group = known.get(key) ?? (values as (string | null)[])
      known.set(key, group)
      return [Number(id), group]
    }),
  )
}

const all: readonly (string | null)[] = []

function merged(
  sums: ReadonlyMap<number, Float64Array>,
  groups: ReadonlyMap<number, readonly (string | null)[]>,
): ReadonlyMap<readonly (string | null)[], Float64Array> {
  const into = new Map<readonly (string | null)[], Float64Array>()
  for (const [id, sum] of sums) {
    const group = groups.get(id)
    if (group === undefined) continue
    const known = into.get(group)
    if (known === undefined) into.set(group, sum)
    else for (let at = 0; at < sum.length; at += 1) known[at]! += sum[at]!
  }
  return into
}

function sumsOf(names: readonly string[], sum: Float64Array): Sums {
  const of = (name: string): number => sum[names.indexOf(name)] ?? 0
  const amount = (name: string): bigint =>
    joined(BigInt(of(`${name}_high`)), BigInt(of(`${name}_low`)))
  const usage = noSums().usage
  for (const [at, kind] of kinds.entries()) usage[kind] = of(usageColumns[at]!)
  return {
    calls: of('calls'),
    attempts: of('attempts'),
    errors: of('errors'),
    usage,
    cost: amount('cost'),
    costUnknown: of('cost_unknown'),
    estimated: of('estimated'),
    saved: amount('saved'),
  }
}

function rangesOf(calendar: Calendar, span: SpanQuery['spans'][number]): Range[] {
  const since = calendar.hourStart(span.since)
  const until = (calendar.hourStart((span.until - 1) as Instant) + hourUs) as Instant
  if (until <= since) return []
  const firstDay = calendar.dayStart(since) === since ? since : calendar.dayEnd(since)
  const lastDay = calendar.dayStart(until)
  if (firstDay >= lastDay) return [{ table: 'hour', since, until }]
  const parts: Range[] = [
    { table: 'hour', since, until: firstDay },
    ...daysOf(calendar, firstDay, lastDay),
    { table: 'hour', since: lastDay, until },
  ]
  return parts.filter((range) => range.since < range.until)
}

/** Each on its own, as it is asked for again when the month is looked at otherwise. */
function daysOf(calendar: Calendar, from: Instant, until: Instant): Range[] {
  const days: Range[] = []
  for (let day = from; day < until; day = calendar.dayEnd(day))
    days.push({ table: 'day', since: day, until: calendar.dayEnd(day) })
  return days
}
