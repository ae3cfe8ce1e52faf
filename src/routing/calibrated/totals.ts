import type { Random } from '../../core/random.ts'
import { type Interval, shareAtMost } from '../../stats/intervals.ts'
import { percentiles } from '../../stats/paired.ts'
import type { Trip } from './rule.ts'
import type { Outcome } from './table.ts'

/** What a rule came to over some rows, beside the strong model alone. */
export interface Totals {
  readonly rows: number
  /** Sum of the rule's scores over the strong model's; null when the latter is 0. */
  readonly qualityRatio: number | null
  /** 1 - the rule's cost over the strong model's, every check counted; null when the latter is 0. Can be below 0. */
  readonly saving: number | null
  /** The share of rows for which the strong model was asked. */
  readonly escalated: number
  readonly costUsd: number
  readonly costStrongUsd: number
}

export interface Pair {
  readonly trip: Trip
  readonly reference: Outcome
}

export function totalsOf(pairs: readonly Pair[]): Totals {
  let score = 0
  let whole = 0
  let costUsd = 0
  let costStrongUsd = 0
  let escalated = 0
  for (const { trip, reference } of pairs) {
    score += trip.score
    whole += reference.score
    costUsd += trip.costUsd
    costStrongUsd += reference.costUsd
    if (trip.escalated) escalated += 1
  }
  return {
    rows: pairs.length,
    qualityRatio: whole === 0 ? null : score / whole,
    saving: costStrongUsd === 0 ? null : 1 - costUsd / costStrongUsd,
    escalated: escalated / Math.max(1, pairs.length),
    costUsd,
    costStrongUsd,
  }
}

const rounds = 1_000

/** Percentile bootstrap over rows, the rule fixed. */
export function savingInterval(
  pairs: readonly Pair[],
  confidence: number,
  random: Random,
): Interval {
  return ratioInterval(
    pairs.map(({ trip }) => trip.costUsd),
    pairs.map(({ reference }) => reference.costUsd),
    confidence,
    random,
    (ratio) => 1 - ratio,
  )
}

/**
 * The same for the quality that is kept. Where the rule scored as the strong model on every row, drawing them again shows
 * nothing else: then it is bounded by how many rows may yet be lost or won (Clopper and Pearson).
 */
export function qualityInterval(
  pairs: readonly Pair[],
  confidence: number,
  random: Random,
): Interval {
  const whole = pairs.reduce((sum, { reference }) => sum + reference.score, 0)
  const isSame = pairs.every(({ trip, reference }) => trip.score === reference.score)
  // Answers of the strong model itself cannot be others.
  if (isSame && whole > 0 && pairs.some(({ trip }) => !trip.escalated)) {
    const others = (shareAtMost(0, pairs.length, (1 - confidence) / 2) * pairs.length) / whole
    return { low: Math.max(0, 1 - others), high: 1 + others }
  }
  return ratioInterval(
    pairs.map(({ trip }) => trip.score),
    pairs.map(({ reference }) => reference.score),
    confidence,
    random,
    (ratio) => ratio,
  )
}

function ratioInterval(
  above: readonly number[],
  below: readonly number[],
  confidence: number,
  random: Random,
  read: (ratio: number) => number,
): Interval {
  const drawn = new Float64Array(rounds)
  for (let round = 0; round < rounds; round += 1) {
    let upper = 0
    let lower = 0
    for (let draw = 0; draw < above.length; draw += 1) {
      const row = Math.floor(random.next() * above.length)
      upper += above[row]!
      lower += below[row]!
    }
    drawn[round] = read(lower === 0 ? 1 : upper / lower)
  }
  return percentiles(drawn, confidence)
}
