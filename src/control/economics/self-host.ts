import type { MeasuredPoint, Rent } from '../../catalog/machines.ts'
import { modelKey } from '../../catalog/machines.ts'
import { Fraction } from '../../core/fraction.ts'
import { type BreakEven, breakEvenOf } from './break-even.ts'
import { hoursPerMonth } from './hours.ts'

/** Own machines against an API for one workload, from measured points alone: nothing is drawn beyond them. */

export interface Traffic {
  readonly callsPerMonth: number
  /** Means of a call. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Calls in the busiest hour per calls in a mean one. */
  readonly peakToAverage: number
}

export interface LatencyLimits {
  readonly ttftMs: number
  readonly tpotMs: number
}

/** Why no measured point will do. */
export type NoPoint =
  | { readonly why: 'model not measured'; readonly like: readonly string[] }
  | { readonly why: 'card not measured'; readonly gpus: readonly string[] }
  | { readonly why: 'calls too long'; readonly longest: readonly [number, number] }
  | { readonly why: 'too slow'; readonly best: MeasuredPoint }

/**
 * The measured point that serves most calls per card within the limits, for calls at least as long as those of the
 * traffic: shorter ones are served no slower, longer ones nobody has measured. Of the points that keep the limits those
 * of the calls most alike count; where the nearest were measured too full to keep them, those of longer calls that do.
 */
export function pointFor(
  points: readonly MeasuredPoint[],
  model: string,
  gpu: string | null,
  traffic: Pick<Traffic, 'inputTokens' | 'outputTokens'>,
  limits: LatencyLimits,
): MeasuredPoint | NoPoint {
  const key = modelKey(model)
  const ofModel = points.filter((point) => modelKey(point.model) === key)
  if (ofModel.length === 0) {
    const keys = [...new Set(points.map((point) => modelKey(point.model)))]
    const start = key.slice(0, 4)
    return { why: 'model not measured', like: keys.filter((each) => each.startsWith(start)) }
  }
  const onCard = ofModel.filter((point) => gpu === null || isCard(point.gpu, gpu))
  if (onCard.length === 0) {
    return { why: 'card not measured', gpus: [...new Set(ofModel.map((point) => point.gpu))] }
  }
  const carries = onCard.filter(
    ({ inputTokens, outputTokens }) =>
      inputTokens >= traffic.inputTokens && outputTokens >= traffic.outputTokens,
  )
  if (carries.length === 0) {
    const longest = onCard.reduce((most, point) =>
      point.inputTokens + point.outputTokens > most.inputTokens + most.outputTokens ? point : most,
    )
    return { why: 'calls too long', longest: [longest.inputTokens, longest.outputTokens] }
  }
  const size = (point: MeasuredPoint): number => point.inputTokens + point.outputTokens
  const alike = (some: readonly MeasuredPoint[]): readonly MeasuredPoint[] => {
    const nearest = Math.min(...some.map(size))
    return some.filter((point) => size(point) <= nearest * 1.5)
  }
  const perCard = (point: MeasuredPoint): number => point.callsPerSecond / point.gpus
  const best = (some: readonly MeasuredPoint[]): MeasuredPoint | undefined =>
    some.toSorted((a, b) => perCard(b) - perCard(a))[0]
  const keeps = carries.filter(
    ({ ttftMs, tpotMs }) => ttftMs <= limits.ttftMs && tpotMs <= limits.tpotMs,
  )
  return best(alike(keeps)) ?? { why: 'too slow', best: best(alike(carries))! }
}

/** 'H100' is every H100; 'H100-SXM-80GB' is that one. */
function isCard(gpu: string, asked: string): boolean {
  const [name, wish] = [gpu.toLowerCase(), asked.toLowerCase()]
  return name === wish || name.startsWith(`${wish}-`)
}

export interface RentSpan {
  /** USD per card and hour. */
  readonly low: Fraction
  readonly median: Fraction
  readonly high: Fraction
  readonly offers: number
  /** The oldest and the newest reading. */
  readonly from: string
  readonly to: string
}

export type RentKind = 'on-demand' | 'spot' | 'reserved'

/** What a card is let for: the latest reading of each seller and market. Null: no offer is known. */
export function rentSpan(rents: readonly Rent[], gpu: string, kind: RentKind): RentSpan | null {
  const field = { 'on-demand': 'onDemand', spot: 'spot', reserved: 'reserved' } as const
  const offers = new Map<string, { readonly price: Fraction; readonly date: string }>()
  for (const rent of rents.toSorted((a, b) => (a.date < b.date ? -1 : 1))) {
    const price = rent[field[kind]]
    if (price === null || `${rent.gpu}-${rent.memoryGb}GB` !== gpu) continue
    offers.set(`${rent.seller} ${rent.market} ${rent.count}`, {
      price: Fraction.of(price),
      date: rent.date,
    })
  }
  if (offers.size === 0) return null
  const sorted = [...offers.values()].toSorted((a, b) => a.price.compare(b.price))
  const dates = sorted.map(({ date }) => date).toSorted()
  return {
    low: sorted[0]!.price,
    median: sorted[Math.floor((sorted.length - 1) / 2)]!.price,
    high: sorted.at(-1)!.price,
    offers: sorted.length,
    from: dates[0]!,
    to: dates.at(-1)!,
  }
}

export interface Terms {
  /** USD per call at the API. */
  readonly apiPerCall: Fraction
  readonly usdPerGpuHour: Fraction
  /** USD a month with no call at all: balancer, monitoring, updates, people. */
  readonly fixed: Fraction
}

export interface Comparison extends BreakEven {
  readonly point: MeasuredPoint
  /** Calls a month that one replica takes, the peak's headroom taken off. */
  readonly callsPerReplica: bigint
  /** USD a month of one replica. */
  readonly replica: Fraction
  /** At the traffic as it is. */
  readonly now: {
    readonly api: Fraction
    readonly own: Fraction
    readonly replicas: bigint
    /** Share of what the replicas could serve at saturation. */
    readonly utilisation: number
  }
}

/** Null when the point serves less than a call a month. */
export function compare(point: MeasuredPoint, traffic: Traffic, terms: Terms): Comparison | null {
  const perSecond = point.callsPerSecond / traffic.peakToAverage
  const callsPerReplica = BigInt(Math.floor(perSecond * 3_600 * hoursPerMonth))
  if (callsPerReplica < 1n) return null
  const replica = terms.usdPerGpuHour.times(Fraction.of(point.gpus * hoursPerMonth))
  const calls = BigInt(Math.ceil(traffic.callsPerMonth))
  const replicas = calls === 0n ? 0n : (calls + callsPerReplica - 1n) / callsPerReplica
  const saturated = Number(replicas) * point.callsPerSecond * 3_600 * hoursPerMonth
  return {
    point,
    callsPerReplica,
    replica,
    ...breakEvenOf({
      apiPerCall: terms.apiPerCall,
      ownPerCall: Fraction.zero,
      replica,
      fixed: terms.fixed,
      callsPerReplica,
    }),
    now: {
      api: terms.apiPerCall.times(Fraction.of(calls)),
      own: terms.fixed.plus(replica.times(Fraction.of(replicas))),
      replicas,
      utilisation: saturated === 0 ? 0 : traffic.callsPerMonth / saturated,
    },
  }
}

export interface Hybrid {
  readonly replicas: number
  /** USD a month. */
  readonly own: Fraction
  readonly api: Fraction
  readonly total: Fraction
  /** Share of the calls that own machines answer. */
  readonly ownShare: number
}

/** More would be sized by hand. */
const replicasMost = 2_000

/**
 * The cheapest mix of own machines for the base load and the API for the peaks, hour by hour. None of one's own is a
 * mix too: then nothing fixed is paid.
 * @param hourly  calls in each hour of the traffic; scaled to a month of 730 hours
 */
export function bestHybrid(hourly: readonly number[], point: MeasuredPoint, terms: Terms): Hybrid {
  const scale = hourlyScale(hourly)
  const perHour = point.callsPerSecond * 3_600
  const replica = terms.usdPerGpuHour.times(Fraction.of(point.gpus * hoursPerMonth))
  const all = hourly.reduce((sum, each) => sum + each, 0)
  const most = Math.min(replicasMost, Math.ceil(Math.max(0, ...hourly) / perHour))
  let best: Hybrid | null = null
  for (let replicas = 0; replicas <= most; replicas += 1) {
    const over = hourly.reduce((sum, each) => sum + Math.max(0, each - replicas * perHour), 0)
    const fixed = replicas === 0 ? Fraction.zero : terms.fixed
    const own = fixed.plus(replica.times(Fraction.of(replicas)))
    const api = terms.apiPerCall.times(Fraction.of(BigInt(Math.round(over * scale))))
    const total = own.plus(api)
    const ownShare = all === 0 ? 0 : 1 - over / all
    if (best === null || total.compare(best.total) < 0)
      best = { replicas, own, api, total, ownShare }
  }
  return best!
}

/** What makes a month of the hours that there are. */
function hourlyScale(hourly: readonly number[]): number {
  return hourly.length === 0 ? 0 : hoursPerMonth / hourly.length
}

/** A day like every other, its busiest hour as much above the mean as asked: for traffic that is only known in sum. */
export function smoothDay(callsPerMonth: number, peakToAverage: number): readonly number[] {
  const mean = callsPerMonth / hoursPerMonth
  // A cosine cannot peak above twice its mean; a sharper one is a power of it.
  const power = sharpness(peakToAverage)
  const shape = Array.from({ length: 24 }, (_, hour) => bump(hour) ** power)
  const whole = shape.reduce((sum, each) => sum + each, 0) / 24
  return shape.map((each) => (mean * each) / whole)
}

function bump(hour: number): number {
  return (1 + Math.cos(((hour - 14) / 24) * 2 * Math.PI)) / 2
}

function sharpness(peakToAverage: number): number {
  let [low, high] = [0, 60]
  for (let step = 0; step < 50; step += 1) {
    const power = (low + high) / 2
    const mean = Array.from({ length: 24 }, (_, hour) => bump(hour) ** power)
    const peak = 24 / mean.reduce((sum, each) => sum + each, 0)
    if (peak < peakToAverage) low = power
    else high = power
  }
  return (low + high) / 2
}
