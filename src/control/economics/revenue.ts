import { fxAt } from '../../catalog/fx.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { divideHalfEven, type Money } from '../../core/money.ts'
import type { RevenueRow, RevenueSpan } from '../../store/revenue.ts'

/** What somebody says that a customer paid, as it came: from a line of a table or a member of JSON. */
export type SaidRevenue = Readonly<Record<string, unknown>>

/** What a row lacks is taken from here. */
export interface RevenueDefaults {
  readonly at: Instant
  readonly currency: string | null
  readonly source: string
  /** Tells rows apart that are alike in all, in their order. */
  readonly nth: (same: string) => number
}

export const revenueFields = [
  'id',
  'customer',
  'month',
  'from',
  'to',
  'amount',
  'currency',
  'plan',
  'cohort',
  'source',
] as const

const pattern = {
  day: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  month: /^\d{4}-(0[1-9]|1[0-2])$/,
  amount: /^-?\d{1,12}(\.\d{1,6})?$/,
  currency: /^[A-Z]{3}$/,
} as const

/**
 * Reads one row. Without an id it is called by all that it says, so that the same table read twice is
 * one, and two payments that are alike are two.
 * @throws RangeError with a sentence about what is wrong
 */
export function readRevenue(said: SaidRevenue, defaults: RevenueDefaults): RevenueRow {
  const wrong = Object.keys(said).find(
    (name) => !(revenueFields as readonly string[]).includes(name),
  )
  if (wrong !== undefined)
    throw new RangeError(
      `There is no ${JSON.stringify(wrong.slice(0, 40))} of a payment. There are: ${revenueFields.join(', ')}.`,
    )
  const text = (name: (typeof revenueFields)[number]): string | null => {
    const value = said[name]
    if (value === undefined || value === null) return null
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new RangeError(`${name} has to be text.`)
    const trimmed = String(value).trim()
    return trimmed === '' ? null : trimmed
  }
  const customer = text('customer')
  if (customer === null) throw new RangeError('customer is missing: whose payment it is.')
  const { from, to } = daysOf(text('month'), text('from'), text('to'))
  const amount = text('amount')
  if (amount === null) throw new RangeError('amount is missing.')
  if (!pattern.amount.test(amount))
    throw new RangeError(
      `amount has to be a decimal such as 49.00, at most six places, -49.00 for a refund; not ${JSON.stringify(amount.slice(0, 40))}.`,
    )
  const currency = text('currency') ?? defaults.currency
  if (currency === null || !pattern.currency.test(currency))
    throw new RangeError(
      currency === null
        ? 'currency is missing: USD, EUR, CNY.'
        : `currency has to be three capital letters such as USD, not ${JSON.stringify(currency.slice(0, 40))}.`,
    )
  const [plan, cohort, source] = [text('plan'), text('cohort'), text('source') ?? defaults.source]
  const row = { customer, from, to, amountMicro: microOf(amount), currency, plan, cohort, source }
  return { id: text('id') ?? idOf(row, defaults.nth), ...row, at: defaults.at }
}

function daysOf(
  month: string | null,
  from: string | null,
  to: string | null,
): { readonly from: string; readonly to: string } {
  if (month !== null && (from !== null || to !== null))
    throw new RangeError('Say month, or from and to, not both.')
  if (month !== null) {
    if (!pattern.month.test(month))
      throw new RangeError(
        `month has to be such as 2026-11, not ${JSON.stringify(month.slice(0, 40))}.`,
      )
    return monthDays(month)
  }
  if (from === null || to === null)
    throw new RangeError('What the payment is for is missing: month, or from and to.')
  for (const day of [from, to])
    if (!isDay(day))
      throw new RangeError(
        `from and to have to be days such as 2026-11-01, not ${JSON.stringify(day.slice(0, 40))}.`,
      )
  if (to < from) throw new RangeError(`to (${to}) is before from (${from}).`)
  return { from, to }
}

function isDay(text: string): boolean {
  return pattern.day.test(text) && dayText(dayNumber(text)) === text
}

/** The days of '2026-11', both inclusive. */
export function monthDays(month: string): { readonly from: string; readonly to: string } {
  const from = `${month}-01`
  const next = new Date(Date.parse(from) + 32 * dayMs).toISOString().slice(0, 7)
  return { from, to: dayText(dayNumber(`${next}-01`) - 1) }
}

/** '2026-10' of '2026-11'. */
export function monthBefore(month: string): string {
  return dayText(dayNumber(`${month}-01`) - 1).slice(0, 7)
}

function microOf(amount: string): bigint {
  const negative = amount.startsWith('-')
  const [whole = '0', places = ''] = amount.replace('-', '').split('.')
  const size = BigInt(whole + places.padEnd(6, '0'))
  return negative ? -size : size
}

function idOf(row: Omit<RevenueRow, 'id' | 'at'>, nth: RevenueDefaults['nth']): string {
  const { customer, from, to, amountMicro, currency, plan, source } = row
  const same = JSON.stringify([customer, from, to, String(amountMicro), currency, plan, source])
  const text = `${same} ${nth(same)}`
  return `row-${new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 24)}`
}

/** Counts how often each was seen, from 1. */
export function counter(): (same: string) => number {
  const seen = new Map<string, number>()
  return (same) => {
    const count = (seen.get(same) ?? 0) + 1
    seen.set(same, count)
    return count
  }
}

const dayMs = 86_400_000

function dayNumber(day: string): number {
  return Math.round(Date.parse(day) / dayMs)
}

function dayText(number: number): string {
  return new Date(number * dayMs).toISOString().slice(0, 10)
}

/** Picodollars of an amount; null for a currency whose rate nobody told us. */
function dollarsOf({ amountMicro, currency, from }: RevenueRow): bigint | null {
  if (currency === 'USD') return amountMicro * 1_000_000n
  if (currency !== 'CNY') return null
  const [whole = '0', places = ''] = fxAt(instant(from)).split('.')
  const scale = 10n ** BigInt(places.length)
  return divideHalfEven(amountMicro * 1_000_000n * scale, BigInt(whole + places))
}

/** Days, both inclusive, of which the first may have begun before and the last go on. */
export interface PartSpan extends RevenueSpan {
  /** Share of the first day that lies before the span. */
  readonly before?: number
  /** Share of the last day that lies behind it. */
  readonly behind?: number
}

const daySeconds = 86_400

/**
 * The part of a payment that is for the days of a span, spread evenly over its days. The parts of
 * neighbouring spans add up to the payment exactly.
 * @returns null for a currency that cannot be converted
 */
export function revenueIn(row: RevenueRow, span: PartSpan): Money | null {
  const dollars = dollarsOf(row)
  if (dollars === null) return null
  const [first, last] = [dayNumber(row.from), dayNumber(row.to)]
  const seconds = BigInt((last - first + 1) * daySeconds)
  const until = (day: number): bigint => {
    const passed = Math.min(Math.max(day - first, 0), last - first + 1)
    return floored(dollars * BigInt(Math.round(passed * daySeconds)), seconds)
  }
  const { before = 0, behind = 0 } = span
  return (until(dayNumber(span.to) + 1 - behind) - until(dayNumber(span.from) + before)) as Money
}

function floored(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
}

/** '1234.5' of millionths. */
export function amountText(micro: bigint): string {
  const negative = micro < 0n
  const digits = (negative ? -micro : micro).toString().padStart(7, '0')
  const places = digits.slice(-6).replace(/0+$/, '')
  return `${negative ? '-' : ''}${digits.slice(0, -6)}${places === '' ? '' : `.${places}`}`
}
