/**
 * What machines of one's own take and cost. Rates are forecasts from measurements, so binary numbers will
 * do; amounts are USD.
 */

export interface Workload {
  /** Tokens of the prompt and of the answer, on average. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Share of the prompt that the engine has in its cache. */
  readonly prefixHit: number
}

/** Tokens a second of one replica in all, at the batch at which it runs. */
export interface ReplicaRates {
  readonly prefillTps: number
  readonly decodeTps: number
}

/** Calls a second that saturate one replica. */
export function saturation(work: Workload, rates: ReplicaRates): number {
  const fresh = work.inputTokens * (1 - work.prefixHit)
  return 1 / (fresh / rates.prefillTps + work.outputTokens / rates.decodeTps)
}

export interface SelfHostTerms extends Workload, ReplicaRates {
  /** Share of the hours' capacity that is used. */
  readonly utilisation: number
  readonly replicas: number
  readonly gpusPerReplica: number
  readonly usdPerGpuHour: number
  readonly hoursPerMonth: number
  readonly hiddenPerMonth: number
  /** Engineers, and what one costs a month with everything. */
  readonly engineers: number
  readonly engineerPerMonth: number
}

export interface SelfHostCost {
  readonly callsPerSecondMax: number
  readonly callsPerMonth: number
  readonly tokensPerMonth: number
  readonly perMonth: number
  readonly perMillionTokens: number
  readonly perCall: number
  readonly perMillionOutputTokens: number
  /** How much dearer a token is than on machines that are full. */
  readonly utilisationPenalty: number
}

export function selfHostCost(terms: SelfHostTerms): SelfHostCost {
  const callsPerSecondMax = saturation(terms, terms)
  const { utilisation, replicas, hoursPerMonth } = terms
  const callsPerMonth = callsPerSecondMax * 3_600 * hoursPerMonth * utilisation * replicas
  const tokensPerMonth = callsPerMonth * (terms.inputTokens + terms.outputTokens)
  const perMonth =
    terms.gpusPerReplica * replicas * terms.usdPerGpuHour * hoursPerMonth +
    terms.hiddenPerMonth +
    terms.engineers * terms.engineerPerMonth
  return {
    callsPerSecondMax,
    callsPerMonth,
    tokensPerMonth,
    perMonth,
    perMillionTokens: (perMonth / tokensPerMonth) * 1e6,
    perCall: perMonth / callsPerMonth,
    perMillionOutputTokens: (perMonth / (callsPerMonth * terms.outputTokens)) * 1e6,
    utilisationPenalty: 1 / utilisation,
  }
}

export interface Queue {
  /** Calls a second. */
  readonly arrivals: number
  /** Seconds that a call holds a slot. */
  readonly service: number
  readonly slots: number
  /** Squared coefficients of variation of arrivals and service; 1 and 1 are exact M/M/c. */
  readonly arrivalsCv2?: number
  readonly serviceCv2?: number
}

export interface Waiting {
  /** Slots that are busy on average, in Erlangs. */
  readonly offered: number
  readonly load: number
  /** False: the queue grows without end, and the figures below are null. */
  readonly stable: boolean
  readonly waits: number | null
  readonly meanS: number | null
  /** Share of calls that wait longer than so many seconds. */
  readonly longerThan: (seconds: number) => number | null
}

/**
 * Erlang C by the recursion of Erlang B, with Allen and Cunneen's factor for bursts. Slots of one engine are
 * coupled by batching, so this is for headroom; a promise needs a simulation of the own arrivals.
 * @see Allen, 'Probability, Statistics, and Queueing Theory' (1990)
 */
export function waitingOf(queue: Queue): Waiting {
  const { arrivals, service, slots, arrivalsCv2 = 1, serviceCv2 = 1 } = queue
  const offered = arrivals * service
  const load = offered / slots
  if (offered >= slots) {
    return { offered, load, stable: false, waits: null, meanS: null, longerThan: () => null }
  }
  let blocked = 1
  for (let slot = 1; slot <= slots; slot += 1) {
    blocked = (offered * blocked) / (slot + offered * blocked)
  }
  const waits = blocked / (1 - load + load * blocked)
  const bursts = (arrivalsCv2 + serviceCv2) / 2
  return {
    offered,
    load,
    stable: true,
    waits,
    meanS: ((waits * service) / (slots - offered)) * bursts,
    longerThan: (seconds) => waits * Math.exp((-(slots - offered) * seconds) / (service * bursts)),
  }
}

export interface FleetTerms extends Workload, ReplicaRates {
  /** Calls a second on average. */
  readonly arrivals: number
  readonly peakToAverage: number
  /** Share of the saturation that is planned for. */
  readonly utilisationMax: number
  readonly ttftBaseS: number
  readonly tpotS: number
  readonly slotsPerReplica: number
  /** The share of calls that waits no longer than this. */
  readonly waitMaxS: number
  readonly quantile: number
  readonly arrivalsCv2?: number
  readonly serviceCv2?: number
}

export interface Fleet {
  readonly peak: number
  readonly callsPerSecondMax: number
  /** Replicas that the throughput wants, and that the waiting wants. */
  readonly forThroughput: number
  readonly forWaiting: number
  readonly replicas: number
  readonly utilisation: number
  /** Share of calls at the peak that waits longer. */
  readonly waitsTooLong: number
}

/** More than this is no fleet that such a formula should size. */
const replicasMax = 100_000

/** How many replicas a peak wants. @throws RangeError when no fleet of a sensible size will do */
export function fleetFor(terms: FleetTerms): Fleet {
  const peak = terms.arrivals * terms.peakToAverage
  const callsPerSecondMax = saturation(terms, terms)
  const forThroughput = Math.ceil(peak / (callsPerSecondMax * terms.utilisationMax))
  const service = terms.ttftBaseS + terms.tpotS * (terms.outputTokens - 1)
  const tooLong = (replicas: number): number => {
    const { slotsPerReplica: slots, arrivalsCv2 = 1, serviceCv2 = 1 } = terms
    const queue = { arrivals: peak, service, slots: slots * replicas, arrivalsCv2, serviceCv2 }
    return waitingOf(queue).longerThan(terms.waitMaxS) ?? 1
  }
  let forWaiting = Math.max(1, forThroughput)
  while (tooLong(forWaiting) > 1 - terms.quantile) {
    forWaiting += 1
    if (forWaiting > replicasMax) throw new RangeError(`${replicasMax} replicas do not suffice.`)
  }
  const replicas = Math.max(forThroughput, forWaiting)
  return {
    peak,
    callsPerSecondMax,
    forThroughput,
    forWaiting,
    replicas,
    utilisation: terms.arrivals / (replicas * callsPerSecondMax),
    waitsTooLong: tooLong(replicas),
  }
}

/** An engine as it was measured at one concurrency. */
export interface OperatingPoint {
  readonly concurrency: number
  readonly gpus: number
  readonly callsPerSecond: number
  readonly ttftMs: number
  readonly tpotMs: number
}

export interface MeasuredTerms {
  readonly ttftMaxMs: number
  readonly tpotMaxMs: number
  readonly arrivals: number
  readonly peakToAverage: number
  readonly usdPerGpuHour: number
  readonly hoursPerMonth: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface MeasuredFleet {
  readonly point: OperatingPoint
  readonly replicas: number
  readonly perMonth: number
  /** On the traffic as it is on average: idle headroom is paid. */
  readonly perMillionTokens: number
  readonly utilisation: number
}

/** The best measured point that keeps both limits, and the fleet of it; null when none does. */
export function measuredFleet(
  points: readonly OperatingPoint[],
  terms: MeasuredTerms,
): MeasuredFleet | null {
  const [point] = points
    .filter(({ ttftMs, tpotMs }) => ttftMs <= terms.ttftMaxMs && tpotMs <= terms.tpotMaxMs)
    .toSorted((left, right) => right.callsPerSecond - left.callsPerSecond)
  if (point === undefined) return null
  const { arrivals, hoursPerMonth } = terms
  const replicas = Math.ceil((arrivals * terms.peakToAverage) / point.callsPerSecond)
  const perMonth = replicas * point.gpus * terms.usdPerGpuHour * hoursPerMonth
  const tokens = arrivals * 3_600 * hoursPerMonth * (terms.inputTokens + terms.outputTokens)
  return {
    point,
    replicas,
    perMonth,
    perMillionTokens: (perMonth / tokens) * 1e6,
    utilisation: arrivals / (replicas * point.callsPerSecond),
  }
}
