import type { Instant } from '../../core/clock.ts'
import { kinds } from '../../core/usage.ts'
import { Calendar, hourUs } from '../../store/calendar.ts'
import type { CostRow, Dimension, Filters, LedgerReader } from '../../store/ports.ts'

/** Hours of the store that cost the same: every price that is looked at holds in all of them. */
export interface HourClass {
  readonly key: string
  /** One of its hours. */
  readonly at: Instant
}

export interface ClassCell extends Omit<CostRow, 'group'> {
  /** '2026-08-16' in the store's time zone; null unless it was asked by day. */
  readonly day: string | null
  readonly hours: HourClass
  /** A value for each of the query's `by`. */
  readonly group: readonly (string | null)[]
}

export interface ClassQuery {
  readonly since: Instant
  readonly until: Instant
  readonly timezone: string
  /** Names the prices that hold at an instant. */
  readonly classOf: (at: Instant) => string
  readonly by: readonly Dimension[]
  readonly filters: Filters
  readonly byDay: boolean
  /**
   * Models whose hours have to be told apart; the hours of all others count as of the usual price.
   * Absent: all of them. With it `by` has to name the model.
   */
  readonly isApart?: (model: string) => boolean
}

interface Part {
  readonly key: string
  readonly since: Instant
  readonly until: Instant
}

interface Day {
  readonly day: string
  readonly since: Instant
  readonly until: Instant
  /** The class of most of its hours. */
  readonly usual: string
  /** Hours of the other classes. */
  readonly others: readonly Part[]
}

/**
 * Sums of usage apart by the prices that hold. Days are read from the sums of days and only the hours
 * of their rarer prices from those of hours: what is left of a day is of its usual price. An hour belongs
 * to the price at which it begins.
 */
export async function cellsByClass(
  ledger: Pick<LedgerReader, 'spanSums'>,
  query: ClassQuery,
): Promise<{ readonly cells: readonly ClassCell[]; readonly cut: boolean }> {
  const calendar = new Calendar(query.timezone)
  const examples = new Map<string, Instant>()
  const days = daysOf(calendar, query, examples)
  const label = (...parts: readonly string[]): string => JSON.stringify(parts)
  const usual = days.map(({ day, since, until, usual: key }) => ({
    label: label(query.byDay ? day : '', key),
    since,
    until,
  }))
  const rarer = days.flatMap(({ day, usual: key, others }) =>
    others.map((part) => ({
      label: label(query.byDay ? day : '', part.key, key),
      since: part.since,
      until: part.until,
    })),
  )
  const { by, filters } = query
  const whole = await ledger.spanSums({ spans: joined(usual), by, filters })
  const parts = await Promise.all(
    apartIn(query, whole.rows).map((own) =>
      ledger.spanSums({ spans: rarer, by, filters: { ...filters, ...own } }),
    ),
  )
  const rows = [whole, ...parts].flatMap((report) => report.rows)
  const cut = [whole, ...parts].some((report) => report.cut)
  const cells = new Map<string, ClassCell>()
  const add = (name: string, key: string, row: CostRow, id: string, sign: 1 | -1): void => {
    const cell = `${name} ${key} ${id}`
    const known = cells.get(cell)
    cells.set(cell, {
      day: query.byDay ? name : null,
      hours: known?.hours ?? { key, at: examples.get(key)! },
      ...combined(known ?? null, row, sign),
      group: known?.group ?? row.group.slice(1),
    })
  }
  // A handful of labels stands before thousands of rows.
  const labels = new Map<string, readonly string[]>()
  for (const row of rows) {
    const text = row.group[0] ?? '[]'
    let label = labels.get(text)
    if (label === undefined) labels.set(text, (label = JSON.parse(text) as string[]))
    const [name = '', key = '', usual] = label
    const id = JSON.stringify(row.group.slice(1))
    add(name, key, row, id, 1)
    if (usual !== undefined) add(name, usual, row, id, -1)
  }
  // What was taken away whole is gone; a correction is no attempt, and stays.
  const left = [...cells.values()].filter(({ attempts, cost }) => attempts > 0 || cost !== 0n)
  return { cells: left, cut }
}

/** One question for each model whose hours count; beyond a few models one for all of them is less work. */
function apartIn({ by, isApart }: ClassQuery, rows: readonly CostRow[]): readonly Filters[] {
  const at = by.indexOf('model')
  if (isApart === undefined || at === -1) return [{}]
  const models = new Set(rows.map(({ group }) => group[at + 1] ?? ''))
  const apart = [...models].filter((model) => isApart(model))
  return apart.length * 2 > models.size ? [{}] : apart.map((model) => ({ model }))
}

function daysOf(
  calendar: Calendar,
  { since, until, classOf }: ClassQuery,
  examples: Map<string, Instant>,
): readonly Day[] {
  const days: Day[] = []
  const from = calendar.hourStart(since)
  for (let start = from; start < until;) {
    const end = Math.min(calendar.dayEnd(start), until) as Instant
    const parts: Part[] = []
    for (let hour = start; hour < end; hour = (hour + hourUs) as Instant) {
      const key = classOf(hour)
      if (!examples.has(key)) examples.set(key, hour)
      const last = parts.at(-1)
      const next = Math.min(hour + hourUs, end) as Instant
      if (last?.key === key) parts[parts.length - 1] = { ...last, until: next }
      else parts.push({ key, since: hour, until: next })
    }
    const lengths = new Map<string, number>()
    for (const { key, since: began, until: ended } of parts)
      lengths.set(key, (lengths.get(key) ?? 0) + (ended - began))
    const [[usual] = ['']] = [...lengths].toSorted((left, right) => right[1] - left[1])
    days.push({
      day: calendar.dayLabel(start),
      since: start,
      until: end,
      usual,
      others: parts.filter(({ key }) => key !== usual),
    })
    start = end
  }
  return days
}

interface Span {
  readonly label: string
  readonly since: Instant
  readonly until: Instant
}

/** Neighbours of one label are one span: a month that costs the same throughout is read at once. */
function joined(spans: readonly Span[]): readonly Span[] {
  const last = new Map<string, Span>()
  const done: Span[] = []
  for (const span of spans) {
    const before = last.get(span.label)
    if (before !== undefined && before.until === span.since)
      last.set(span.label, { ...before, until: span.until })
    else {
      if (before !== undefined) done.push(before)
      last.set(span.label, span)
    }
  }
  return [...done, ...last.values()]
}

type Sums = Omit<CostRow, 'group'>

function combined(known: Sums | null, row: Sums, sign: 1 | -1): Sums {
  const sum = (of: (each: Sums) => number): number => (known ? of(known) : 0) + sign * of(row)
  const money = (of: (each: Sums) => bigint): CostRow['cost'] =>
    ((known ? of(known) : 0n) + (sign === 1 ? of(row) : -of(row))) as CostRow['cost']
  const usage = { ...row.usage }
  for (const kind of kinds) usage[kind] = sum((each) => each.usage[kind])
  return {
    calls: sum((each) => each.calls),
    attempts: sum((each) => each.attempts),
    errors: sum((each) => each.errors),
    usage,
    cost: money((each) => each.cost),
    costUnknown: sum((each) => each.costUnknown),
    estimated: sum((each) => each.estimated),
    saved: money((each) => each.saved),
  }
}
