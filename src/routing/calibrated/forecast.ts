import { normalQuantile } from '../../stats/special.ts'
import type { Candidate, Point } from './candidates.ts'
import type { Rule } from './rule.ts'

/** What fit rows say of a candidate: the order in which its rules are tested, and how far that will get. */

/**
 * The saving that a walk over this candidate's rules is likely to end with, averaged over bars a little
 * below and above the one that counts, so that no lucky rule decides.
 */
export function forecastOf(
  candidate: Candidate,
  quality: number,
  level: number,
  proof: number,
): number {
  const zs = zsOf(candidate, quality).map((z) => z * Math.sqrt(proof))
  const bar = normalQuantile(1 - level)
  const start = startOf(zs)
  const savings = [bar - 1.4, bar - 0.7, bar, bar + 0.7].map((least) => {
    let saving = 0
    for (let place = start; place < zs.length && zs[place]! >= least; place += 1)
      saving = savingOf(candidate.points[place]!, candidate)
    return saving
  })
  return savings.reduce((sum, each) => sum + each, 0) / savings.length
}

/** From the surest rule on towards the cheap end: an order that the rows of the proof have no part in. */
export function walkOf(candidate: Candidate, quality: number): readonly Point[] {
  return candidate.points.slice(startOf(zsOf(candidate, quality)))
}

function startOf(zs: readonly number[]): number {
  return zs.indexOf(Math.max(...zs))
}

/** Mean over standard deviation of policy - quality * strong at each point. */
function zsOf({ points, strong }: Candidate, quality: number): number[] {
  return points.map(({ scores }) => {
    let sum = 0
    let squares = 0
    for (let row = 0; row < scores.length; row += 1) {
      const gain = scores[row]! - quality * strong.scores[row]!
      sum += gain
      squares += gain * gain
    }
    const mean = sum / scores.length
    // One made-up loss: a few rows without any say little about a policy that never loses.
    const spread = Math.sqrt(Math.max(0, squares / scores.length - mean * mean) + 1 / scores.length)
    return mean / spread
  })
}

function savingOf({ costs }: Point, { strong }: Candidate): number {
  const paid = costs.reduce((sum, cost) => sum + cost, 0)
  const whole = strong.costs.reduce((sum, cost) => sum + cost, 0)
  return whole === 0 ? 0 : 1 - paid / whole
}

export function ruleOf({ rule }: Point, { cheap }: Candidate): Rule {
  return rule ?? { method: 'static', model: cheap }
}
