import { type Clock, type Instant, instant, isoText } from '../core/clock.ts'
import { invalidRequest } from '../core/errors.ts'
import { isCallId } from '../core/ids.ts'
import { type Money, usd } from '../core/money.ts'
import { dayStart } from '../core/zone.ts'

/** What stands in the query of a path of /api. Each throws invalid_request. */

export function optional<Name extends string, Value>(
  name: Name,
  value: Value | null,
): Partial<Record<Name, Value>> {
  return value === null ? {} : ({ [name]: value } as Record<Name, Value>)
}

export function countOf(query: URLSearchParams, name: string, usual: number, most: number): number {
  const text = query.get(name)
  if (text === null) return usual
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1 || count > most) {
    throw invalidRequest(`'${name}' has to be a whole number from 1 to ${most}.`).at(name)
  }
  return count
}

/** What sums are parted by: each of the known names once, in the order given. */
export function cutsOf<Name extends string>(
  query: URLSearchParams,
  usual: Name,
  known: readonly Name[],
): readonly Name[] {
  const by = (query.get('by') ?? usual).split(',').filter((name) => name !== '')
  const wrong = by.find((name) => !(known as readonly string[]).includes(name))
  if (wrong !== undefined) {
    throw invalidRequest(
      `'by' knows no ${JSON.stringify(wrong.slice(0, 40))}. It takes ${known.join(', ')}.`,
    ).at('by')
  }
  const twice = by.find((name, index) => by.indexOf(name) !== index)
  if (twice !== undefined) throw invalidRequest(`'by' names ${twice} twice.`).at('by')
  return by as Name[]
}

/** An amount in USD, as decimal text. */
export function moneyOf(query: URLSearchParams, name: string): Money | null {
  const text = query.get(name)
  if (text === null) return null
  try {
    return usd(text)
  } catch {
    throw invalidRequest(`'${name}' has to be an amount in USD, such as 0.25.`).at(name)
  }
}

export function idOf(query: URLSearchParams, name: string) {
  const id = query.get(name)
  if (id === null) return null
  if (!isCallId(id)) throw invalidRequest(`'${name}' has to be the id of a call.`).at(name)
  return id
}

/** What a date and '24h' are told by. */
export interface Here {
  readonly clock: Clock
  /** Of the store: its days begin there. */
  readonly timezone: string
}

export function instantOf(query: URLSearchParams, name: string, here: Here): Instant | null {
  const text = query.get(name)
  return text === null ? null : momentOf(text, name, here)
}

/** @throws invalid_request for a time that ends before it begins: its sums would be told as nothing */
export function inOrder<Span extends { readonly since?: Instant; readonly until?: Instant }>(
  query: URLSearchParams,
  span: Span,
): Span {
  const { since, until } = span
  if (since === undefined || until === undefined || since <= until) return span
  throw invalidRequest(
    `The time that is asked for begins at ${isoText(since)} and ends before that, at ${isoText(until)}.`,
  ).at(query.has('until') ? 'until' : 'since')
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** '2026-11-21', an RFC 3339 instant, or how long ago: '24h', '7d'. */
export function momentOf(text: string, name: string, { clock, timezone }: Here): Instant {
  const ago = /^(\d{1,6})([smhd])$/.exec(text)
  if (ago) {
    const unit = ago[2] as keyof typeof unitMs
    return (clock.now() - Number(ago[1]) * unitMs[unit] * 1_000) as Instant
  }
  const moment = dateOrInstant(text, timezone)
  if (moment !== null) return moment
  throw invalidRequest(
    `'${name}' has to be a date (2026-11-21), an instant (2026-11-21T14:00:00Z), or how long ago (24h, 7d).`,
  ).at(name)
}

const patterns = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  // Without its offset a time would be that of the machine.
  instant: /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/,
} as const

/** A date is where its day begins in the store's time zone. Null for text that is neither. */
export function dateOrInstant(text: string, timezone: string): Instant | null {
  if (patterns.date.test(text)) return dayStart(text, timezone)
  if (!patterns.instant.test(text)) return null
  try {
    return instant(text)
  } catch {
    return null
  }
}
