import { daysNeeded, type Steadiness, variationMost } from './advice-steadiness.ts'
import type { AdviceBreakEven, TaskAdvice } from './advice-types.ts'
import type { BreakEvenStudy } from './breakeven-types.ts'

/** Costs of so many attempts have to be known, or the API's price of a call is a guess. */
const coverageLeast = 0.95
/** Longer calls than the measured ones may be so many: what they take nobody knows. */
const beyondMost = 0.05

export interface Studied {
  /** Open weights that were reckoned with. */
  readonly weights: string
  readonly study: BreakEvenStudy
}

/**
 * What is said of one task. It holds when its traffic was there for three months and steady, and when even the emptiest
 * of these months was above the volume from which own machines are cheaper for good.
 * @param studied  null: nothing could be reckoned, and `why` says why
 */
export function adviceOf(
  task: string,
  steady: Steadiness,
  studied: Studied | null,
  why: string | null,
): TaskAdvice {
  const breakEven = studied === null ? null : breakEvenOf(studied)
  const missing = [
    ...steady.missing,
    ...(breakEven === null ? [why ?? 'nothing could be reckoned'] : lacksOf(breakEven, steady)),
  ]
  const holds = missing.length === 0
  const command =
    studied === null || breakEven === null
      ? null
      : `freehold breakeven --task ${word(task)} --model ${studied.weights} --since ${daysNeeded}d`
  return {
    task,
    holds,
    missing,
    days_seen: steady.daysSeen,
    days_needed: daysNeeded,
    variation: steady.variation === null ? null : Number(steady.variation.toFixed(3)),
    variation_most: variationMost,
    months: steady.months,
    least_month: steady.leastMonth,
    break_even: breakEven,
    text: textOf(task, steady, breakEven, missing),
    command,
  }
}

function breakEvenOf({ weights, study }: Studied): AdviceBreakEven | null {
  const { result, machine, api, traffic } = study
  if (result === null || machine.point === null || machine.rent_per_gpu_hour === null) return null
  return {
    weights,
    machine: `${machine.point.gpus} x ${machine.point.gpu}`,
    rent_per_gpu_hour: machine.rent_per_gpu_hour,
    first: result.first,
    sustained_from: result.sustained_from,
    why: result.why,
    by_rent: study.by_rent,
    api_per_month: api.per_month,
    own_per_month: result.own_per_month,
    cost_coverage: traffic.cost_coverage,
    beyond: machine.beyond,
  }
}

function lacksOf(
  { sustained_from: forGood, cost_coverage: coverage, why, weights, beyond }: AdviceBreakEven,
  { leastMonth }: Steadiness,
): readonly string[] {
  return [
    forGood === null
      ? `own machines with ${weights} never pay for good${why === null ? '' : `, because ${why}`}`
      : leastMonth < Number(forGood)
        ? `own machines with ${weights} pay for good from ${grouped(Number(forGood))} calls a month, and the emptiest month had ${grouped(leastMonth)}`
        : null,
    coverage === null || coverage < coverageLeast
      ? `the cost of ${coverage === null ? 'no' : `${(100 * coverage).toFixed(1)} % of the`} attempts is known, and ${100 * coverageLeast} % are needed`
      : null,
    beyond !== null && beyond > beyondMost
      ? `${(100 * beyond).toFixed(1)} % of the calls are longer than those that were measured with ${weights}, and ${100 * beyondMost} % may be`
      : null,
  ].filter((each) => each !== null)
}

function textOf(
  task: string,
  { daysSeen, variation, leastMonth }: Steadiness,
  breakEven: AdviceBreakEven | null,
  missing: readonly string[],
): string {
  if (missing.length > 0 || breakEven === null) return `${task}: ${missing.join('; ')}.`
  const { weights, machine, by_rent: byRent, cost_coverage: coverage } = breakEven
  const offers =
    byRent === null
      ? 'at the rent that was given'
      : `${volume(byRent.lowest.sustained_from)} to ${volume(byRent.highest.sustained_from)} between the lowest and the highest offer of the card`
  return [
    `${task} has had ${daysSeen} days of production traffic, whose weeks vary by ${variation?.toFixed(2) ?? '?'} of their mean; the emptiest month had ${grouped(leastMonth)} calls.`,
    `Own machines (${weights} on ${machine}) are cheaper for good from ${volume(breakEven.sustained_from)} calls a month (${offers}): $${dollars(breakEven.own_per_month)} a month in place of $${dollars(breakEven.api_per_month)}, by the cost of ${((coverage ?? 0) * 100).toFixed(1)} % of the attempts.`,
  ].join(' ')
}

function volume(calls: string | null): string {
  return calls === null ? 'never' : grouped(Number(calls))
}

/** '1,234.50' */
function dollars(usd: string): string {
  return Number(usd).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** A task's name as a word of a shell. */
function word(task: string): string {
  return /^[\w./:@%+-]+$/.test(task) ? task : `'${task.replaceAll("'", String.raw`'\''`)}'`
}
