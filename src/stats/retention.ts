import { binomialMasses } from './binomial.ts'
import { shareAtLeast, shareAtMost } from './intervals.ts'

/** How often a policy and the reference model were right on the same cases. */
export interface Paired {
  /** The policy alone. */
  readonly wins: number
  /** The reference alone. */
  readonly losses: number
  readonly both: number
  /** All cases, those that both got wrong included. */
  readonly cases: number
}

/**
 * How often cases would show this much or more if the policy kept less than `ratio` of the
 * reference's quality: a p-value for E[policy] <= ratio * E[reference] from right and wrong.
 *
 * The statistic is the sum of policy - ratio * reference, whose distribution is a trinomial's. It
 * grows with wins and with both, and falls with losses, so the worst cases of the null stand on its
 * edge (Röhmel and Mansmann, 1999). The edge is searched where the shares of losses and of both can
 * be: within bounds that fail with probability `slack`, which is added (Berger and Boos, 1994). The tails
 * are summed, not approximated, and are cut where 1e-8 is left, which is added too. On the edge the
 * p-value is smooth, so that its maximum is taken over nine points of it.
 *
 * As strong as a z test and valid for few cases, where that fails. Cases have to be independent: two rows
 * with the same prompt count twice. For graded scores see `roundTogether`.
 * @param ratio  the share of the reference's quality to keep, in (0, 1)
 */
export function retentionPValue(
  { wins, losses, both, cases }: Paired,
  ratio: number,
  slack = 0.0015,
): number {
  const seen = wins + (1 - ratio) * both - ratio * losses
  if (cases === 0 || seen <= 0) return 1
  const lossesMost = shareAtMost(losses, cases, slack / 2)
  const bothEnds = [
    shareAtLeast(both, cases, slack / 4),
    both / cases,
    shareAtMost(both, cases, slack / 4),
  ]
  let worst = 0
  for (const shareBoth of bothEnds) {
    // Fewer losses than this and the null would need less than no wins.
    const lossesLeast = ((1 - ratio) * shareBoth) / ratio
    // More than this and the shares would be more than all; there the tail is the longest.
    const most = Math.min(lossesMost, (1 - ratio * shareBoth) / (1 + ratio))
    if (lossesLeast > most) continue
    for (const part of [1, 0.6, 0.2]) {
      const shareLosses = lossesLeast + part * (most - lossesLeast)
      const shareWins = ratio * shareLosses - (1 - ratio) * shareBoth
      const tail = tailOf(cases, shareWins, shareLosses, shareBoth, ratio, seen)
      if (tail > worst) worst = tail
    }
  }
  return Math.min(1, worst + slack + 1e-8)
}

/** The least cases, all answered rightly by both, that could pass the test at this level at all. */
export function casesToPass(ratio: number, level: number): number {
  let low = 1
  let high = 1
  const passes = (cases: number): boolean =>
    retentionPValue({ wins: 0, losses: 0, both: cases, cases }, ratio) <= level
  while (!passes(high)) {
    if (high > 1e8) return Number.POSITIVE_INFINITY
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * Two graded scores of one case as right or wrong, by one draw for both. Their means stay, so what is
 * tested stays; equal scores stay equal, so that pairs keep their strength.
 * @param draw  in [0, 1), independent of the scores
 */
export function roundTogether(left: number, right: number, draw: number): [boolean, boolean] {
  return [draw < left, draw < right]
}

/** P(wins + (1 - ratio) * both - ratio * losses >= seen), by what the cases may hold. */
function tailOf(
  cases: number,
  shareWins: number,
  shareLosses: number,
  shareBoth: number,
  ratio: number,
  seen: number,
): number {
  const apart = shareWins + shareLosses
  const differing = binomialMasses(cases, apart)
  const bothOfRest = apart >= 1 ? 0 : Math.min(1, shareBoth / (1 - apart))
  let sum = 0
  for (let index = 0; index < differing.masses.length; index += 1) {
    const mass = differing.masses[index]!
    if (mass < 1e-12) continue
    const count = differing.from + index
    const rest = binomialMasses(cases - count, bothOfRest)
    const atLeast = upperSums(rest.masses)
    const lost = binomialMasses(count, apart === 0 ? 0 : shareLosses / apart)
    let inner = 0
    for (let place = 0; place < lost.masses.length; place += 1) {
      const losses = lost.from + place
      const won = count - losses
      const needed = Math.ceil((seen - won + ratio * losses) / (1 - ratio) - 1e-9) - rest.from
      if (needed >= atLeast.length) continue
      inner += lost.masses[place]! * atLeast[Math.max(0, needed)]!
    }
    sum += mass * inner
  }
  return sum
}

function upperSums(masses: Float64Array): Float64Array {
  const sums = Float64Array.from(masses)
  for (let index = sums.length - 2; index >= 0; index -= 1) sums[index]! += sums[index + 1]!
  return sums
}
