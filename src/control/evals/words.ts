import { casesNeeded } from '../../stats/non-inferiority.ts'
import type { Comparison } from './compare.ts'
import type { Estimate } from './intervals.ts'
import type { ModelSummary } from './summary.ts'

/** The sentences of the report, which terminal and page have in common. */

/** '-3.2 points (-8.1 to +1.7)' */
export function differenceText({ mean, interval }: Estimate): string {
  if (mean === null) return 'no pairs'
  const around = interval === null ? '' : ` (${signed(interval.low)} to ${signed(interval.high)})`
  return `${signed(mean)} points${around}`
}

export function verdictText(
  { model, reference, verdict, difference, moreCases, pValue, test, why }: Comparison,
  margin: number,
): string {
  const points = pointsText(margin)
  const more =
    moreCases === null || moreCases === 0
      ? ''
      : ` Were both equally good, about ${moreCases.toLocaleString('en-US')} more cases would show it four times of five.`
  const by =
    pValue === null
      ? ''
      : ` (p ${pValue.toPrecision(2)}, ${test === 'betting' ? 'by betting, for few or equal pairs' : 'one-sided, large sample'})`
  switch (verdict) {
    case 'better':
      return `${model} is better than ${reference}.`
    case 'no worse':
      return `${model} is no worse than ${reference} by a margin of ${points}${by}.`
    case 'worse':
      return `${model} is worse than ${reference} by more than the margin of ${points}.`
    case 'open':
      return (difference.interval?.high ?? 0) < 0
        ? `${model} is worse than ${reference}; whether by more than ${points} is open.${more}`
        : `Whether ${model} is worse than ${reference} by ${points} or more is open.${more}`
    case 'no verdict':
      if (why !== undefined) return `There is no verdict on ${model}: ${why}.`
      return difference.clusters === 1
        ? `There is no verdict on ${model}: all cases are of one group, which says nothing of others.`
        : `There is no verdict on ${model}: too few cases have one.`
  }
}

/** Null when every case has a verdict. */
export function missingText({ model, missing, cases, conclusive }: ModelSummary): string | null {
  const entries = Object.entries(missing).toSorted(([, one], [, other]) => other - one)
  if (entries.length === 0) return null
  const total = entries.reduce((sum, [, count]) => sum + count, 0)
  const reasons = entries.slice(0, reasonsMax).map(([why, count]) => `  ${count}: ${why}`)
  const rest =
    entries.length > reasonsMax ? [`  and ${entries.length - reasonsMax} other reasons`] : []
  const end = conclusive ? '' : ' That is more than half, so nothing is concluded about it.'
  return [
    `${model}: ${total} of ${cases} ${cases === 1 ? 'case has' : 'cases have'} no verdict.${end}`,
    ...reasons,
    ...rest,
  ].join('\n')
}

const reasonsMax = 5

/** The share of pairs that differ, where nothing is known of it yet. */
const disagreeing = 0.15

/** What so many cases can show, before anything is asked. */
export function powerText(cases: number, margin: number): string {
  const needed = casesNeeded({
    spread: Math.sqrt(disagreeing),
    margin,
    difference: 0,
    alpha: 0.05,
    power: 0.8,
  })
  const count = (value: number): string => value.toLocaleString('en-US')
  const points = pointsText(margin)
  if (cases >= needed)
    return `${count(cases)} cases are enough to show that a model is no worse by ${points}, if three pairs of twenty differ (${count(needed)} needed).`
  const shown = Math.sqrt((6.183 * disagreeing) / Math.max(1, cases))
  return `To show that a model is no worse by ${points} takes about ${count(needed)} cases, if three pairs of twenty differ; ${count(cases)} can show a margin of ${pointsText(shown)}.`
}

function pointsText(share: number): string {
  const points = 100 * share
  return `${Number.isInteger(Number(points.toFixed(6))) ? points.toFixed(0) : points.toFixed(1)} points`
}

function signed(share: number): string {
  const points = 100 * share
  return `${points > 0 ? '+' : ''}${points.toFixed(1)}`
}
