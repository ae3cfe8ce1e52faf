import { hoursPerMonth } from './hours.ts'

/** Whether a task's traffic has been there long enough, and even enough, to buy machines for. */

export const monthDays = 30
/** Three months. */
export const daysNeeded = 3 * monthDays
const weeksNeeded = 12
/** Standard deviation of the weeks per their mean. A task that grows by a tenth a month has 0.1. */
export const variationMost = 0.3

export interface Steadiness {
  /** Days since the first call that is looked at, `daysNeeded` at most. */
  readonly daysSeen: number
  /** Of the whole weeks since then. Null: there are fewer than two. */
  readonly variation: number | null
  readonly emptyWeeks: number
  /** Calls in each of the three months, the first first, as in a mean month of 730 hours. */
  readonly months: readonly number[]
  /** Calls that every month has: the least of those that were seen whole, else the pace of the days so far. */
  readonly leastMonth: number
  /** What there is not yet, in sentences; empty: it is steady. */
  readonly missing: readonly string[]
}

/** @param daily  calls of each of the last `daysNeeded` whole days, the oldest first */
export function steadinessOf(daily: readonly number[]): Steadiness {
  const first = daily.findIndex((calls) => calls > 0)
  const daysSeen = first < 0 ? 0 : daily.length - first
  const weeks = weeksOf(daily.slice(daily.length - daysSeen))
  const emptyWeeks = weeks.filter((calls) => calls === 0).length
  const variation = variationOf(weeks)
  const months = [0, 1, 2].map((month) =>
    perMonth(daily.slice(month * monthDays, (month + 1) * monthDays), monthDays),
  )
  const seenWhole = Math.floor(daysSeen / monthDays)
  return {
    daysSeen,
    variation,
    emptyWeeks,
    months,
    leastMonth:
      seenWhole > 0
        ? Math.min(...months.slice(months.length - seenWhole))
        : perMonth(daily, daysSeen),
    missing: [
      daysSeen < daysNeeded ? `${daysSeen} of ${daysNeeded} days of production traffic` : null,
      emptyWeeks > 0 ? `${emptyWeeks} weeks without a call` : null,
      variation !== null && variation > variationMost
        ? `weeks vary by ${variation.toFixed(2)} of their mean, and ${variationMost} is the most that counts as steady`
        : null,
    ].filter((each) => each !== null),
  }
}

/** Calls of some days as those of a mean month. */
function perMonth(daily: readonly number[], days: number): number {
  return days === 0 ? 0 : Math.round((sum(daily) * hoursPerMonth) / (days * 24))
}

/** Whole weeks up to the end, the oldest first. */
function weeksOf(daily: readonly number[]): readonly number[] {
  const count = Math.min(weeksNeeded, Math.floor(daily.length / 7))
  const from = daily.length - 7 * count
  return Array.from({ length: count }, (_, week) =>
    sum(daily.slice(from + 7 * week, from + 7 * (week + 1))),
  )
}

function variationOf(weeks: readonly number[]): number | null {
  if (weeks.length < 2) return null
  const mean = sum(weeks) / weeks.length
  if (mean === 0) return null
  const squares = sum(weeks.map((calls) => (calls - mean) ** 2))
  return Math.sqrt(squares / (weeks.length - 1)) / mean
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0)
}
