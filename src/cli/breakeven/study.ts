import { catalogOf } from '../../catalog/index.ts'
import { type MeasuredPoint, measuredPoints, rents } from '../../catalog/machines.ts'
import { costAt } from '../../catalog/price.ts'
import { durationMs } from '../../config/units.ts'
import {
  bestHybrid,
  compare,
  type Comparison,
  type Hybrid,
  type NoPoint,
  pointFor,
  type RentSpan,
  rentSpan,
  smoothDay,
  type Terms,
} from '../../control/economics/self-host.ts'
import { ownedCost } from '../../control/economics/break-even.ts'
import { type Answered, exceptionsOf } from '../../control/economics/exceptions.ts'
import { hoursPerMonth } from '../../control/economics/hours.ts'
import { arrivalsOf, replicasFor } from '../../control/economics/queue.ts'
import { systemClock } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { seeded } from '../../core/random.ts'
import { noUsage } from '../../core/usage.ts'
import { CommandError, type Context, UsageError } from '../command.ts'
import { type TaskTraffic, trafficOf } from './traffic.ts'

/** What `freehold breakeven` found; amounts are USD as decimal text, rates calls a second. */
export interface Study {
  readonly traffic: {
    readonly source: string
    readonly callsPerMonth: number
    readonly inputTokens: number
    readonly outputTokens: number
    readonly tokensPerDay: number
    readonly peakToAverage: number
    readonly peakSource: string
  }
  readonly api: { readonly source: string; readonly perCall: string; readonly perMonth: string }
  readonly machine: {
    readonly model: string
    readonly rentPerGpuHour: string | null
    readonly rentSource: string
    readonly rentSpan: {
      readonly low: string
      readonly median: string
      readonly high: string
      readonly offers: number
      readonly read: string
    } | null
    readonly fixedPerMonth: string
    readonly point: MeasuredPoint | null
  }
  readonly result: {
    /** Calls a month; null: never. */
    readonly first: string | null
    readonly sustainedFrom: string | null
    readonly firstTokensPerDay: number | null
    readonly why: string | null
    readonly ownPerMonth: string
    readonly replicas: string
    readonly utilisation: number
    readonly utilisationToBreakEven: number | null
  } | null
  /** Why nothing could be reckoned; null when it could. */
  readonly unknown: string | null
  readonly hybrid: {
    readonly replicas: number
    readonly perMonth: string
    readonly ownShare: number
  } | null
  readonly simulation: {
    readonly calls: number
    readonly replicas: number
    readonly utilisation: number
    readonly late: number
    readonly p99WaitS: number
    readonly perMonth: string
  } | null
  /** A rent half as high again. */
  readonly dearerRent: { readonly first: string | null; readonly ownPerMonth: string } | null
  readonly exceptions: readonly Answered[]
  readonly verdict: string
}

const simulatedWaitS = 1

/** @throws UsageError, CommandError */
export async function study(context: Context): Promise<Study> {
  const model = context.option('model')
  if (model === undefined || model === '')
    throw new UsageError(
      'breakeven needs --model, the open-weight model that own machines would serve: --model qwen3-32b',
    )
  const limits = {
    ttftMs: duration(context, 'ttft', '2s'),
    tpotMs: duration(context, 'tpot', '50ms'),
  }
  const known = context.option('task') === undefined ? null : await trafficOf(context)
  const traffic = known ?? trafficByHand(context)
  const perCall = apiPerCall(context, traffic)
  const found = pointFor(measuredPoints(), model, context.option('gpu') ?? null, traffic, limits)
  const fixed = fixedCost(context)
  const api = {
    source: perCall.source,
    perCall: perCall.usd.text(12),
    perMonth: perCall.usd.times(Fraction.of(Math.round(traffic.callsPerMonth))).text(2),
  }
  const shown = {
    source: traffic.source,
    callsPerMonth: Math.round(traffic.callsPerMonth),
    inputTokens: Math.round(traffic.inputTokens),
    outputTokens: Math.round(traffic.outputTokens),
    tokensPerDay: Math.round(
      (traffic.callsPerMonth * (traffic.inputTokens + traffic.outputTokens) * 24) / hoursPerMonth,
    ),
    peakToAverage: Number(traffic.peakToAverage.toFixed(2)),
    peakSource: traffic.peakSource,
  }
  const rent = 'why' in found ? null : rentOf(context, found)
  const machine = {
    model,
    rentPerGpuHour: rent?.usd.text(4) ?? null,
    rentSource: rent?.source ?? 'no machine to price',
    rentSpan: rent === null || rent.span === null ? null : spanJson(rent.span),
    fixedPerMonth: fixed.text(2),
    point: 'why' in found ? null : found,
  }
  const asked = questionsOf(context)
  if ('why' in found || rent === null) {
    const unknown = 'why' in found ? missingText(found, model, limits) : 'No rent is known.'
    return {
      traffic: shown,
      api,
      machine,
      result: null,
      unknown,
      hybrid: null,
      simulation: null,
      dearerRent: null,
      exceptions: exceptionsOf({ ...asked, paysFrom: null, callsPerMonth: traffic.callsPerMonth }),
      verdict: `Not known: ${unknown}`,
    }
  }
  const terms: Terms = { apiPerCall: perCall.usd, usdPerGpuHour: rent.usd, fixed }
  const comparison = compare(found, traffic, terms)
  if (comparison === null)
    throw new CommandError('One replica serves less than a call a month under these limits.')
  const hybrid = bestHybrid(traffic.hourly, found, terms)
  const dearer = compare(found, traffic, {
    ...terms,
    usdPerGpuHour: rent.usd.times(Fraction.of('1.5')),
  })!
  const { first, sustainedFrom } = comparison
  return {
    traffic: shown,
    api,
    machine,
    result: resultOf(comparison, traffic, perCall.usd),
    unknown: null,
    hybrid: {
      replicas: hybrid.replicas,
      perMonth: hybrid.total.text(2),
      ownShare: Number(hybrid.ownShare.toFixed(4)),
    },
    simulation: simulated(traffic, found, terms),
    dearerRent: {
      first: dearer.first?.toString() ?? null,
      ownPerMonth: dearer.now.own.text(2),
    },
    exceptions: exceptionsOf({
      ...asked,
      paysFrom: sustainedFrom ?? first,
      callsPerMonth: traffic.callsPerMonth,
    }),
    verdict: verdictOf(comparison, hybrid, traffic.callsPerMonth),
  }
}

/** Traffic by the option's word alone: every day the same, its peak where it was asked for. */
function trafficByHand(context: Context): TaskTraffic {
  const perDay = context.option('tokens-per-day')
  if (perDay === undefined)
    throw new UsageError(
      'breakeven needs the traffic: --task TASK from the ledger, or --tokens-per-day 50M by hand.',
    )
  const inputTokens = count(context, 'input-tokens', 800)
  const outputTokens = count(context, 'output-tokens', 200)
  const tokens = amountOf(perDay)
  if (tokens === null || tokens <= 0)
    throw new UsageError(`--tokens-per-day is a number such as 50M, not ${JSON.stringify(perDay)}.`)
  if (inputTokens + outputTokens <= 0) throw new UsageError('A call has at least one token.')
  const callsPerMonth = (tokens * (hoursPerMonth / 24)) / (inputTokens + outputTokens)
  const peakToAverage = ratio(context, 'peak', 3)
  return {
    source: 'by hand',
    callsPerMonth,
    inputTokens,
    outputTokens,
    peakToAverage,
    peakSource: context.option('peak') === undefined ? 'assumed' : 'by hand',
    hourly: smoothDay(callsPerMonth, peakToAverage),
    perCall: null,
  }
}

function apiPerCall(
  context: Context,
  traffic: TaskTraffic,
): { readonly usd: Fraction; readonly source: string } {
  const api = context.option('api')
  if (api === undefined) {
    if (traffic.perCall !== null) return { usd: traffic.perCall, source: 'what the task cost' }
    throw new UsageError(
      'breakeven needs --api PROVIDER/MODEL, what the calls cost now: --api deepseek/deepseek-v4-flash',
    )
  }
  const slash = api.indexOf('/')
  const provider = slash < 0 ? api : api.slice(0, slash)
  const at = systemClock.now()
  const found = catalogOf([provider]).find(provider, api.slice(slash + 1), at)
  if (slash < 0 || !found?.segment)
    throw new CommandError(
      `The catalog has no price of ${api}. To see the models that it knows: freehold models`,
    )
  const cached = shareOf(context, 'cached-share', 0)
  // A million calls at once, so that no cost of one is rounded to a whole picodollar.
  const many = 1_000_000
  const usage = {
    ...noUsage,
    input: Math.round(traffic.inputTokens * (1 - cached) * many),
    cacheRead: Math.round(traffic.inputTokens * cached * many),
    output: Math.round(traffic.outputTokens * many),
  }
  // The tier is that of one call, so the base price is asked for and tiers are left out.
  const { tiers: _tiers, ...segment } = found.segment
  const cost = costAt(segment, usage, at)
  if (cost === null) throw new CommandError(`The catalog has no whole price of ${api}.`)
  return {
    usd: new Fraction(cost, 10n ** 12n * BigInt(many)),
    source: `${api}, ${segment.id}`,
  }
}

interface RentChosen {
  readonly usd: Fraction
  readonly source: string
  readonly span: RentSpan | null
}

/** @throws CommandError when no offer is known and none was given */
function rentOf(context: Context, point: MeasuredPoint): RentChosen {
  const kind = context.option('kind') ?? 'on-demand'
  const given = context.option('rent')
  if (kind === 'owned') return { ...ownedRent(context, point), span: null }
  if (kind !== 'on-demand' && kind !== 'spot' && kind !== 'reserved')
    throw new UsageError(
      `--kind is on-demand, spot, reserved or owned, not ${JSON.stringify(kind)}.`,
    )
  const span = rentSpan(rents(), point.gpu, kind)
  if (given !== undefined) return { usd: money(context, 'rent'), source: 'by hand', span }
  if (span === null)
    throw new CommandError(
      `No ${kind} rent of ${point.gpu} is known. Give one: --rent 2.50 (USD per card and hour).`,
    )
  const source = `${kind}, the median of ${span.offers} offers read ${span.from} to ${span.to}`
  return { usd: span.median, source, span }
}

/** Cards of one's own over three years, half again for the servers, a tenth left at the end. */
const owned = {
  overhead: '0.25',
  residual: '0.1',
  months: '36',
  rate: '0.08',
  kw: '1',
  pue: '1.4',
  perKwh: '0.12',
  load: '0.7',
  colo: '50',
} as const

function ownedRent(context: Context, point: MeasuredPoint): Omit<RentChosen, 'span'> {
  if (context.option('capex') === undefined)
    throw new UsageError('--kind owned needs --capex, the price of one card in USD: --capex 30000')
  const cost = ownedCost({
    gpus: Fraction.of(point.gpus),
    capexPerGpu: money(context, 'capex'),
    overheadShare: Fraction.of(owned.overhead),
    residualShare: Fraction.of(owned.residual),
    months: Fraction.of(owned.months),
    annualRate: Fraction.of(owned.rate),
    kwPerGpu: Fraction.of(owned.kw),
    pue: Fraction.of(owned.pue),
    hoursPerMonth: Fraction.of(hoursPerMonth),
    usdPerKwh: Fraction.of(owned.perKwh),
    loadFactor: Fraction.of(owned.load),
    coloPerGpu: Fraction.of(owned.colo),
  })
  return {
    usd: cost.perGpuHour,
    source: `owned: ${owned.months} months, servers ${owned.overhead}, residual ${owned.residual}, ${owned.rate} a year, ${owned.kw} kW x ${owned.pue} at $${owned.perKwh}/kWh, $${owned.colo} a card for the room`,
  }
}

function fixedCost(context: Context): Fraction {
  const people = Fraction.of(decimalOf(context, 'people', '0.25'))
  const salary = Fraction.of(decimalOf(context, 'salary', '15000'))
  return people.times(salary).plus(Fraction.of(decimalOf(context, 'hidden', '700')))
}

function resultOf(
  comparison: Comparison,
  traffic: TaskTraffic,
  perCall: Fraction,
): Study['result'] {
  const { first, sustainedFrom, why, now } = comparison
  const tokens = traffic.inputTokens + traffic.outputTokens
  const perDay = (calls: bigint): number =>
    Math.round((Number(calls) * tokens * 24) / hoursPerMonth)
  const reasons = {
    'own calls cost no less': 'the API costs nothing',
    'a full replica does not earn itself': `a replica that is full, peaks allowed for, takes ${comparison.callsPerReplica} calls a month, which the API answers for $${perCall.times(Fraction.of(comparison.callsPerReplica)).text(2)}; the replica costs $${comparison.replica.text(2)}`,
  } as const
  const saturated = comparison.point.callsPerSecond * 3_600 * hoursPerMonth
  const earning = comparison.replica.over(perCall.isZero ? Fraction.one : perCall).toNumber()
  return {
    first: first?.toString() ?? null,
    sustainedFrom: sustainedFrom?.toString() ?? null,
    firstTokensPerDay: first === null ? null : perDay(first),
    why: why === null ? null : reasons[why],
    ownPerMonth: now.own.text(2),
    replicas: now.replicas.toString(),
    utilisation: Number(now.utilisation.toFixed(4)),
    utilisationToBreakEven: perCall.isZero ? null : Number((earning / saturated).toFixed(4)),
  }
}

/** The queue of the traffic's own hours: what utilisation the limits leave. */
function simulated(
  { hourly }: TaskTraffic,
  point: MeasuredPoint,
  terms: Terms,
): Study['simulation'] {
  const arrivals = arrivalsOf(hourly, seeded(1))
  if (arrivals.length === 0) return null
  const service = (point.ttftMs + point.tpotMs * (point.outputTokens - 1)) / 1_000
  const sized = replicasFor(arrivals, service, point.concurrency, simulatedWaitS)
  if (sized === null) return null
  const replica = terms.usdPerGpuHour.times(Fraction.of(point.gpus * hoursPerMonth))
  return {
    calls: arrivals.length,
    replicas: sized.replicas,
    utilisation: Number(sized.run.utilisation.toFixed(4)),
    late: Number(sized.run.late.toFixed(4)),
    p99WaitS: Number(sized.run.p99WaitS.toFixed(3)),
    perMonth: terms.fixed.plus(replica.times(Fraction.of(sized.replicas))).text(2),
  }
}

function verdictOf(
  { first, sustainedFrom, why }: Comparison,
  hybrid: Hybrid,
  calls: number,
): string {
  if (first === null) return 'Never: at no volume do own machines cost less than the API.'
  const mixed =
    hybrid.replicas > 0 && hybrid.ownShare < 0.999
      ? ` Cheapest is a mix: ${hybrid.replicas} of your own for the base load, ${(100 * hybrid.ownShare).toFixed(0)} % of the calls, and the API for the peaks.`
      : ''
  if (sustainedFrom === null)
    return `Not for good: from ${first} calls a month own machines cost no more, and past one full replica they cost more again (${why}).${mixed}`
  if (calls >= Number(sustainedFrom))
    return `Own machines are cheaper at your volume and at every larger one.${mixed}`
  if (calls >= Number(first))
    return `Own machines are cheaper at some volumes about yours, and for good from ${sustainedFrom} calls a month.${mixed}`
  return `Stay with the API: own machines pay from ${first} calls a month, ${(Number(first) / Math.max(1, calls)).toFixed(1)} times yours.${mixed}`
}

function missingText(
  none: NoPoint,
  model: string,
  limits: { readonly ttftMs: number; readonly tpotMs: number },
): string {
  switch (none.why) {
    case 'model not measured': {
      const like = none.like.length > 0 ? none.like.slice(0, 6) : ['qwen3-32b', 'gpt-oss-120b']
      return `nobody's measurement of ${model} is among our facts. Measured are, for example: ${like.join(', ')}.`
    }
    case 'card not measured':
      return `${model} was measured on ${none.gpus.join(', ')}.`
    case 'calls too long':
      return `the longest calls that were measured have ${none.longest.join(' and ')} tokens in and out, and nothing is drawn beyond measurements.`
    case 'too slow':
      return `no measured point keeps ${limits.ttftMs} ms to the first token and ${limits.tpotMs} ms for each further one; the best per card takes ${none.best.ttftMs} and ${none.best.tpotMs} ms (${none.best.gpus} x ${none.best.gpu}). Loosen --ttft or --tpot, or name another --gpu.`
  }
}

function spanJson({ low, median, high, offers, from, to }: RentSpan) {
  return {
    low: low.text(4),
    median: median.text(4),
    high: high.text(4),
    offers,
    read: from === to ? from : `${from} to ${to}`,
  }
}

function questionsOf(context: Context) {
  const latency = context.option('latency')
  return {
    compliance: context.flag('compliance'),
    research: context.flag('research'),
    idleGpus: context.flag('idle-gpus'),
    latencyMs: latency === undefined ? null : duration(context, 'latency', latency),
  }
}

function duration(context: Context, name: string, absent: string): number {
  const text = context.option(name) ?? absent
  const value = durationMs(text)
  if (value === null)
    throw new UsageError(`--${name} is a duration such as ${absent}, not ${text}.`)
  return value
}

function decimalOf(context: Context, name: string, absent: string): string {
  const text = context.option(name) ?? absent
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(text))
    throw new UsageError(`--${name} is a number such as ${absent}, not ${JSON.stringify(text)}.`)
  return text
}

function money(context: Context, name: string): Fraction {
  return Fraction.of(decimalOf(context, name, '2.50'))
}

function ratio(context: Context, name: string, absent: number): number {
  const value = Number(decimalOf(context, name, String(absent)))
  if (value < 1) throw new UsageError(`--${name} is 1 or more: a peak is not below the mean.`)
  return value
}

function shareOf(context: Context, name: string, absent: number): number {
  const value = Number(decimalOf(context, name, String(absent)))
  if (value > 1) throw new UsageError(`--${name} is a share between 0 and 1, not ${value}.`)
  return value
}

function count(context: Context, name: string, absent: number): number {
  const text = context.option(name)
  if (text === undefined) return absent
  const value = amountOf(text)
  if (value === null) throw new UsageError(`--${name} is a number such as 800, not ${text}.`)
  return value
}

/** '50M', '1.2B', '3000', '64k'; null for anything else. */
function amountOf(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kKmMbB]?)$/.exec(text)
  if (match === null) return null
  const units = { '': 1, k: 1e3, m: 1e6, b: 1e9 } as const
  return Number(match[1]) * units[(match[2] ?? '').toLowerCase() as keyof typeof units]
}
