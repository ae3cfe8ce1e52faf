import type { Departure } from '../../core/departure.ts'
import { GatewayError, internalFault, modelUnavailable } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { Money } from '../../core/money.ts'
import { emulationOf } from '../emulate/emulation.ts'
import type { PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { type Attempt, credentialName } from './attempt.ts'
import { closeAttempt } from './close.ts'
import { emulate } from './emulate.ts'
import { attemptAt } from './exchange.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import type { Trip } from './trip.ts'

/** A second try at the same model waits this long, jittered; it is one try and no more. */
const retryWaitMs = 100

/**
 * Walks the stops until somebody answers. What a provider did wrong says where asking again may help;
 * after the first content byte nobody else is asked.
 * @throws what the last provider said; caller_left; ledger_unavailable
 */
export async function ask(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  let last: GatewayError | null = null
  for (const stop of healthyFirst(stops, parts)) {
    for (let tries = 0; tries < 2; tries += 1) {
      const begun = trip.attempts
      const role = begun === 0 ? 'served' : tries > 0 ? 'retry' : 'fallback'
      const why = last === null ? stop.reason : `${stop.reason}, after ${last.code}`
      try {
        return await answerAt({ ...stop, reason: why }, role, trip, parts, departure)
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        last = error
      }
      if (departure.reason !== null || last.code === 'ledger_unavailable') throw last
      // Whoever could not be asked at all leaves the others to be asked.
      if (trip.attempts === begun) break
      if (last.again === 'never') throw last
      if (last.again !== 'here' || tries > 0) break
      await parts.clock.sleep(retryWaitMs * (0.5 + parts.random.next()))
      departure.throwIfLeft()
    }
  }
  throw last ?? modelUnavailable(trip.call.model)
}

/** The ones that have to wait come last; when all have to, only the one that waits least is asked. */
function healthyFirst(stops: readonly PricedStop[], { health }: Parts): readonly PricedStop[] {
  if (stops.length === 1) return stops
  const waits = new Map(stops.map((stop) => [stop, waitMs(stop, health)]))
  const healthy = stops.filter((stop) => waits.get(stop) === 0)
  if (healthy.length > 0) return healthy
  const [soonest] = stops.toSorted((left, right) => waits.get(left)! - waits.get(right)!)
  return soonest ? [soonest] : []
}

function waitMs({ provider, model }: PricedStop, health: Parts['health']): number {
  const credentials = provider.keys.length > 0 ? provider.keys : [null]
  const waits = credentials.map((key) => health.waitMs(credentialName(provider.id, key)))
  return Math.max(health.waitMs(`${provider.id}/${model}`), Math.min(...waits))
}

/** What of a call its provider cannot do, the gateway does: then it is asked otherwise, and answered whole. */
async function answerAt(
  stop: PricedStop,
  role: Attempt['role'],
  trip: Trip,
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const { provider, model } = stop
  const { dialect, quirks = {} } = doorFor(provider, trip.call, model)
  const emulation = emulationOf(trip.call, dialect, quirks, model)
  if (emulation === null) {
    return attemptAt(stop, role, trip, { call: trip.call, words: [] }, parts, departure)
  }
  const { words, asksMax } = emulation
  const most = stop.ceiling === null ? null : ((stop.ceiling / BigInt(asksMax)) as Money)
  const share = { ...stop, ceiling: most }
  const answer = await emulate(emulation, role, `${provider.id}/${model}`, async (call, why) => {
    const answered = await attemptAt(share, why, trip, { call, words }, parts, departure)
    if (answered.kind !== 'whole') throw internalFault() // only streams come otherwise
    const { attempt, reply } = answered
    closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
    return answered
  })
  if (!trip.call.stream) return { ...answer, text: null }
  const { attempt, door, reply } = answer
  return { kind: 'unfolded', attempt, door, deltas: deltasOf(reply) }
}
