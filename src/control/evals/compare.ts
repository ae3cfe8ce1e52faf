import { DifferenceAbove } from '../../stats/betting.ts'
import { holm } from '../../stats/fixed-sequence.ts'
import { wilson } from '../../stats/intervals.ts'
import { casesNeeded, clustersLeast, nonInferiority } from '../../stats/non-inferiority.ts'
import type { Difference } from '../../stats/paired.ts'
import { differenceEstimate, type Estimate } from './intervals.ts'
import type { EvalCase } from './suite.ts'
import type { CaseValues, Summarised } from './summary.ts'

export type Verdict = 'better' | 'no worse' | 'worse' | 'open' | 'no verdict'

/** A model beside the first, on the cases that both have a value for. */
export interface Comparison {
  readonly model: string
  readonly reference: string
  /** Model minus reference. */
  readonly difference: Estimate
  readonly wins: number
  readonly losses: number
  readonly ties: number
  /** For 'worse by the margin or more'; null when there is nothing to tell it by. */
  readonly pValue: number | null
  readonly test: 'large sample' | 'betting' | 'none'
  readonly verdict: Verdict
  /** The chance that as many cases show it, were both equally good. */
  readonly power: number | null
  /** Further cases for a power of 80 %, were both equally good; null when it cannot be told. */
  readonly moreCases: number | null
  /** Why there is no verdict, where the cases alone do not say it. */
  readonly why?: string
}

export interface ComparisonRules {
  readonly margin: number
  readonly alpha: number
  readonly seed: number
}

/** Each model beside the first. With several the chances of a wrong verdict are kept to `alpha` for all together. */
export function compareToFirst(
  [first, ...others]: readonly Summarised[],
  cases: readonly EvalCase[],
  { margin, alpha, seed }: ComparisonRules,
): readonly Comparison[] {
  if (first === undefined) return []
  const tried = others.map((other) => {
    const pairs = pairsOf(first.values, other.values, cases)
    // One interval for each, all of which hold together.
    const difference = differenceEstimate(pairs, seed, 1 - alpha / others.length)
    const tested = testOf(pairs, margin, alpha)
    return { other, pairs, difference, tested }
  })
  const passed = holm(
    tried.map(({ tested }) => tested.pValue ?? 1),
    alpha,
  )
  return tried.map(({ other, pairs, difference, tested }, index) => ({
    model: other.summary.model,
    reference: first.summary.model,
    difference,
    wins: pairs.filter(({ value }) => value > 0).length,
    losses: pairs.filter(({ value }) => value < 0).length,
    ties: pairs.filter(({ value }) => value === 0).length,
    ...tested,
    verdict: verdictOf(first, other, difference, passed[index]!, margin),
  }))
}

function pairsOf(
  reference: CaseValues,
  candidate: CaseValues,
  cases: readonly EvalCase[],
): readonly Difference[] {
  return cases.flatMap(({ id, cluster }) => {
    const one = reference.get(id)
    const other = candidate.get(id)
    return one === undefined || other === undefined ? [] : [{ value: other - one, cluster }]
  })
}

function testOf(
  pairs: readonly Difference[],
  margin: number,
  alpha: number,
): Pick<Comparison, 'pValue' | 'test' | 'power' | 'moreCases'> {
  const large = nonInferiority(pairs, margin, alpha)
  if (large !== null) {
    const { pValue, powerIfEqual, moreCases } = large
    return { pValue, test: 'large sample', power: powerIfEqual, moreCases }
  }
  const moreCases = moreCasesFor(pairs, margin, alpha)
  if (pairs.length === 0) return { pValue: null, test: 'none', power: null, moreCases }
  // Few clusters, or pairs that are all alike: betting holds for any number.
  const bets = new DifferenceAbove(margin)
  for (const value of clusterMeans(pairs)) bets.observe(value)
  return { pValue: bets.pValue, test: 'betting', power: null, moreCases }
}

/** One value a cluster: what goes together is looked at once. */
function clusterMeans(pairs: readonly Difference[]): readonly number[] {
  return [...Map.groupBy(pairs, ({ cluster }) => cluster).values()].map(
    (group) => group.reduce((sum, { value }) => sum + value, 0) / group.length,
  )
}

/** What 80 % of power takes, were both equally good and did pairs differ as much as seen, or as may be. */
function moreCasesFor(pairs: readonly Difference[], margin: number, alpha: number): number | null {
  const { standardError, cases, clusters } = differenceEstimate(pairs, 1)
  if (clusters < 2) return null
  const spread =
    standardError === null || standardError === 0
      ? Math.sqrt(wilson(0, clusters).high)
      : standardError * Math.sqrt(cases)
  const needed = casesNeeded({ spread, margin, difference: 0, alpha, power: 0.8 })
  const forClusters = Math.ceil((clustersLeast * cases) / clusters)
  return Math.max(0, Math.max(needed, forClusters) - cases)
}

function verdictOf(
  first: Summarised,
  other: Summarised,
  { interval }: Estimate,
  nonInferior: boolean,
  margin: number,
): Verdict {
  if (!first.summary.conclusive || !other.summary.conclusive || interval === null)
    return 'no verdict'
  if (interval.low > 0) return 'better'
  if (nonInferior) return 'no worse'
  return interval.high < -margin ? 'worse' : 'open'
}
