import type { Money } from '../core/money.ts'
import type { AttemptRecord } from '../core/record.ts'
import { kinds, type Usage } from '../core/usage.ts'
import { recordFields, type Shape } from './fields.ts'

/**
 * What a store keeps of a value, the same in every backend. Names of models, customers and sessions
 * come from callers and providers, who may send anything:
 *
 * - text is made well-formed Unicode, since a database holds UTF-8: a lone surrogate becomes U+FFFD.
 *   U+0000 is kept;
 * - a text is cut at a million characters, a label at a thousand, with a hash of all of it at the
 *   end, so that two long labels stay two;
 * - counts and durations are rounded to whole numbers; one that does not fit 53 bits, or a cost that
 *   does not fit 64, is not known.
 */
export function keptText(text: string): string {
  const whole = text.toWellFormed()
  return whole.length > textMax ? cut(whole, textMax) : whole
}

export function keptLabel(label: string): string {
  const whole = label.toWellFormed()
  return whole.length > labelMax ? `${cut(whole, labelMax - 17)}…${hashOf(whole)}` : whole
}

export function keptInteger(value: number): number | null {
  const whole = Math.round(value)
  return Number.isSafeInteger(whole) ? whole : null
}

/** Counts that are not all known are not known. */
export function keptUsage(usage: Usage): Usage | null {
  if (allWhole(usage)) return usage
  const counts = kinds.map((kind) => [kind, keptInteger(usage[kind])] as const)
  return counts.some(([, count]) => count === null) ? null : (Object.fromEntries(counts) as Usage)
}

function allWhole(usage: Usage): boolean {
  for (let index = 0; index < kinds.length; index += 1)
    if (!Number.isSafeInteger(usage[kinds[index]!])) return false
  return true
}

export function keptMoney(value: bigint): Money | null {
  return value === BigInt.asIntN(64, value) ? (value as Money) : null
}

/** A record as every backend gives it back. */
export function keptRecord(record: AttemptRecord): AttemptRecord {
  const kept = Object.entries<Shape>(recordFields).map(([name, shape]) => [
    name,
    keptValue(record[name as keyof AttemptRecord], shape),
  ])
  return Object.fromEntries(kept) as AttemptRecord
}

function keptValue(value: AttemptRecord[keyof AttemptRecord], shape: Shape): unknown {
  if (typeof value === 'string') {
    return shape === 'id' ? value : shape.startsWith('label') ? keptLabel(value) : keptText(value)
  }
  if (typeof value === 'number') return keptInteger(value)
  if (typeof value === 'bigint') return keptMoney(value)
  if (typeof value === 'object' && value !== null) return keptUsage(value)
  return value
}

const textMax = 1_000_000
const labelMax = 1_000

/** The first characters, without half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 16)
}
