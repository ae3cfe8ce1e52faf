import type { Money } from '../../core/money.ts'
import type { AttemptRecord, Intent } from '../../core/record.ts'
import { type Kind, kinds, type Usage } from '../../core/usage.ts'
import { intentFields, recordFields, type Shape } from '../fields.ts'

/**
 * A row as one JSON array: a tag, then its fields in the order of `fields.ts`. Without names it takes
 * half the bytes of an object, and no more time. JSON keeps U+0000 and lone
 * surrogates by escapes, so a row comes back as it went in. Money is written as a string, since a
 * JSON number is exact only to 2^53, and usage as an array in the order of `kinds`.
 */
class Codec<Row extends object> {
  readonly #names: readonly (keyof Row)[]
  /** Where in the array money and usage stand: all else is in JSON what it is in the row. */
  readonly #money: readonly number[]
  readonly #usage: readonly number[]
  /** Filled anew for each row, which is cheaper than an array for each. */
  readonly #values: unknown[]
  /** A row with each field: to copy it and set its fields is quicker than to add them to an empty object. */
  readonly #blank: Readonly<Record<keyof Row, unknown>>
  /** How many fields rows of earlier versions may lack at their end. */
  readonly #later: readonly number[]

  constructor(
    tag: string,
    fields: Readonly<Record<keyof Row, Shape>>,
    later: readonly number[] = [],
  ) {
    this.#later = later
    this.#names = Object.keys(fields) as (keyof Row)[]
    this.#money = placesOf('money', Object.values<Shape>(fields))
    this.#usage = placesOf('usage', Object.values<Shape>(fields))
    this.#values = [tag]
    this.#blank = Object.fromEntries(this.#names.map((name) => [name, null])) as Readonly<
      Record<keyof Row, unknown>
    >
  }

  encode(row: Row): string {
    const values = this.#values
    for (let index = 0; index < this.#names.length; index += 1) {
      values[index + 1] = row[this.#names[index]!]
    }
    for (const place of this.#money) values[place] = moneyText(values[place] as Money | null)
    for (const place of this.#usage) values[place] = counts(values[place] as Usage | null)
    return JSON.stringify(values)
  }

  /** @throws SyntaxError when it has not as many fields as this version writes, or one before it */
  decode(text: string): Row {
    const values = JSON.parse(text) as unknown[]
    const missing = this.#names.length + 1 - values.length
    if (missing !== 0 && !this.#later.includes(missing)) {
      throw new SyntaxError(`${values.length - 1} fields instead of ${this.#names.length}`)
    }
    for (let index = 0; index < missing; index += 1) values.push(null)
    for (const place of this.#money) values[place] = moneyOf(values[place])
    for (const place of this.#usage) values[place] = usageOf(values[place])
    const row: Record<keyof Row, unknown> = { ...this.#blank }
    for (let index = 0; index < this.#names.length; index += 1) {
      row[this.#names[index]!] = values[index + 1]
    }
    return row as Row
  }
}

const intents = new Codec<Intent>('i', intentFields)
/** Rows of version 3 end before `mode`, those of the versions 1 and 2 before `saved`. */
const records = new Codec<AttemptRecord>('r', recordFields, [3, 4])

export function encodeIntent(intent: Intent): string {
  return intents.encode(intent)
}

export function encodeRecord(record: AttemptRecord): string {
  return records.encode(record)
}

/** @throws SyntaxError */
export function decodeIntent(text: string): Intent {
  return intents.decode(text)
}

/** @throws SyntaxError */
export function decodeRecord(text: string): AttemptRecord {
  return records.decode(text)
}

export interface Head {
  readonly kind: 'intent' | 'record'
  /** The call and the attempt, as they stand in the text. */
  readonly key: string
}

/** What a frame is, and of which attempt, without parsing it; null when it is neither kind. */
export function headOf(text: string): Head | null {
  const kind = text.startsWith('["i","') ? 'intent' : text.startsWith('["r","') ? 'record' : null
  // An id is 36 characters of which none is escaped, so that the id ends where it has to.
  if (!kind || text.charCodeAt(42) !== quote || text.charCodeAt(43) !== comma) return null
  const end = text.indexOf(',', 44)
  return end === -1 ? null : { kind, key: text.slice(6, end) }
}

const quote = 0x22
const comma = 0x2c

/** What fits a number is written by way of one, which is quicker. */
function moneyText(money: Money | null): string | null {
  if (money === null) return null
  const amount = Number(money)
  return Number.isSafeInteger(amount) ? String(amount) : money.toString()
}

/** Good until the next row is encoded. */
function counts(usage: Usage | null): readonly number[] | null {
  if (usage === null) return null
  for (let index = 0; index < kinds.length; index += 1) counted[index] = usage[kinds[index]!]
  return counted
}

const counted: number[] = []

function placesOf(kind: 'money' | 'usage', shapes: readonly Shape[]): number[] {
  return shapes.flatMap((shape, index) => (shape.startsWith(kind) ? [index + 1] : []))
}

function moneyOf(value: unknown): Money | null {
  return value === null ? null : (BigInt(value as string) as Money)
}

function usageOf(value: unknown): Usage | null {
  if (value === null) return null
  const usage: Partial<Record<Kind, number>> = {}
  for (let index = 0; index < kinds.length; index += 1) {
    usage[kinds[index]!] = (value as readonly number[])[index] ?? 0
  }
  return usage as Usage
}
