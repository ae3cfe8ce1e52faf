import { Fraction } from '../../core/fraction.ts'

/** What a month of tokens costs at one price. @param perMillion  USD */
export function monthlyCost(
  tokensPerDay: Fraction,
  days: Fraction,
  perMillion: Fraction,
): Fraction {
  return tokensPerDay.times(days).times(perMillion).over(million)
}

/** Tokens a day at which the API costs as much as a month of something else. */
export function tokensPerDayFor(monthly: Fraction, perMillion: Fraction, days: Fraction): Fraction {
  return monthly.times(million).over(perMillion).over(days)
}

/** Growth a year that leads from one figure to another. */
export function annualGrowth(from: number, to: number, years: number): number {
  return (to / from) ** (1 / years) - 1
}

/** What is left of a whole for one part, when the others take between so much and so much. */
export function remainder(others: readonly Range[], whole: number): Range {
  const { low, high } = sumOf(others)
  return { low: whole - high, high: whole - low }
}

export interface Range {
  readonly low: number
  readonly high: number
}

/** Ranges added, end by end. */
export function sumOf(ranges: readonly Range[]): Range {
  return {
    low: ranges.reduce((sum, { low }) => sum + low, 0),
    high: ranges.reduce((sum, { high }) => sum + high, 0),
  }
}

const million = Fraction.of(1_000_000)
