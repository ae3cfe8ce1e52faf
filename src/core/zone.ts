import type { Instant } from './clock.ts'

/** Calendar arithmetic in a named time zone, daylight saving included. */

export interface Span {
  /** Inclusive. */
  readonly start: Instant
  /** Exclusive. */
  readonly end: Instant
}

export type CalendarPeriod = 'day' | 'week' | 'month'

/** The day, ISO week (Monday) or month that an instant falls into. */
export function spanOf(period: CalendarPeriod, at: Instant, timeZone: string): Span {
  const { year, month, day } = localDate(at, timeZone)
  switch (period) {
    case 'day':
      return between(timeZone, [year, month, day], [year, month, day + 1])
    case 'week': {
      const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7
      const monday = day - weekday + 1
      return between(timeZone, [year, month, monday], [year, month, monday + 7])
    }
    case 'month':
      return between(timeZone, [year, month, 1], [year, month + 1, 1])
  }
}

/** '2026-11-21' */
export function dayText(at: Instant, timeZone: string): string {
  const { year, month, day } = localDate(at, timeZone)
  return `${year}-${two(month)}-${two(day)}`
}

/** When a day such as '2026-11-21' begins; null for one that no calendar has. */
export function dayStart(text: string, timeZone: string): Instant | null {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  const isDay = new Date(utcMs([year, month, day])).toISOString().startsWith(`${text}T`)
  return isDay ? midnight(timeZone, [year, month, day]) : null
}

/** True for names that the runtime knows: 'UTC', 'Europe/Berlin'. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** How far a zone's clocks are ahead of UTC at an instant, in microseconds. */
export function offsetUs(at: Instant, timeZone: string): number {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(new Date(at / 1_000)))
    parts[type] = value
  const part = (name: string): number => Number(parts[name])
  const local =
    utcMs([part('year'), part('month'), part('day')]) +
    ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1_000
  const wholeSecond = Math.floor(at / 1_000_000) * 1_000_000
  return local * 1_000 - wholeSecond
}

type LocalDate = readonly [year: number, month: number, day: number]

/** Date.UTC takes the years up to 99 for those of a century ago. */
function utcMs([year, month, day]: LocalDate): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

function between(timeZone: string, from: LocalDate, to: LocalDate): Span {
  return { start: midnight(timeZone, from), end: midnight(timeZone, to) }
}

/** Clocks are never set twice within a day of each other. */
const dayUs = 86_400_000_000

/**
 * The instant at which a local day begins. Where clocks skip midnight it is the first that the day
 * has, where midnight comes twice the first of the two.
 */
function midnight(timeZone: string, [year, month, day]: LocalDate): Instant {
  const local = utcMs([year, month, day]) * 1_000
  const wanted = new Date(local / 1_000)
  const candidates = [-dayUs, dayUs]
    .map((near) => (local - offsetUs((local + near) as Instant, timeZone)) as Instant)
    .toSorted((left, right) => left - right)
  const first = candidates.find((at) => {
    const date = localDate(at, timeZone)
    return date.day === wanted.getUTCDate() && date.month === wanted.getUTCMonth() + 1
  })
  return first ?? candidates[1]!
}

function localDate(at: Instant, timeZone: string): { year: number; month: number; day: number } {
  const local = new Date((at + offsetUs(at, timeZone)) / 1_000)
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** @throws RangeError for a zone that is not known */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timeZone, format)
  }
  return format
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
