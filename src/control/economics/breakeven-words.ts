import { Fraction } from '../../core/fraction.ts'
import type { Comparison, Hybrid, LatencyLimits, NoPoint } from './self-host.ts'

/** What a break-even comes to, in sentences. */

export function verdictOf(
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

/** Why own machines do not pay, or not for good; null when they do. */
export function reasonOf(
  { why, callsPerReplica, replica }: Comparison,
  perCall: Fraction,
): string | null {
  switch (why) {
    case null:
      return null
    case 'own calls cost no less':
      return 'the API costs nothing'
    case 'a full replica does not earn itself':
      return `a replica that is full, peaks allowed for, takes ${callsPerReplica} calls a month, which the API answers for $${perCall.times(Fraction.of(callsPerReplica)).text(2)}; the replica costs $${replica.text(2)}`
  }
}

export function missingText(none: NoPoint, model: string, limits: LatencyLimits): string {
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
      return `no measured point keeps ${limits.ttftMs} ms to the first token and ${limits.tpotMs} ms for each further one; the best per card takes ${none.best.ttftMs} and ${none.best.tpotMs} ms (${none.best.gpus} x ${none.best.gpu}). Allow more time to the first token (ttft) or for each further one (tpot), or name another card (gpu).`
  }
}
