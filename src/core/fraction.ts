import { divideHalfEven } from './money.ts'

/**
 * An exact rational number, for sums of money in which percentages, ratios and rates meet: every step
 * is exact, and rounding happens once, where a figure is shown. The denominator is positive and the
 * fraction in lowest terms.
 */
export class Fraction {
  readonly numerator: bigint
  readonly denominator: bigint

  static readonly zero = new Fraction(0n, 1n)
  static readonly one = new Fraction(1n, 1n)

  /** @throws RangeError for a denominator of zero */
  constructor(numerator: bigint, denominator: bigint) {
    if (denominator === 0n) throw new RangeError('A fraction cannot have a denominator of zero.')
    const divisor = greatestCommon(numerator, denominator) * (denominator < 0n ? -1n : 1n)
    this.numerator = numerator / divisor
    this.denominator = denominator / divisor
  }

  /** Reads '-12.5', '3', or a number that is whole. @throws RangeError for anything else */
  static of(value: string | number | bigint): Fraction {
    if (typeof value === 'bigint') return new Fraction(value, 1n)
    const text = String(value)
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
    if (match === null) throw new RangeError(`Not a plain decimal number: ${text}`)
    const [, sign = '', whole = '0', fraction = ''] = match
    const size = BigInt(whole + fraction)
    return new Fraction(sign === '-' ? -size : size, 10n ** BigInt(fraction.length))
  }

  static sum(parts: readonly Fraction[]): Fraction {
    return parts.reduce((total, part) => total.plus(part), Fraction.zero)
  }

  plus(other: Fraction): Fraction {
    return new Fraction(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.negated())
  }

  times(other: Fraction): Fraction {
    return new Fraction(this.numerator * other.numerator, this.denominator * other.denominator)
  }

  /** @throws RangeError when `other` is zero */
  over(other: Fraction): Fraction {
    return new Fraction(this.numerator * other.denominator, this.denominator * other.numerator)
  }

  negated(): Fraction {
    return new Fraction(-this.numerator, this.denominator)
  }

  /** Negative, zero or positive, as this is less than, equal to or more than the other. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  get isZero(): boolean {
    return this.numerator === 0n
  }

  get isNegative(): boolean {
    return this.numerator < 0n
  }

  /** The greatest whole number that is not above it. */
  floor(): bigint {
    const quotient = this.numerator / this.denominator
    return this.numerator < 0n && quotient * this.denominator !== this.numerator
      ? quotient - 1n
      : quotient
  }

  /** The least whole number that is not below it. */
  ceil(): bigint {
    return -this.negated().floor()
  }

  /** The nearest whole number; a half goes to the even one. */
  round(): bigint {
    return divideHalfEven(this.numerator, this.denominator)
  }

  /** '12.5': rounded half to even to so many places, without zeros at the end. */
  text(places: number): string {
    const scale = 10n ** BigInt(places)
    const scaled = divideHalfEven(this.numerator * scale, this.denominator) as bigint
    const negative = scaled < 0n
    const digits = (negative ? -scaled : scaled).toString().padStart(places + 1, '0')
    const whole = places === 0 ? digits : digits.slice(0, -places)
    const rest = places === 0 ? '' : digits.slice(-places).replace(/0+$/, '')
    return `${negative ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
  }

  /** The nearest binary number, for charts and intervals. */
  toNumber(): number {
    return Number(this.text(18))
  }
}

function greatestCommon(left: bigint, right: bigint): bigint {
  let a = left < 0n ? -left : left
  let b = right < 0n ? -right : right
  while (b !== 0n) [a, b] = [b, a % b]
  return a === 0n ? 1n : a
}
