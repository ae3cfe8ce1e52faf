import { Fraction } from '../../core/fraction.ts'
import type { BreakEvenCurve, CurvePoint } from './breakeven-types.ts'
import type { Comparison, Terms, Traffic } from './self-host.ts'

/** Volumes that a chart has room for. */
const steps = 60

/** Past the break-even, past the traffic as it is, or over three replicas where own machines never pay. */
const beyond = 1.5
const replicasShown = 3

/** What each volume costs, both ways: the API's line and the stairs of own machines. */
export function curveOf(
  comparison: Comparison,
  { callsPerMonth }: Pick<Traffic, 'callsPerMonth'>,
  terms: Terms,
): BreakEvenCurve {
  const { first, sustainedFrom, callsPerReplica } = comparison
  const marks = [callsPerMonth, Number(sustainedFrom ?? first ?? callsPerReplica * 3n)]
  const most = Math.max(1, Math.ceil(beyond * Math.max(...marks)))
  const even = Array.from({ length: steps + 1 }, (_, index) => Math.round((most * index) / steps))
  const named = [first, sustainedFrom].flatMap((each) => (each === null ? [] : [Number(each)]))
  // A stair shows as one only where both its ends are drawn, while there are few.
  const stairs = Array.from({ length: replicasShown * 4 }, (_, index) => [
    Number(callsPerReplica) * (index + 1),
    Number(callsPerReplica) * (index + 1) + 1,
  ])
    .flat()
    .filter((calls) => calls <= most)
  const volumes = [...new Set([...even, ...named, ...stairs, Math.round(callsPerMonth)])]
  return {
    points: volumes
      .toSorted((left, right) => left - right)
      .map((calls) => pointAt(calls, comparison, terms)),
    own_point: pointAt(Math.round(callsPerMonth), comparison, terms),
  }
}

function pointAt(
  calls: number,
  { callsPerReplica, replica }: Comparison,
  { apiPerCall, fixed }: Terms,
): CurvePoint {
  const volume = BigInt(calls)
  const replicas = (volume + callsPerReplica - 1n) / callsPerReplica
  return {
    calls_per_month: calls,
    api_usd: apiPerCall.times(Fraction.of(volume)).text(2),
    own_usd: fixed.plus(replica.times(Fraction.of(replicas))).text(2),
    replicas: Number(replicas),
  }
}
