import { seeded } from '../../core/random.ts'
import { bettingPValue } from '../../stats/betting.ts'
import { fixedSequence } from '../../stats/fixed-sequence.ts'
import type { Interval } from '../../stats/intervals.ts'
import { casesToPass, retentionPValue, roundTogether } from '../../stats/retention.ts'
import { normalCdf, normalQuantile } from '../../stats/special.ts'
import type { Candidate } from './candidates.ts'
import { forecastOf, ruleOf, walkOf } from './forecast.ts'
import { type Report, reportOf } from './report.ts'
import { follow, type Method, type Rule, type Worth } from './rule.ts'
import { type Scorer, worthOf } from './scorer.ts'
import { type Models, type Study, studyOf } from './study.ts'
import { savingInterval, type Totals, totalsOf } from './totals.ts'
import { type Outcome, placeOf, type Row } from './table.ts'

export interface Wish extends Models {
  /** The share of the strong model's mean score to keep, within (0, 1). */
  readonly quality: number
  /** Within (0.5, 1). */
  readonly confidence: number
}

/** What was shown on rows that had no part in choosing the rule. */
export interface Certificate {
  /** Probability at most of a rule this far below the target passing; see `levelFor`. */
  readonly level: number
  readonly pValue: number
  readonly test: 'retention' | 'betting'
  /** Rules that were tested before, in the order that was fixed on other rows. */
  readonly tested: number
  readonly totals: Totals
  /** Of the saving, when these rows are drawn again. */
  readonly saving: Interval
}

export interface Calibration {
  readonly rule: Rule
  /** What was tested: a candidate's name. */
  readonly candidate: string
  readonly certificate: Certificate | null
  /** Why this, in a sentence. */
  readonly reason: string
  readonly rows: { readonly fit: number; readonly certify: number; readonly skipped: number }
  /** Right answers of the strong model that any certificate takes at least. */
  readonly rowsLeast: number
  /** What each method promised on the fit rows, the best of its kind. */
  readonly forecasts: readonly Forecast[]
  /** Of the candidate that was tested, on the rows of the proof; null when none was. */
  readonly report: Report | null
  /** Whether all rows taught, each judged by a part that had not seen it, because there were few. */
  readonly shared: boolean
}

export interface Forecast {
  readonly method: Method
  readonly candidate: string
  /** The saving that a certificate is likely to reach; 0 when none is. */
  readonly saving: number
}

/** What every promise costs: an audit of one call in a hundred by the strong model, and a judge of about its price. */
const savingLeast = 0.02

/** Fresh rows on which a promise is held to be read, as a share of the table's. */
const freshShare = 2 / 3

/**
 * The level at which rules are tested so that, with the confidence asked for, also the quality that is *read* on
 * fresh rows, two thirds as many as the table has, is on target, not only the true mean. The reading has an error of
 * its own, so the margin has to be wider by the root of 1 + proof/fresh: a confidence of 0.95 is tested at 0.009 to
 * 0.012.
 * @param proofShare  rows of the proof as a share of all
 * @see Meeker, Hahn and Escobar, Statistical Intervals (2017), 4.8: prediction of a mean of m
 */
export function levelFor(confidence: number, proofShare: number): number {
  return 1 - normalCdf(Math.sqrt(1 + proofShare / freshShare) * normalQuantile(confidence))
}

/**
 * Chooses a rule on one part of the rows and proves it on the other by Learn-then-Test: the rules of one
 * candidate are tested from dear to cheap, each at the full level, until one fails. What is proven: the
 * chance that a rule whose true quality is below the target comes out is at most the level. It needs rows that are drawn like
 * the calls to come; nothing here can see that they are not. Rows that are `shared` hold the level in large samples alone.
 * Prompts that stand in several rows count as independent.
 *
 * Says what it does as it goes, so that the caller can show it, breathe, and stop.
 * @see Angelopoulos, Bates, Candès, Jordan and Lei, 'Learn then Test' (2021)
 */
export function* calibrate(rows: readonly Row[], wish: Wish): Generator<string, Calibration> {
  const study = yield* studyOf(rows, wish)
  yield 'proving what was chosen'
  return prove(study, wish.quality, wish.confidence)
}

/** Chooses a candidate of a study by its fit rows, and proves it on the others. */
export function prove(study: Study, quality: number, confidence: number): Calibration {
  const { fit, proof, strong, seed, shared } = study
  const level = levelFor(confidence, proof.length / Math.max(1, fit.length + proof.length))
  const rowsLeast = casesToPass(quality, level)
  const counts = { fit: fit.length, certify: proof.length, skipped: study.skipped }
  const common = { rows: counts, rowsLeast, shared }
  const best = new Map<Method, { candidate: Candidate; forecast: Forecast }>()
  for (const candidate of study.candidates) {
    const saving = forecastOf(candidate, quality, level, proof.length)
    const { method, name } = candidate
    const before = best.get(method)
    if (before && before.forecast.saving >= saving) continue
    best.set(method, { candidate, forecast: { method, candidate: name, saving } })
  }
  const forecasts = [...best.values()].map(({ forecast }) => forecast)
  const chosen = [...best.values()].reduce<{ candidate: Candidate; forecast: Forecast } | null>(
    (most, each) => (most === null || each.forecast.saving > most.forecast.saving ? each : most),
    null,
  )
  let report: Report | null = null
  const alone: Rule = { method: 'static', model: strong }
  const none = (reason: string): Calibration => ({
    ...common,
    rule: alone,
    candidate: `always ${strong}`,
    certificate: null,
    reason,
    forecasts,
    report,
  })
  const right = proof.reduce((sum, { results }) => sum + results.get(strong)!.score, 0)
  // Right answers are what proof is made of: a policy that loses none needs this many.
  const needed =
    Math.ceil(((rowsLeast / Math.max(1, right)) * (fit.length + proof.length)) / 10) * 10
  const few =
    right < rowsLeast
      ? ` There are ${fit.length + proof.length} rows, and quality ${quality} at confidence ${confidence} takes about ${needed} of this kind.`
      : ''
  if (chosen === null || chosen.forecast.saving <= 0)
    return none(
      `On the ${fit.length} rows to choose from nothing cheaper kept ${quality} of the quality of ${strong} by enough to be proven on the ${proof.length} others.${few}`,
    )

  const worth = remembering()
  report = reportOn(chosen.candidate, proof, strong, worth, seed)
  const walk = walkOf(chosen.candidate, quality)
  const graded = shareGraded(fit, [strong, ...study.cheap]) > 0.1
  const pValues: number[] = []
  const passed = fixedSequence(
    walk.length,
    (index) => {
      const p = pValueOf(
        ruleOf(walk[index]!, chosen.candidate),
        proof,
        { quality, strong, seed },
        graded,
        worth,
      )
      pValues.push(p)
      return p
    },
    level,
  )
  if (passed === 0)
    return none(
      `${chosen.candidate.name} looked best, and the rows that were kept for proof did not bear it out: a p-value of ${pValues[0]!.toPrecision(2)}, where ${level.toPrecision(2)} is needed.${few}`,
    )
  const rule = ruleOf(walk[passed - 1]!, chosen.candidate)
  const trips = tripsOf(rule, proof, strong, worth)
  const saving = savingInterval(trips, 0.95, seeded(seed ^ 0x5a71))
  const certificate: Certificate = {
    level,
    pValue: pValues[passed - 1]!,
    test: graded ? 'betting' : 'retention',
    tested: pValues.length,
    totals: totalsOf(trips),
    saving,
  }
  if (saving.low <= savingLeast)
    return none(
      `${chosen.candidate.name} keeps the quality and saves too little for certain to pay for the checks that go on: between ${percent(saving.low)} and ${percent(saving.high)}, checks included.`,
    )
  const reason =
    rule.method === 'static'
      ? `${rule.model} alone is good enough, so that there is nothing to route.`
      : `${chosen.candidate.name} saves most of what can be proven.`
  return {
    ...common,
    rule,
    candidate: chosen.candidate.name,
    certificate,
    reason,
    forecasts,
    report,
  }
}

/** What each row of the proof comes to, paired with the strong model; rows without an outcome are left out. */
export function tripsOf(
  rule: Rule,
  rows: readonly Row[],
  strong: string,
  worth: Worth = worthOf,
): TripPair[] {
  return rows.flatMap((row) => {
    const reference = row.results.get(strong)
    const trip = follow(rule, row, strong, worth)
    return reference && trip ? [{ prompt: row.prompt, trip, reference }] : []
  })
}

export type TripPair = Parameters<typeof totalsOf>[0][number] & { readonly prompt: string }

/** All rules of a candidate share their scorers, so that each row is scored once. */
function remembering(): Worth {
  const known = new Map<Scorer, Map<Outcome | string, number>>()
  return (scorer, prompt, cheap, second, vector) => {
    const values = known.get(scorer) ?? new Map<Outcome | string, number>()
    known.set(scorer, values)
    // The same prompt can stand in two rows with different answers.
    const key = cheap ?? prompt
    const before = values.get(key)
    if (before !== undefined) return before
    const value = worthOf(scorer, prompt, cheap, second, vector)
    values.set(key, value)
    return value
  }
}

function reportOn(
  candidate: Candidate,
  proof: readonly Row[],
  strong: string,
  worth: Worth,
  seed: number,
): Report {
  const curve = candidate.points.map((point) =>
    tripsOf(ruleOf(point, candidate), proof, strong, worth),
  )
  const ends = proof.flatMap(({ results }) => {
    const cheap = results.get(candidate.cheap)
    return cheap ? [{ cheap, strong: results.get(strong)! }] : []
  })
  return reportOf(curve, ends, seeded(seed ^ 0x4e904))
}

function pValueOf(
  rule: Rule,
  proof: readonly Row[],
  { quality, strong, seed }: Pick<Wish, 'quality' | 'strong' | 'seed'>,
  graded: boolean,
  worth: Worth,
): number {
  const trips = tripsOf(rule, proof, strong, worth)
  if (graded) {
    const values = trips.map(
      ({ trip, reference }) => (trip.score - quality * reference.score + quality) / (1 + quality),
    )
    return bettingPValue(values, quality / (1 + quality))
  }
  const counts = { wins: 0, losses: 0, both: 0, cases: trips.length }
  for (const { prompt, trip, reference } of trips) {
    const draw = placeOf(prompt, seed ^ 0x0ddba11)
    const [won, right] = roundTogether(trip.score, reference.score, draw)
    if (won && right) counts.both += 1
    else if (won) counts.wins += 1
    else if (right) counts.losses += 1
  }
  return retentionPValue(counts, quality)
}

function shareGraded(rows: readonly Row[], models: readonly string[]): number {
  const graded = rows.filter(({ results }) =>
    models.some((name) => {
      const score = results.get(name)?.score
      return score !== undefined && score !== 0 && score !== 1
    }),
  )
  return graded.length / Math.max(1, rows.length)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
