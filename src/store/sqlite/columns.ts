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
  for (let place = 0; place < fieldNames.length; place += 1) {
    const value = record[fieldNames[place]!]
    const shape = shapes[place]!
    if (shape === 'usage?') {
      const isKnown = typeof value === 'object' && value !== null
      const usage = isKnown ? keptUsage(value) : null
      for (let index = 0; index < kinds.length; index += 1) {
        bindings[at] = usage === null ? null : usage[kinds[index]!]
        at += 1
      }
      continue
    }
    if (typeof value === 'string') {
      bindings[at] =
        shape === 'id'
          ? putId(value as CallId, idBinding)
          : shape === 'text?'
            ? keptText(value)
            : keptLabel(value)
    } else if (typeof value === 'number') bindings[at] = keptInteger(value)
    else if (typeof value === 'bigint') bindings[at] = keptMoney(value)
    else if (typeof value === 'boolean') bindings[at] = value ? 1 : 0
    else bindings[at] = null
    at += 1
  }
  return bindings
}

const fieldNames = fields.map(([name]) => name)
const shapes = fields.map(([, shape]) => shape)
const bindings: SQLQueryBindings[] = columns.map(() => null)
const idBinding = new Uint8Array(16)

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
  return putId(id, new Uint8Array(idLength))
}

/** The same into bytes that are there. @throws RangeError for what is no UUID */
export function putId(id: CallId, into: Uint8Array): Uint8Array {
  let digits = 0
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at)
    if (code === hyphen) continue
    const value = code < 128 ? digitOf[code]! : noDigit
    if (value === noDigit) break
    const place = digits >> 1
    into[place] = digits % 2 === 0 ? value << 4 : into[place]! | value
    digits += 1
  }
  if (digits >> 1 !== idLength) throw new RangeError(`Not an id of a call: ${id.slice(0, 60)}`)
  return into
}

const idLength = 16
const hyphen = 0x2d
const noDigit = 0xff
/** By character, what a hexadecimal digit stands for. */
const digitOf = new Uint8Array(128).fill(noDigit)
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16)
  digitOf[digit.charCodeAt(0)] = digitOf[digit.toUpperCase().charCodeAt(0)] = value
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
