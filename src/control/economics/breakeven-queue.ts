import type { MeasuredPoint } from '../../catalog/machines.ts'
import { Fraction } from '../../core/fraction.ts'
import { type Random, seeded } from '../../core/random.ts'
import type { CallLengths } from './breakeven-lengths.ts'
import type { Workload } from './breakeven-traffic.ts'
import type { BreakEvenStudy } from './breakeven-types.ts'
import { hoursPerMonth } from './hours.ts'
import { arrivalsOf, replicasFor } from './queue.ts'
import type { Terms } from './self-host.ts'

/** What use of own machines the traffic's own hours and lengths leave. */

/** Waiting for a slot longer than that is late. */
const waitMaxS = 1

/**
 * Which calls come, and how long each holds its slot at the measured pace. With a sample of single calls each draws its
 * length from there; those that are longer than anybody measured stay with the API. Without one all are as long as the
 * measured ones.
 */
function servedOf(
  all: Float64Array,
  lengths: CallLengths | null,
  { inputTokens, outputTokens, ttftMs, tpotMs }: MeasuredPoint,
  random: Random,
): { readonly arrivals: Float64Array; readonly services: number | Float64Array } {
  const seconds = (output: number): number => (ttftMs + tpotMs * Math.max(0, output - 1)) / 1_000
  if (lengths === null) return { arrivals: all, services: seconds(outputTokens) }
  const { inputs, outputs } = lengths
  const [arrivals, services]: [number[], number[]] = [[], []]
  for (const at of all) {
    const drawn = Math.floor(random.next() * inputs.length)
    if (inputs[drawn]! > inputTokens || outputs[drawn]! > outputTokens) continue
    arrivals.push(at)
    services.push(seconds(outputs[drawn]!))
  }
  return { arrivals: Float64Array.from(arrivals), services: Float64Array.from(services) }
}

/** The queue of the traffic's own hours: what utilisation the limits leave. */
export function simulated(
  { hourly, lengths }: Workload,
  point: MeasuredPoint,
  terms: Terms,
): BreakEvenStudy['simulation'] {
  const random = seeded(1)
  const all = arrivalsOf(hourly, random)
  const { arrivals, services } = servedOf(all, lengths, point, random)
  if (arrivals.length === 0) return null
  const sized = replicasFor(arrivals, services, point.concurrency, waitMaxS)
  if (sized === null) return null
  const replica = terms.usdPerGpuHour.times(Fraction.of(point.gpus * hoursPerMonth))
  return {
    calls: arrivals.length,
    replicas: sized.replicas,
    utilisation: Number(sized.run.utilisation.toFixed(4)),
    late: Number(sized.run.late.toFixed(4)),
    p99_wait_s: Number(sized.run.p99WaitS.toFixed(3)),
    per_month: terms.fixed.plus(replica.times(Fraction.of(sized.replicas))).text(2),
  }
}
