import { Fraction } from '../../core/fraction.ts'

/** What a call costs at the API and on own machines. Amounts are of one currency, per month or per call. */
export interface BreakEvenTerms {
  readonly apiPerCall: Fraction
  /** What a call costs on own machines beside them. */
  readonly ownPerCall: Fraction
  readonly replica: Fraction
  /** Due without any call: people, balancer, monitoring. */
  readonly fixed: Fraction
  /** Calls that one replica takes in a month, the headroom for the peak taken off. */
  readonly callsPerReplica: bigint
}

/** Calls a month; null: never. */
export interface BreakEven {
  /** The least at which own machines are no dearer. */
  readonly first: bigint | null
  readonly replicasAtFirst: bigint | null
  /**
   * From here on they stay so. Later than `first`, because each further replica is paid whole before it is
   * full.
   */
  readonly sustainedFrom: bigint | null
  /** Why not, or not for good; null when it pays and keeps paying. */
  readonly why: 'own calls cost no less' | 'a full replica does not earn itself' | null
}

/**
 * Own machines: fixed + ceil(Q / K) replicas + v Q. The API: a Q. Exact, step by step of replicas.
 *
 * With n replicas, for Q in ((n-1)K, nK], own machines are no dearer from Q(n) = (fixed + n replica) / (a - v)
 * on. A replica that is full and does not earn itself never will: then the answer is never, but for volumes
 * that few replicas serve.
 * @throws RangeError when a replica takes no call
 */
export function breakEvenOf(terms: BreakEvenTerms): BreakEven {
  const { apiPerCall, ownPerCall, replica, fixed } = terms
  if (terms.callsPerReplica <= 0n) throw new RangeError('A replica has to take at least one call.')
  const never = { first: null, replicasAtFirst: null, sustainedFrom: null }
  const gain = apiPerCall.minus(ownPerCall)
  if (gain.compare(Fraction.zero) <= 0) {
    const why = 'own calls cost no less'
    // Machines that cost nothing, beside calls that cost the same: no dearer at once, and never cheaper.
    const isEven = gain.isZero && fixed.isZero && replica.isZero
    return isEven ? { ...never, first: 1n, replicasAtFirst: 1n, why } : { ...never, why }
  }
  const capacity = Fraction.of(terms.callsPerReplica)
  const perReplica = gain.times(capacity).minus(replica)

  // With n replicas full, n * perReplica is earned: what is fixed is reached from this n on.
  const needed = (replicas: bigint): bigint =>
    fixed
      .plus(replica.times(Fraction.of(replicas)))
      .over(gain)
      .ceil()
  const least = (replicas: bigint): bigint => (replicas - 1n) * terms.callsPerReplica + 1n
  const callsAt = (replicas: bigint): bigint => max(needed(replicas), least(replicas))
  if (perReplica.compare(Fraction.zero) <= 0) {
    const why = 'a full replica does not earn itself'
    const alone = callsAt(1n)
    return alone <= terms.callsPerReplica
      ? { first: alone, replicasAtFirst: 1n, sustainedFrom: null, why }
      : { ...never, why }
  }
  const replicas = max(1n, fixed.over(perReplica).ceil())
  const first = callsAt(replicas)

  // With n replicas it holds from the first call on that wants the n-th, when
  // (n-1) K + 1 calls gain what is fixed and n replicas cost: (n-1) * perReplica >= fixed + replica - gain.
  const unsteady = max(0n, fixed.plus(replica).minus(gain).over(perReplica).ceil())
  const sustainedFrom =
    unsteady === 0n ? 1n : min(needed(unsteady), unsteady * terms.callsPerReplica + 1n)
  return { first, replicasAtFirst: replicas, sustainedFrom, why: null }
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}

export interface OwnedMachines {
  readonly gpus: Fraction
  readonly capexPerGpu: Fraction
  /** Servers, network, racks: per what the cards cost. */
  readonly overheadShare: Fraction
  /** What they bring at the end, per what they cost. */
  readonly residualShare: Fraction
  readonly months: Fraction
  readonly annualRate: Fraction
  readonly kwPerGpu: Fraction
  readonly pue: Fraction
  readonly hoursPerMonth: Fraction
  readonly usdPerKwh: Fraction
  readonly loadFactor: Fraction
  readonly coloPerGpu: Fraction
}

/** USD per month. */
export interface OwnedCost {
  readonly depreciation: Fraction
  /** On the balance as it is on average. */
  readonly financing: Fraction
  readonly power: Fraction
  readonly colocation: Fraction
  readonly total: Fraction
  readonly perGpuHour: Fraction
}

/** What machines of one's own cost a month. */
export function ownedCost(machines: OwnedMachines): OwnedCost {
  const { gpus, months, hoursPerMonth } = machines
  const capex = gpus.times(machines.capexPerGpu).times(Fraction.one.plus(machines.overheadShare))
  const residual = capex.times(machines.residualShare)
  const depreciation = capex.minus(residual).over(months)
  const balance = capex.plus(residual).over(Fraction.of(2))
  const financing = balance.times(machines.annualRate).over(Fraction.of(12))
  const power = gpus
    .times(machines.kwPerGpu)
    .times(machines.pue)
    .times(hoursPerMonth)
    .times(machines.usdPerKwh)
    .times(machines.loadFactor)
  const colocation = gpus.times(machines.coloPerGpu)
  const total = Fraction.sum([depreciation, financing, power, colocation])
  return {
    depreciation,
    financing,
    power,
    colocation,
    total,
    perGpuHour: total.over(gpus.times(hoursPerMonth)),
  }
}
