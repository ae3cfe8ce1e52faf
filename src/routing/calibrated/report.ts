import type { Random } from '../../core/random.ts'
import type { Interval } from '../../stats/intervals.ts'
import { type Pair, savingInterval, type Totals, totalsOf } from './totals.ts'
import type { Outcome } from './table.ts'

/** How a candidate's whole curve stands between chance and knowledge, on rows that did not fit it. */
export interface Report {
  readonly curve: readonly Totals[]
  readonly targets: readonly Target[]
  /** Null where the models' means differ by less than 0.005, so that no gap is there to recover. */
  readonly apgr: number | null
  /** The least share of calls to the strong model that recovers 50, 80 and 95 % of the gap. */
  readonly cpt: Readonly<Record<'50' | '80' | '95', number | null>>
  /** Mean quality over the costs between the two models, by the upper hull of the curve. */
  readonly aiq: number | null
  /** The two models alone, on the same rows; null where the strong one has no score or no cost. */
  readonly models: { readonly cheap: Standing; readonly strong: Standing } | null
  /** What knowing every score beforehand would reach, from the cheap model to the best of both. */
  readonly oracle: readonly Standing[]
}

/** Cost and quality, each as a share of the strong model's. */
export interface Standing {
  readonly cost: number
  readonly quality: number
}

/** What is saved where a quality is kept. `curve` is read off these very rows, and so is too good; it is no promise. */
export interface Target {
  readonly quality: number
  readonly random: number
  readonly oracle: number | null
  readonly curve: number | null
  readonly interval: Interval | null
}

const targets = [0.95, 0.98, 1]

/**
 * @param curve  the trips under each rule, from dear to cheap; never empty
 * @param ends  what both models made of the same rows
 */
export function reportOf(
  curve: readonly (readonly Pair[])[],
  ends: readonly { readonly cheap: Outcome; readonly strong: Outcome }[],
  random: Random,
): Report {
  const points = curve.map((pairs) => totalsOf(pairs))
  return {
    curve: points,
    targets: targets.map((quality) => {
      const kept = points.flatMap((point, place) =>
        (point.qualityRatio ?? 0) >= quality ? [place] : [],
      )
      const best = kept.toSorted((a, b) => (points[b]!.saving ?? 0) - (points[a]!.saving ?? 0))[0]
      return {
        quality,
        random: randomSaving(ends, quality),
        oracle: oracleSaving(ends, quality),
        curve: best === undefined ? null : points[best]!.saving,
        interval: best === undefined ? null : savingInterval(curve[best]!, 0.95, random),
      }
    }),
    ...recovered(points, ends),
    aiq: hullArea(points, ends),
    models: modelsOf(ends),
    oracle: oracleCurve(ends),
  }
}

interface Ends {
  readonly cheap: Outcome
  readonly strong: Outcome
}

/** Sums of both models over the rows. */
function sumsOf(ends: readonly Ends[]): {
  cheap: number
  strong: number
  cheapUsd: number
  strongUsd: number
} {
  const sums = { cheap: 0, strong: 0, cheapUsd: 0, strongUsd: 0 }
  for (const { cheap, strong } of ends) {
    sums.cheap += cheap.score
    sums.strong += strong.score
    sums.cheapUsd += cheap.costUsd
    sums.strongUsd += strong.costUsd
  }
  return sums
}

/** What sending calls by chance would save at this quality. */
export function randomSaving(ends: readonly Ends[], quality: number): number {
  const { cheap, strong, cheapUsd, strongUsd } = sumsOf(ends)
  if (strongUsd === 0) return 0
  const gap = strong - cheap
  const share =
    cheap >= quality * strong ? 0 : Math.min(1, Math.max(0, (quality * strong - cheap) / gap))
  return (1 - share) * (1 - cheapUsd / strongUsd)
}

/** What knowing both scores before any call would save; null when no mix of the two reaches the quality. */
export function oracleSaving(ends: readonly Ends[], quality: number): number | null {
  const { cheap, strong, cheapUsd, strongUsd } = sumsOf(ends)
  if (strongUsd === 0) return null
  let score = cheap
  let cost = cheapUsd
  for (const { cheap: low, strong: high } of byWorth(ends)) {
    if (score >= quality * strong) break
    score += high.score - low.score
    cost += high.costUsd - low.costUsd
  }
  return score >= quality * strong - 1e-9 ? 1 - cost / strongUsd : null
}

/** The rows that escalating helps, those first where a dollar buys most. */
function byWorth(ends: readonly Ends[]): readonly Ends[] {
  const worth = ({ cheap: low, strong: high }: Ends): number =>
    (high.score - low.score) / Math.max(1e-12, high.costUsd - low.costUsd)
  return ends
    .filter(({ cheap: low, strong: high }) => high.score > low.score)
    .toSorted((a, b) => worth(b) - worth(a))
}

function modelsOf(ends: readonly Ends[]): Report['models'] {
  const { cheap, strong, cheapUsd, strongUsd } = sumsOf(ends)
  if (strong === 0 || strongUsd === 0) return null
  return {
    cheap: { cost: cheapUsd / strongUsd, quality: cheap / strong },
    strong: { cost: 1, quality: 1 },
  }
}

/** Points of a curve that is drawn, and no more. */
const oraclePoints = 60

function oracleCurve(ends: readonly Ends[]): readonly Standing[] {
  const { cheap, strong, cheapUsd, strongUsd } = sumsOf(ends)
  if (strong === 0 || strongUsd === 0) return []
  const gains = byWorth(ends)
  const every = Math.max(1, Math.ceil(gains.length / oraclePoints))
  const curve = [{ cost: cheapUsd / strongUsd, quality: cheap / strong }]
  let score = cheap
  let cost = cheapUsd
  for (const [index, { cheap: low, strong: high }] of gains.entries()) {
    score += high.score - low.score
    cost += high.costUsd - low.costUsd
    const isLast = index === gains.length - 1
    if (isLast || index % every === every - 1)
      curve.push({ cost: cost / strongUsd, quality: score / strong })
  }
  return curve
}

const gapLeast = 0.005

/** PGR over the share of strong calls, linear between the points and the two models. */
function recovered(points: readonly Totals[], ends: readonly Ends[]): Pick<Report, 'apgr' | 'cpt'> {
  const { cheap, strong } = sumsOf(ends)
  const none = { apgr: null, cpt: { '50': null, '80': null, '95': null } }
  if (ends.length === 0 || (strong - cheap) / ends.length < gapLeast) return none
  const line = [
    { share: 0, pgr: 0 },
    ...points
      .map(({ escalated, qualityRatio }) => ({
        share: escalated,
        pgr: ((qualityRatio ?? 0) * strong - cheap) / (strong - cheap),
      }))
      .toSorted((a, b) => a.share - b.share),
    { share: 1, pgr: 1 },
  ]
  let apgr = 0
  for (let place = 1; place < line.length; place += 1) {
    const from = line[place - 1]!
    const to = line[place]!
    apgr += ((to.share - from.share) * (from.pgr + to.pgr)) / 2
  }
  const least = (pgr: number): number | null => line.find((each) => each.pgr >= pgr)?.share ?? null
  return { apgr, cpt: { '50': least(0.5), '80': least(0.8), '95': least(0.95) } }
}

function hullArea(points: readonly Totals[], ends: readonly Ends[]): number | null {
  const { cheap, strong, cheapUsd, strongUsd } = sumsOf(ends)
  const rows = ends.length
  if (rows === 0 || strongUsd <= cheapUsd) return null
  const all = [
    { cost: cheapUsd, score: cheap / rows },
    // By its ratios: a rule that asks a third model has no cost on rows that lack it.
    ...points.map(({ saving, qualityRatio }) => ({
      cost: (1 - (saving ?? 0)) * strongUsd,
      score: ((qualityRatio ?? 0) * strong) / rows,
    })),
    { cost: strongUsd, score: strong / rows },
  ]
    .filter(({ cost }) => cost >= cheapUsd && cost <= strongUsd)
    .toSorted((a, b) => a.cost - b.cost || b.score - a.score)
  const hull: { cost: number; score: number }[] = []
  for (const point of all) {
    while (hull.length > 1 && turnsUp(hull.at(-2)!, hull.at(-1)!, point)) hull.pop()
    hull.push(point)
  }
  let area = 0
  let best = 0
  for (const [place, to] of hull.entries()) {
    const from = hull[place - 1]
    const before = best
    best = Math.max(best, to.score)
    if (from) area += ((to.cost - from.cost) * (before + best)) / 2
  }
  return area / (strongUsd - cheapUsd)
}

function turnsUp(
  first: { cost: number; score: number },
  middle: { cost: number; score: number },
  last: { cost: number; score: number },
): boolean {
  return (
    (middle.score - first.score) * (last.cost - first.cost) <=
    (last.score - first.score) * (middle.cost - first.cost)
  )
}
