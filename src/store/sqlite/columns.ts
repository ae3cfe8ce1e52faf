import type { SQLQueryBindings } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { type Kind, kinds } from '../../core/usage.ts'
import { recordFields, type Shape } from '../fields.ts'
import { keptInteger, keptLabel, keptMoney, keptText, keptUsage } from '../kept.ts'

/**
 * The columns of the table `attempt`, made from `fields.ts`: a field each, and one for each kind of
 * usage. All of them are null when usage is not known.
 */
export interface Column {
  readonly name: string
  readonly type: 'BLOB' | 'INTEGER' | 'TEXT'
  readonly nullable: boolean
}

const fields = Object.entries<Shape>(recordFields) as [keyof AttemptRecord, Shape][]

/** Columns of the kinds of usage, in the order of `kinds`; roll-ups have the same. */
export const usageColumns: readonly string[] = kinds.map(snake)

export const columns: readonly Column[] = fields.flatMap(([field, shape]): Column[] => {
  const nullable = shape.endsWith('?')
  if (shape.startsWith('usage')) {
    return usageColumns.map((name) => ({ name, type: 'INTEGER', nullable }))
  }
  return [{ name: snake(field), type: typeOf(shape), nullable }]
})

export const columnNames = columns.map(({ name }) => name).join(', ')

/** The values of a row, in the order of `columns`. The array is filled anew by the next call. */
export function bindingsOf(record: AttemptRecord): readonly SQLQueryBindings[] {
  let at = 0
  for (const [field, shape] of fields) {
    const value = record[field]
    if (typeof value === 'string') {
      bindings[at] =
        shape === 'id'
          ? idBytes(value as CallId)
          : shape === 'text?'
            ? keptText(value)
            : keptLabel(value)
    } else if (typeof value === 'number') bindings[at] = keptInteger(value)
    else if (typeof value === 'bigint') bindings[at] = keptMoney(value)
    else if (typeof value === 'boolean') bindings[at] = value ? 1 : 0
    else if (shape === 'usage?') {
      const usage = typeof value === 'object' && value !== null ? keptUsage(value) : null
      for (const kind of kinds) {
        bindings[at] = usage === null ? null : usage[kind]
        at += 1
      }
      continue
    } else bindings[at] = null
    at += 1
  }
  return bindings
}

const bindings: SQLQueryBindings[] = columns.map(() => null)

/** What `SELECT ${columnNames}` gives, as a record. Integers come as bigints. */
export function recordOf(values: readonly unknown[]): AttemptRecord {
  const record: Partial<Record<keyof AttemptRecord, unknown>> = {}
  let at = 0
  for (const [field, shape] of fields) {
    if (shape === 'usage?') {
      record[field] = usageAt(values, at)
      at += kinds.length
      continue
    }
    record[field] = valueOf(values[at], shape)
    at += 1
  }
  return record as unknown as AttemptRecord
}

/** @throws RangeError for what is no UUID */
export function idBytes(id: CallId): Uint8Array {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  if (bytes.length !== 16) throw new RangeError(`Not an id of a call: ${id.slice(0, 60)}`)
  return bytes
}

export function idText(bytes: Uint8Array): CallId {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as CallId
}

function valueOf(value: unknown, shape: Shape): unknown {
  if (value === null) return null
  if (shape === 'id') return idText(value as Uint8Array)
  if (shape === 'flag') return value === 1n
  return typeof value === 'bigint' && shape !== 'money?' ? Number(value) : value
}

function usageAt(values: readonly unknown[], at: number): Record<Kind, number> | null {
  if (values[at] === null) return null
  // A kind that came later than the row is null in it, and was not used.
  const counts = kinds.map((kind, index) => [kind, Number(values[at + index])])
  return Object.fromEntries(counts) as Record<Kind, number>
}

function typeOf(shape: Shape): Column['type'] {
  if (shape === 'id') return 'BLOB'
  return shape.startsWith('label') || shape.startsWith('text') ? 'TEXT' : 'INTEGER'
}

/** 'keyId' is key_id. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
