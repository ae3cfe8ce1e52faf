/**
 * Money is a whole number of picodollars (1e-12 USD).
 *
 * Vendors quote dollars per million tokens, and $1 per 1e6 tokens is a million picodollars per
 * token: with up to six decimals every cost is exact. Finer prices and converted currencies are
 * rounded half to even once per kind; after that all is integer arithmetic, and totals agree in any
 * order of adding.
 *
 * A bigint, because a number is exact only to 2^53 picodollars: $9,007. A signed 64-bit column holds
 * $9.2 million; sums that may pass that stay bigint.
 */
export type Money = bigint & { readonly unit: 'picodollar' }

/** A price or a rate as it was printed ('0.25'): parsed exactly, never a binary float. */
export type Decimal = string & { readonly kind: 'decimal' }

export const nothing = 0n as Money

const decimalPattern = /^(\d{1,12})(?:\.(\d{1,18}))?$/

/** @throws RangeError unless `text` is a plain, non-negative decimal such as '12.5' */
export function decimal(text: string): Decimal {
  if (!decimalPattern.test(text)) throw new RangeError(`Not a plain decimal number: ${text}`)
  return text as Decimal
}

/** Reads '12.5' or '0.000001'. @throws RangeError for anything else, or finer than a picodollar */
export function usd(text: string): Money {
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(text)) throw new RangeError(`Not a dollar amount: ${text}`)
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(12, '0')) as Money
}

export function add(left: Money, right: Money): Money {
  return (left + right) as Money
}

export function subtract(left: Money, right: Money): Money {
  return (left - right) as Money
}

export function dearest(left: Money, right: Money): Money {
  return left > right ? left : right
}

/** All digits and no more: '0.0005837', '12', '-3.5'. What machines and headers get. */
export function usdText(amount: Money): string {
  const negative = amount < 0n
  const digits = (negative ? -amount : amount).toString()
  const point = digits.length - 12
  let end = digits.length
  while (end > 0 && end > point && digits.charCodeAt(end - 1) === zeroCode) end -= 1
  const sign = negative ? '-' : ''
  if (end === 0) return '0'
  if (point <= 0) return sign + belowOne.slice(0, 2 - point) + digits.slice(0, end)
  const whole = sign + digits.slice(0, point)
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`
}

const zeroCode = 48
const belowOne = '0.000000000000'

/** '$0.012300' for people, cut to six decimals; what is smaller shows as '<$0.000001'. */
export function format(amount: Money): string {
  const sign = amount < 0n ? '-' : ''
  const size = amount < 0n ? -amount : amount
  if (size > 0n && size < 1_000_000n) return `${sign}<$0.000001`
  const digits = size.toString().padStart(13, '0')
  return `${sign}$${digits.slice(0, -12)}.${digits.slice(-12, -6)}`
}

/**
 * A rate per million units times a count of units.
 * @param rate  USD per 1,000,000 units
 * @param count  whole units, at least 0
 * @returns picodollars, rounded half to even
 */
export function times(rate: Decimal, count: number): Money {
  // '0.25' per million is 25 / 10^2 dollars per 10^6 units: 25 * 10^6 / 10^2 picodollars a unit.
  const { factor, divisor } = parsed(rate)
  const units = factor * BigInt(count)
  return divisor === 1n ? (units as Money) : divideHalfEven(units, divisor)
}

/** Picodollars a unit as a number, where that is one and exact; else not a number. */
export function unitPrice(rate: Decimal): number {
  const { factor, divisor } = parsed(rate)
  return divisor === 1n && factor <= Number.MAX_SAFE_INTEGER ? Number(factor) : Number.NaN
}

/** Rounded half to even. @param divisor  positive */
export function divideHalfEven(dividend: bigint, divisor: bigint): Money {
  const negative = dividend < 0n
  const size = negative ? -dividend : dividend
  const quotient = size / divisor
  const twice = (size % divisor) * 2n
  const up = twice > divisor || (twice === divisor && (quotient & 1n) === 1n)
  const rounded = quotient + (up ? 1n : 0n)
  return (negative ? -rounded : rounded) as Money
}

/** A rate as picodollars a unit: `factor` over `divisor`. */
interface Parsed {
  readonly factor: bigint
  readonly divisor: bigint
}

/** Prices are few and used on every call; the bound only guards against a caller that invents them. */
const parsedRates = new Map<string, Parsed>()

function parsed(rate: Decimal): Parsed {
  const known = parsedRates.get(rate)
  if (known) return known
  const [whole = '0', fraction = ''] = rate.split('.')
  const digits = BigInt(whole + fraction)
  const scale = fraction.length
  const made =
    scale <= 6
      ? { factor: digits * 10n ** BigInt(6 - scale), divisor: 1n }
      : { factor: digits, divisor: 10n ** BigInt(scale - 6) }
  if (parsedRates.size > 100_000) parsedRates.clear()
  parsedRates.set(rate, made)
  return made
}
