import type { Database } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import { firstIdAt } from '../../core/ids.ts'
import { kinds } from '../../core/usage.ts'
import {
  asideOfScan,
  internalFeatures,
  otherKinds,
  type ScannedAttempt,
  type ScanPage,
  ScanPages,
  type ScanQuery,
} from '../scan.ts'
import { idBytes, usageColumns } from './columns.ts'
import { onAttempts } from './filters.ts'

/** A page of calls in the order of their ids, which is that in which they began. */
export function scan(db: Database, query: ScanQuery): ScanPage {
  const { sql, values } = onAttempts(query.filters)
  const from = query.after === null ? idBytes(firstIdAt(query.since)) : idBytes(query.after)
  const rows = db
    .query(
      `SELECT ${picked} FROM attempt
       WHERE call_id ${query.after === null ? '>=' : '>'} ? AND call_id < ?${sql}${chats}
       ORDER BY call_id, attempt LIMIT ?`,
    )
    .values(from, idBytes(firstIdAt(query.until)), ...values, query.rows)
  const last = rows.length === query.rows ? String(rows.at(-1)![0]) : null
  // The last call of a full page may have further attempts: it is left to the next page.
  let end = rows.length
  if (last !== null) while (end > 0 && rows[end - 1]![0] === last) end -= 1
  const pages = new ScanPages()
  for (const row of rows.slice(0, end)) pages.add(attemptOf(row))
  return pages.page(end, last === null ? null : idOf(end === 0 ? last : String(rows[end - 1]![0])))
}

const columnOf = (kind: (typeof kinds)[number]): string => usageColumns[kinds.indexOf(kind)]!
const sumOf = (some: readonly (typeof kinds)[number][]): string =>
  some.map((kind) => `COALESCE(${columnOf(kind)}, 0)`).join(' + ')

/**
 * Added up where they lie: numbers that are not fetched cost nothing. As numbers of floating point, which these
 * become anyway: integers come as bigints, which take ten times as long to make.
 */
const numbers = [
  'at',
  "end_state = 'complete'",
  'input IS NOT NULL',
  sumOf(['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioIn', 'imageIn']),
  sumOf(['cacheRead']),
  sumOf(['output', 'reasoning']),
  sumOf(otherKinds),
  'cost',
]
const picked = `lower(hex(call_id)), task, provider || '/' || model,
  ${numbers.map((sql) => `(${sql}) * 1.0`).join(', ')}`

const listed = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')
const chats = ` AND operation = 'chat' AND role NOT IN (${listed(asideOfScan)})
  AND (feature IS NULL OR feature NOT IN (${listed(internalFeatures)}))`

function attemptOf(row: readonly unknown[]): ScannedAttempt {
  const [id, task, model, ...rest] = row
  const [at, complete, counted, prompt, cached, output, other, cost] = rest as number[]
  return {
    id: id as string,
    at: at!,
    task: task as string | null,
    model: model as string | null,
    isComplete: complete === 1,
    prompt: counted === 1 ? prompt! : null,
    cached: cached!,
    output: output!,
    other: other!,
    cost: cost ?? null,
  }
}

function idOf(hex: string): CallId {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-') as CallId
}
