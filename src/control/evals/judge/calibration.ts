import { type Instant, isoText } from '../../../core/clock.ts'
import { type Agreement, kappa, slope } from '../../../stats/agreement.ts'
import { type Interval, wilson } from '../../../stats/intervals.ts'
import { informativeLeast, type JudgeCounts, youden } from '../../../stats/rogan-gladen.ts'

/** How a judge did on answers that people had labelled, and until when that counts. */
export interface Calibration {
  /** Of the judges, what they are told, the labels and from where on an answer passes. */
  readonly identity: string
  readonly judges: readonly string[]
  readonly at: Instant
  readonly validUntil: Instant
  readonly counts: JudgeCounts
  /** Labels on which the judge gave no verdict; they count for nothing. */
  readonly silent: number
  readonly tpr: Agreement | null
  readonly tnr: Agreement | null
  readonly kappa: Agreement | null
  /** How much more often than not the first place is preferred, beyond one half; null for judges that see no pairs. */
  readonly positionBias: Agreement | null
  /** By how much the judge's verdict is above people's for each doubling of an answer's length. */
  readonly lengthSlope: Agreement | null
}

/** One label, and what the judge said of the same answer. */
export interface Reading {
  readonly right: boolean
  readonly said: boolean
  /** Characters of the answer. */
  readonly length: number
  readonly positions: { readonly first: number; readonly second: number } | null
}

/** Labels below which a judge counts as not calibrated, and those from which it is well known. */
export const labelsLeast = 50
const labelsPlenty = 200

export interface CalibrationFacts {
  readonly identity: string
  readonly judges: readonly string[]
  readonly at: Instant
  readonly validDays: number
  readonly silent: number
}

const dayUs = 86_400_000_000

export function calibrationOf(
  readings: readonly Reading[],
  { identity, judges, at, validDays, silent }: CalibrationFacts,
): Calibration {
  const count = (right: boolean, said: boolean): number =>
    readings.filter((reading) => reading.right === right && reading.said === said).length
  const truePositives = count(true, true)
  const trueNegatives = count(false, false)
  const [missed, passed] = [count(true, false), count(false, true)]
  const counts = {
    truePositives,
    positives: truePositives + missed,
    trueNegatives,
    negatives: trueNegatives + passed,
  }
  return {
    identity,
    judges,
    at,
    validUntil: (at + validDays * dayUs) as Instant,
    counts,
    silent,
    tpr: shareOf(truePositives, counts.positives),
    tnr: shareOf(trueNegatives, counts.negatives),
    kappa: kappa({
      bothRight: truePositives,
      onlyFirst: missed,
      onlySecond: passed,
      bothWrong: trueNegatives,
    }),
    positionBias: positionBiasOf(readings),
    lengthSlope: slope(
      readings.map(({ right, said, length }) => ({
        x: Math.log2(Math.max(1, length)),
        y: Number(said) - Number(right),
      })),
    ),
  }
}

function shareOf(successes: number, n: number): Agreement | null {
  return n === 0 ? null : { estimate: successes / n, interval: wilson(successes, n) }
}

/** Over both places of each pair, so that the better answers are first as often as second. */
function positionBiasOf(readings: readonly Reading[]): Agreement | null {
  const seen = readings.flatMap(({ positions }) => positions ?? [])
  if (seen.length === 0) return null
  const firsts = seen.reduce((sum, { first, second }) => sum + first + (1 - second), 0)
  const shown = 2 * seen.length
  const { low, high }: Interval = wilson(firsts, shown)
  return { estimate: firsts / shown - 0.5, interval: { low: low - 0.5, high: high - 0.5 } }
}

/** What forbids a verdict by this judge, as a sentence; null where nothing does. */
export function whyNoVerdict(calibration: Calibration | null, now: Instant): string | null {
  if (calibration === null)
    return `the judge is not calibrated: it needs ${labelsLeast} to ${labelsPlenty} answers that people have labelled, under labels`
  const { counts, validUntil, judges } = calibration
  const name = judges.join(' and ')
  const labels = counts.positives + counts.negatives
  if (labels < labelsLeast)
    return `${name} is calibrated by ${labels} labels, and ${labelsLeast - labels} more are missing`
  for (const [count, word] of [
    [counts.positives, 'right'],
    [counts.negatives, 'wrong'],
  ] as const)
    if (count < sideLeast)
      return `only ${count} of the labels of ${name} call an answer ${word}, and ${sideLeast - count} more such are missing`
  const worth = (youden(counts) ?? -1) + 1
  if (worth <= informativeLeast)
    return `TPR and TNR of ${name} are ${worth.toFixed(2)} together, and below ${informativeLeast} its errors cannot be reckoned out. Take another judge or a clearer rubric; more labels do not help`
  if (now >= validUntil)
    return `the calibration of ${name} ended on ${isoText(validUntil).slice(0, 10)}`
  return null
}

/** Of each kind, so that neither TPR nor TNR rests on a handful. */
const sideLeast = 10
