import type { Database } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { hourUs } from '../calendar.ts'
import { keptLabel } from '../kept.ts'
import { type CallPage, type CallQuery, pageCallsMax } from '../ports.ts'
import { columnNames, idBytes, idText, recordOf } from './columns.ts'
import { type Condition, onAttempts, onDims } from './filters.ts'

/** Rows that are looked through in one go; then others have their turn. */
const lookRows = 10_000
/** Rows that are looked through for one page: whoever asks has an answer soon, if not a full one. */
const pageRowsMax = 1_000_000
/** Characters of text in one page: rows may hold a million each. */
const pageTextMax = 16_000_000
/** Calls that are fetched in one go. */
const fetchCalls = 100

/** Lets loading and other queries have their turn. */
export type Pause = () => Promise<void>

/**
 * A page of calls, newest first. There is no index but that of ids: the roll-ups say in which hours
 * there are rows of a filter at all, and only the ids of those hours are looked through.
 */
export async function calls(db: Database, query: CallQuery, pause: Pause): Promise<CallPage> {
  const limit = limitOf(query)
  const fits = fitting(query)
  const found: CallId[] = []
  let looked = 0
  for (const { from, below } of rangesOf(db, query)) {
    for (let end: Uint8Array | null = below; end !== null;) {
      const start: Uint8Array | null = nthBelow(db, from, end)
      found.push(...idsBetween(db, start ?? from, end, fits, limit + 1 - found.length))
      if (found.length > limit) return pageOf(db, found.slice(0, limit), found[limit - 1]!, pause)
      end = start
      looked += lookRows
      if (looked >= pageRowsMax && end) return pageOf(db, found, idText(end), pause)
      await pause()
    }
  }
  return pageOf(db, found, null, pause)
}

/** Those of the calls that the query means, in the order given. */
export async function callsAmong(
  db: Database,
  query: CallQuery,
  ids: readonly CallId[],
  pause: Pause,
): Promise<CallPage> {
  const limit = limitOf(query)
  const fits = fitting(query)
  const wanted = new Set(
    db
      .query(`SELECT DISTINCT call_id FROM attempt WHERE call_id IN ${inList}${fits.sql}`)
      .values(listOf(ids), ...fits.values)
      .map(([id]) => idText(id as Uint8Array)),
  )
  const found = ids.filter((id) => wanted.has(id))
  const next = found.length > limit ? found[limit - 1]! : null
  return pageOf(db, found.slice(0, limit), next, pause)
}

/** The calls with a later id that the query means, earliest first. */
export async function callsAfter(
  db: Database,
  query: CallQuery,
  after: CallId,
  pause: Pause,
): Promise<CallPage> {
  const limit = limitOf(query)
  const fits = fitting(query)
  const found: CallId[] = []
  let start: Uint8Array | null = above(idBytes(after))
  for (let looked = 0; start !== null && looked < pageRowsMax; looked += lookRows) {
    const end: Uint8Array | null = nthFrom(db, start)
    const room = limit + 1 - found.length
    found.push(...idsBetween(db, start, end ?? endOfIds, fits, room, 'ASC'))
    if (found.length > limit) return pageOf(db, found.slice(0, limit), found[limit - 1]!, pause)
    start = end
    await pause()
  }
  return pageOf(db, found, start && idText(start.subarray(0, 16)), pause)
}

export function attemptsOf(db: Database, ids: readonly CallId[]): AttemptRecord[] {
  return db
    .query(
      `SELECT ${columnNames} FROM attempt WHERE call_id IN ${inList} ORDER BY call_id, attempt`,
    )
    .values(listOf(ids))
    .map(recordOf)
}

/** One statement for a list of any length. */
const inList = '(SELECT unhex(value) FROM json_each(?))'

function listOf(ids: readonly CallId[]): string {
  return JSON.stringify(ids.map((id) => id.replaceAll('-', '')))
}

function limitOf({ limit }: CallQuery): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageCallsMax) return limit
  throw new RangeError(`A page holds 1 to ${pageCallsMax} calls, not ${limit}.`)
}

function fitting(query: CallQuery): Condition {
  const { filters, session, status, since, until, costMin, costUnknown, totalUsMin } = query
  const parts: Condition[] = [onAttempts(filters)]
  if (session !== undefined) parts.push({ sql: ' AND session = ?', values: [keptLabel(session)] })
  if (status === 'ok')
    parts.push({ sql: " AND end_state IN ('complete', 'cancelled')", values: [] })
  if (status === 'error')
    parts.push({ sql: " AND end_state NOT IN ('complete', 'cancelled')", values: [] })
  if (costMin !== undefined) parts.push({ sql: ' AND cost >= ?', values: [costMin] })
  if (costUnknown === true) parts.push({ sql: ' AND cost IS NULL', values: [] })
  if (totalUsMin !== undefined) parts.push({ sql: ' AND total_us >= ?', values: [totalUsMin] })
  if (since !== undefined) parts.push({ sql: ' AND at >= ?', values: [since] })
  if (until !== undefined) parts.push({ sql: ' AND at < ?', values: [until] })
  return {
    sql: parts.map(({ sql }) => sql).join(''),
    values: parts.flatMap(({ values }) => values),
  }
}

/** Ids from `from`, which is in it, up to `below`, which is not. */
interface Range {
  readonly from: Uint8Array
  readonly below: Uint8Array
}

const firstOfIds = new Uint8Array(16)
/** Longer than an id, and so behind every one. */
const endOfIds = new Uint8Array(17).fill(0xff)

/** Where calls that the query means may stand: newest first, none overlapping. */
function rangesOf(db: Database, query: CallQuery): Range[] {
  const end = query.before === undefined ? endOfIds : idBytes(query.before)
  const { filters, since, until, status } = query
  const anywhere =
    Object.keys(filters).length === 0 && since === undefined && until === undefined && !status
  if (anywhere) return [{ from: firstOfIds, below: end }]

  const { sql, values } = onDims(filters)
  const kind =
    status === 'ok' ? ' AND attempts > errors' : status === 'error' ? ' AND errors > 0' : ''
  const hours = db
    .query(
      `SELECT min(first_call), max(last_call) FROM rollup_hour
       WHERE hour > ? AND hour < ?${kind} AND dims IN (SELECT id FROM dims WHERE TRUE${sql})
       GROUP BY hour`,
    )
    .values(
      // Hours of before a change of the time zone may begin at another minute than those of now.
      since === undefined ? -1 : since - hourUs,
      until ?? Number.MAX_SAFE_INTEGER,
      ...values,
    ) as [Uint8Array, Uint8Array][]
  return merged(hours.map(([first, last]) => ({ from: first, below: above(last) }))).flatMap(
    ({ from, below }) =>
      Buffer.compare(from, end) >= 0
        ? []
        : [{ from, below: Buffer.compare(below, end) < 0 ? below : end }],
  )
}

/** The least bytes that come after an id. */
function above(id: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(17)
  bytes.set(id)
  return bytes
}

/** A call that lasts over the end of an hour makes the ids of two hours overlap. */
function merged(ranges: readonly Range[]): Range[] {
  const newestFirst = ranges.toSorted((left, right) => Buffer.compare(right.below, left.below))
  const apart: Range[] = []
  for (const range of newestFirst) {
    const last = apart.at(-1)
    if (!last || Buffer.compare(range.below, last.from) < 0) apart.push(range)
    else if (Buffer.compare(range.from, last.from) < 0) {
      apart[apart.length - 1] = { from: range.from, below: last.below }
    }
  }
  return apart
}

/** Where a look that goes down from `below` ends; null when it comes to the end of the range. */
function nthBelow(db: Database, from: Uint8Array, below: Uint8Array): Uint8Array | null {
  const row = db
    .query(
      `SELECT call_id FROM attempt WHERE call_id >= ? AND call_id < ?
       ORDER BY call_id DESC, attempt DESC LIMIT 1 OFFSET ${lookRows - 1}`,
    )
    .values(from, below)[0]
  return (row?.[0] as Uint8Array | undefined) ?? null
}

/** Where a look that goes up from `from` ends; null when it comes to the end of the table. */
function nthFrom(db: Database, from: Uint8Array): Uint8Array | null {
  const row = db
    .query(
      `SELECT call_id FROM attempt WHERE call_id >= ?
       ORDER BY call_id, attempt LIMIT 1 OFFSET ${lookRows - 1}`,
    )
    .values(from)[0]
  return row ? above(row[0] as Uint8Array) : null
}

function idsBetween(
  db: Database,
  from: Uint8Array,
  below: Uint8Array,
  fits: Condition,
  limit: number,
  order: 'ASC' | 'DESC' = 'DESC',
): CallId[] {
  return db
    .query(
      `SELECT DISTINCT call_id FROM attempt WHERE call_id >= ? AND call_id < ?${fits.sql}
       ORDER BY call_id ${order} LIMIT ?`,
    )
    .values(from, below, ...fits.values, limit)
    .map(([id]) => idText(id as Uint8Array))
}

/** The attempts of the calls; fewer calls when their texts are very long. */
async function pageOf(
  db: Database,
  ids: readonly CallId[],
  next: CallId | null,
  pause: Pause,
): Promise<CallPage> {
  const attempts: AttemptRecord[] = []
  let text = 0
  for (let at = 0; at < ids.length; at += fetchCalls) {
    const some = ids.slice(at, at + fetchCalls)
    const byCall = Map.groupBy(attemptsOf(db, some), ({ callId }) => callId)
    for (const id of some) {
      const ofCall = byCall.get(id) ?? []
      text += ofCall.reduce((sum, record) => sum + textOf(record), 0)
      if (text > pageTextMax && attempts.length > 0) {
        return { attempts, next: attempts.at(-1)!.callId }
      }
      attempts.push(...ofCall)
    }
    if (at + fetchCalls < ids.length) await pause()
  }
  return { attempts, next }
}

function textOf(record: AttemptRecord): number {
  return Object.values(record).reduce<number>(
    (sum, value: unknown) => sum + (typeof value === 'string' ? value.length : 0),
    0,
  )
}
