import type { MeasuredPoint, Rent } from '../../catalog/machines.ts'
import { Fraction } from '../../core/fraction.ts'
import type { CallPrice } from './breakeven-api.ts'
import { curveOf } from './breakeven-curve.ts'
import { shareBeyond, spreadOfLengths } from './breakeven-lengths.ts'
import type { BreakEvenQuestion } from './breakeven-question.ts'
import { simulated } from './breakeven-queue.ts'
import { type RentChosen, rentOf } from './breakeven-rent.ts'
import type { Workload } from './breakeven-traffic.ts'
import type {
  BreakEvenResult,
  BreakEvenStudy,
  MeasuredPointJson,
  RentCase,
} from './breakeven-types.ts'
import { missingText, reasonOf, verdictOf } from './breakeven-words.ts'
import { exceptionsOf } from './exceptions.ts'
import { hoursPerMonth } from './hours.ts'
import {
  bestHybrid,
  compare,
  type Comparison,
  type NoPoint,
  pointFor,
  rentSpan,
  type Terms,
} from './self-host.ts'

/** Machines as they were measured and let. */
export interface MachineFacts {
  readonly points: readonly MeasuredPoint[]
  readonly rents: readonly Rent[]
}

/** All that a study needs, as plain data. */
export interface StudyOrder {
  readonly question: BreakEvenQuestion
  readonly workload: Workload
  readonly perCall: CallPrice
  /** True where nobody looks at the simulated queue, which takes most of the time. */
  readonly withoutQueue?: boolean
}

/**
 * API against own machines for one workload. It simulates: no thread that serves calls runs it.
 * @throws RangeError where no tokens or no rent are known, or a replica takes no call
 */
export function breakEvenStudy(
  { question, workload, perCall: priced, withoutQueue = false }: StudyOrder,
  facts: MachineFacts,
): BreakEvenStudy {
  if (workload.inputTokens + workload.outputTokens <= 0)
    throw new RangeError(
      'Of none of these calls any tokens are known, so there is nothing to size machines by.',
    )
  const perCall = new Fraction(priced.numerator, priced.denominator)
  const found = measuredFor(question, workload, facts)
  const fixed = Fraction.of(question.people)
    .times(Fraction.of(question.salary))
    .plus(Fraction.of(question.hidden))
  const isMissing = 'why' in found
  const rent = isMissing ? null : rentOf(question, found, facts.rents)
  const common = {
    traffic: trafficJson(workload),
    api: {
      source: priced.source,
      per_call: perCall.text(12),
      per_month: perCall.times(Fraction.of(Math.round(workload.callsPerMonth))).text(2),
    },
    machine: {
      model: question.model,
      rent_per_gpu_hour: rent?.usd.text(4) ?? null,
      rent_source: rent?.source ?? 'no machine to price',
      rent_span: spanJson(rent?.span ?? null),
      fixed_per_month: fixed.text(2),
      point: isMissing ? null : pointJson(found),
      beyond:
        isMissing || workload.lengths === null ? null : round(shareBeyond(workload.lengths, found)),
    },
  }
  if (isMissing || rent === null) {
    const unknown = isMissing
      ? missingText(found, question.model, question.limits)
      : 'no rent is known.'
    return {
      ...common,
      ...nothingFound(question, workload),
      unknown,
      verdict: `Not known: ${unknown}`,
    }
  }
  const terms: Terms = { apiPerCall: perCall, usdPerGpuHour: rent.usd, fixed }
  const comparison = comparedAt(found, workload, terms)
  const hybrid = bestHybrid(workload.hourly, found, terms)
  const dearer = comparedAt(found, workload, {
    ...terms,
    usdPerGpuHour: rent.usd.times(Fraction.of('1.5')),
  })
  const { first, sustainedFrom } = comparison
  return {
    ...common,
    result: resultOf(comparison, workload, perCall),
    unknown: null,
    by_rent: byRent(rent, found, workload, terms),
    hybrid: {
      replicas: hybrid.replicas,
      per_month: hybrid.total.text(2),
      own_share: Number(hybrid.ownShare.toFixed(4)),
    },
    simulation: withoutQueue ? null : simulated(workload, found, terms),
    dearer_rent: {
      first: dearer.first?.toString() ?? null,
      own_per_month: dearer.now.own.text(2),
    },
    exceptions: exceptionsOf({
      ...question.exceptions,
      paysFrom: sustainedFrom ?? first,
      callsPerMonth: workload.callsPerMonth,
    }),
    curve: curveOf(comparison, workload, terms),
    verdict: verdictOf(comparison, hybrid, workload.callsPerMonth),
  }
}

/** Where nobody names a card or its price, one that somebody lets goes before one that nobody does. */
function measuredFor(
  { model, gpu, limits, kind, rent }: BreakEvenQuestion,
  workload: Workload,
  { points, rents }: MachineFacts,
): MeasuredPoint | NoPoint {
  const find = (some: readonly MeasuredPoint[]) => pointFor(some, model, gpu, workload, limits)
  if (gpu !== null || rent !== null || kind === 'owned') return find(points)
  const cards = new Set(points.map((point) => point.gpu))
  const rented = new Set([...cards].filter((card) => rentSpan(rents, card, kind) !== null))
  const found = find(points.filter((point) => rented.has(point.gpu)))
  return 'why' in found ? find(points) : found
}

function nothingFound({ exceptions }: BreakEvenQuestion, { callsPerMonth }: Workload) {
  return {
    result: null,
    by_rent: null,
    hybrid: null,
    simulation: null,
    dearer_rent: null,
    curve: null,
    exceptions: exceptionsOf({ ...exceptions, paysFrom: null, callsPerMonth }),
  }
}

/** @throws RangeError when a replica takes no call */
function comparedAt(point: MeasuredPoint, workload: Workload, terms: Terms): Comparison {
  const comparison = compare(point, workload, terms)
  if (comparison === null)
    throw new RangeError('One replica serves less than a call a month under these limits.')
  return comparison
}

function resultOf(
  comparison: Comparison,
  { inputTokens, outputTokens }: Workload,
  perCall: Fraction,
): BreakEvenResult {
  const { first, sustainedFrom, now } = comparison
  const perDay = (calls: bigint): number =>
    Math.round((Number(calls) * (inputTokens + outputTokens) * 24) / hoursPerMonth)
  const saturated = comparison.point.callsPerSecond * 3_600 * hoursPerMonth
  return {
    first: first?.toString() ?? null,
    sustained_from: sustainedFrom?.toString() ?? null,
    first_tokens_per_day: first === null ? null : perDay(first),
    why: reasonOf(comparison, perCall),
    own_per_month: now.own.text(2),
    replicas: now.replicas.toString(),
    utilisation: Number(now.utilisation.toFixed(4)),
    utilisation_to_break_even: perCall.isZero
      ? null
      : Number((comparison.replica.over(perCall).toNumber() / saturated).toFixed(4)),
  }
}

function byRent(
  { span }: RentChosen,
  point: MeasuredPoint,
  workload: Workload,
  terms: Terms,
): BreakEvenStudy['by_rent'] {
  if (span === null) return null
  const at = (usd: Fraction): RentCase => {
    const { first, sustainedFrom } = comparedAt(point, workload, { ...terms, usdPerGpuHour: usd })
    return {
      rent: usd.text(4),
      first: first?.toString() ?? null,
      sustained_from: sustainedFrom?.toString() ?? null,
    }
  }
  return { lowest: at(span.low), highest: at(span.high) }
}

function trafficJson(workload: Workload): BreakEvenStudy['traffic'] {
  const { callsPerMonth, inputTokens, outputTokens, costCoverage, hoursWithCalls, lengths } =
    workload
  return {
    source: workload.source,
    calls_per_month: Math.round(callsPerMonth),
    input_tokens: Math.round(inputTokens),
    output_tokens: Math.round(outputTokens),
    tokens_per_day: Math.round((callsPerMonth * (inputTokens + outputTokens) * 24) / hoursPerMonth),
    peak_to_average: Number(workload.peakToAverage.toFixed(2)),
    peak_source: workload.peakSource,
    lengths:
      lengths === null
        ? null
        : {
            calls: lengths.inputs.length,
            input: spreadOfLengths(lengths.inputs),
            output: spreadOfLengths(lengths.outputs),
          },
    cost_coverage: costCoverage === null ? null : round(costCoverage),
    hours_with_calls: hoursWithCalls === null ? null : round(hoursWithCalls),
  }
}

function round(share: number): number {
  return Number(share.toFixed(4))
}

function spanJson(span: RentChosen['span']): BreakEvenStudy['machine']['rent_span'] {
  if (span === null) return null
  const { low, median, high, offers, from, to } = span
  return {
    low: low.text(4),
    median: median.text(4),
    high: high.text(4),
    offers,
    read: from === to ? from : `${from} to ${to}`,
  }
}

function pointJson(point: MeasuredPoint): MeasuredPointJson {
  return {
    model: point.model,
    gpu: point.gpu,
    gpus: point.gpus,
    engine: point.engine,
    precision: point.precision,
    input_tokens: point.inputTokens,
    output_tokens: point.outputTokens,
    concurrency: point.concurrency,
    calls_per_second: point.callsPerSecond,
    ttft_ms: point.ttftMs,
    tpot_ms: point.tpotMs,
    measured: point.measured,
    source: point.source,
    derived: point.derived,
  }
}
