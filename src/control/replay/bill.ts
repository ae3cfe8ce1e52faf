import { type Stratum, totalEstimate } from '../economics/estimates.ts'
import type { PastCall } from './calls.ts'
import { priceElsewhere } from './price.ts'
import type { ReplayPlan, Target } from './plan.ts'

/** A call of the past that a model was asked again. */
export interface Replayed {
  readonly stratum: string
  readonly call: PastCall
  readonly model: string
  /** Tokens as that model counted them; null where nobody answered, or nothing was counted. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly latencyMs: number | null
  /** Why nobody answered. */
  readonly failure: string | null
}

export interface MeasuredTotal {
  readonly value: number
  /** With 95 % confidence; null where no stratum was measured twice, so that nobody knows how far calls differ. */
  readonly low: number | null
  readonly high: number | null
}

export interface MeasuredBill {
  readonly model: string
  /** Calls with an answer that was counted. */
  readonly n: number
  readonly failed: number
  /** In dollars, for all calls; null where nothing could be measured or priced. */
  readonly total: MeasuredTotal | null
  /** Tokens there per token here: of prompts, and of answers with their length. Null: none measured. */
  readonly inputRatio: number | null
  readonly outputRatio: number | null
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null }
  /**
   * Calls of strata in which nothing was measured: in the total by their logged tokens and the ratios
   * of the others, and not in its interval.
   */
  readonly unmeasured: number
}

/** 95 % */
const z = 1.96

/** The bill of all calls of a plan on one model, from those that it was asked again. */
export function measuredBill(
  plan: ReplayPlan,
  target: Target,
  replayed: readonly Replayed[],
): MeasuredBill {
  const own = replayed.filter(({ model }) => model === target.name)
  const counted = own.filter(
    (each) => each.inputTokens !== null && each.outputTokens !== null && each.failure === null,
  )
  const byStratum = Map.groupBy(counted, ({ stratum }) => stratum)
  const ratios = weightedRatios(plan, byStratum)
  const times = counted
    .flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
    .toSorted((left, right) => left - right)
  const facts = {
    model: target.name,
    n: counted.length,
    failed: own.filter(({ failure }) => failure !== null).length,
    inputRatio: ratios?.input ?? null,
    outputRatio: ratios?.output ?? null,
    latencyMs: { p50: rank(times, 0.5), p95: rank(times, 0.95) },
  }
  const priced = plan.strata.map(({ key, size }) => ({
    key,
    size,
    costs: (byStratum.get(key) ?? []).flatMap((each) => {
      const price = priceOf(target, each)
      return price === null ? [] : [price]
    }),
  }))
  const unmeasured = priced.reduce(
    (sum, { size, costs }) => sum + (costs.length === 0 ? size : 0),
    0,
  )
  if (ratios === null || priced.every(({ costs }) => costs.length === 0))
    return { ...facts, total: null, unmeasured }
  const strata = priced.map(({ size, costs }) => {
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / Math.max(1, costs.length)
    const squares = costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0)
    const variance = costs.length < 2 ? 0 : squares / (costs.length - 1)
    return { size, sampled: costs.length, mean, variance }
  })
  const rest = unmeasuredCost(plan, target, priced, ratios)
  return { ...facts, total: rest === null ? null : totalOf(strata, rest), unmeasured }
}

/**
 * One call alone shows nothing of how far its stratum's calls differ: they are taken to differ as much, for their size,
 * as those of the strata that were measured more than once.
 */
function totalOf(strata: readonly Stratum[], rest: number): MeasuredTotal {
  const measured = strata.filter(({ sampled }) => sampled > 0)
  const isAlone = ({ sampled, size }: Stratum): boolean => sampled === 1 && size > 1
  const relative = relativeVariance(measured)
  const filled = measured.map((stratum) =>
    isAlone(stratum) ? { ...stratum, variance: (relative ?? 0) * stratum.mean ** 2 } : stratum,
  )
  const { value, low, high } = totalEstimate(filled, z)
  const isKnown = relative !== null || !measured.some(isAlone)
  return {
    value: value + rest,
    low: isKnown ? Math.max(0, low + rest) : null,
    high: isKnown ? high + rest : null,
  }
}

/** Pooled, of a mean of 1; null where no stratum was measured twice. */
function relativeVariance(strata: readonly Stratum[]): number | null {
  let [sum, freedom] = [0, 0]
  for (const { sampled, mean, variance } of strata) {
    if (sampled < 2) continue
    // What costs nothing, every time, does not differ.
    if (mean > 0) sum += ((sampled - 1) * variance) / mean ** 2
    freedom += sampled - 1
  }
  return freedom === 0 ? null : sum / freedom
}

/** In dollars, with the tokens that were counted; of the prompt, as much is cached as was. */
function priceOf({ model }: Target, { call, inputTokens, outputTokens }: Replayed): number | null {
  const input = inputTokens! / Math.max(1, call.prompt)
  const price = priceElsewhere(
    model,
    { ...call, prompt: inputTokens!, cached: call.cached * input, output: outputTokens! },
    { input: 1, output: 1 },
  )
  return price === null ? null : Number(price) / 1e12
}

interface MeasuredRatios {
  readonly input: number
  readonly output: number
}

/** A call stands for as many as its stratum has for each that was asked. */
function weightedRatios(
  plan: ReplayPlan,
  byStratum: ReadonlyMap<string, readonly Replayed[]>,
): MeasuredRatios | null {
  let [promptHere, promptThere, outputHere, outputThere] = [0, 0, 0, 0]
  for (const { key, size } of plan.strata) {
    const calls = byStratum.get(key) ?? []
    for (const { call, inputTokens, outputTokens } of calls) {
      const weight = size / calls.length
      promptHere += weight * call.prompt
      promptThere += weight * inputTokens!
      outputHere += weight * call.output
      outputThere += weight * outputTokens!
    }
  }
  if (promptHere === 0 || outputHere === 0) return null
  return { input: promptThere / promptHere, output: outputThere / outputHere }
}

/** Strata without an answer, by the calls drawn from them; null where one of those has no price. */
function unmeasuredCost(
  plan: ReplayPlan,
  { model }: Target,
  priced: readonly { readonly key: string; readonly costs: readonly number[] }[],
  ratios: MeasuredRatios,
): number | null {
  const empty = new Set(priced.filter(({ costs }) => costs.length === 0).map(({ key }) => key))
  let sum = 0
  for (const { key, size, picks } of plan.strata) {
    if (!empty.has(key)) continue
    const prices = picks.map(({ call }) => priceElsewhere(model, call, ratios))
    if (prices.length === 0 || prices.includes(null)) return null
    const mean = prices.reduce((total, price) => total + Number(price) / 1e12, 0) / prices.length
    sum += size * mean
  }
  return sum
}

function rank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
