import { asGatewayError } from '../../core/errors.ts'
import { admit, priced } from './admit.ts'
import { ask } from './ask.ts'
import { attribute } from './attribute.ts'
import { authenticate } from './authenticate.ts'
import { closeRefused, closeTrip } from './close.ts'
import { resume } from './conversation.ts'
import { estimateCount } from './count.ts'
import type { Parts } from './parts.ts'
import { relay, type Relayed } from './relay.ts'
import { route } from './route.ts'
import { type Incoming, Trip } from './trip.ts'

/**
 * The way of a call. Whatever happens, it is accounted and logged once: here when it fails before
 * the answer starts, in `relay` when the answer ends or the caller leaves. What a stranger without a
 * key sends leaves no row.
 * @throws GatewayError, in words for the caller
 */
export async function handle(incoming: Incoming, parts: Parts): Promise<Relayed> {
  const key = incoming.key ?? authenticate(incoming.credential, parts.keyring)
  const call = await incoming.readCall(key)
  const attribution = attribute(call, incoming.header)
  const snapshot = parts.snapshot()
  const trip = new Trip(incoming, key, call, attribution, snapshot, parts.clock)
  try {
    const estimate = estimateCount(trip, parts)
    if (estimate !== null) return estimate
    if (trip.dialect.conversations) await resume(trip, parts)
    const { task, stops } = route(trip, parts)
    trip.task = task
    const allowed = admit(trip, priced(stops, trip), parts)
    const answer = await ask(trip, allowed, parts, incoming.departure)
    return await relay(trip, answer, parts)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    if (trip.attempts === 0) closeRefused(trip, error, parts)
    else closeTrip(trip, null, parts)
    throw error
  }
}
