import { asGatewayError } from '../../core/errors.ts'
import { admit, priced } from './admit.ts'
import { askedAside } from './aside.ts'
import { cached } from './answer-cache.ts'
import { askByCourse } from './cascade.ts'
import { attribute } from './attribute.ts'
import { authenticate } from './authenticate.ts'
import { closeRefused, closeTrip } from './close.ts'
import { resume } from './conversation.ts'
import { estimateCount } from './count.ts'
import { decided } from './embed-prompt.ts'
import { repeated } from './idempotency.ts'
import type { Keeping } from './keeping.ts'
import type { Parts } from './parts.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { relay } from './relay.ts'
import type { Relayed } from './relayed.ts'
import { goOnFor } from './resume.ts'
import { route } from './route.ts'
import { type Incoming, Trip } from './trip.ts'

/**
 * The way of a call. Whatever happens, it is accounted and logged once: here when it fails before
 * the answer starts, in `relay` when the answer ends or the caller leaves. What a stranger without a
 * key sends leaves no row, and neither does what is turned away because there is too much to do.
 * @throws GatewayError, in words for the caller
 */
export async function handle(incoming: Incoming, parts: Parts): Promise<Relayed> {
  const key = incoming.key ?? authenticate(incoming.credential, parts.keyring)
  parts.shedding.admit(incoming.urgency ?? 'interactive')
  const call = await incoming.readCall(key)
  const attribution = attribute(call, incoming.header)
  const snapshot = parts.snapshot()
  const trip = new Trip(incoming, key, call, attribution, snapshot, parts.clock)
  try {
    const estimate = estimateCount(trip, parts)
    if (estimate !== null) return estimate
    const idempotencyKey = trip.header('idempotency-key')
    if (idempotencyKey !== null && idempotencyKey !== '') {
      const replayed = await repeated(trip, idempotencyKey, parts)
      if (replayed !== null) return replayed
    }
    if (trip.dialect.conversations) await resume(trip, parts)
    const { task, stops, course, baseline } = route(trip, parts)
    trip.task = task
    trip.baseline = baseline
    trip.course = course
    const { cache = null } = task ?? {}
    if (cache !== null) {
      const known = await cached(trip, cache, stops, parts, incoming.departure)
      if (known !== null)
        return trip.keeping === null ? known : await kept(trip, trip.keeping, known, parts)
    }
    const admitted = admit(trip, priced(stops, trip), parts)
    const deciding = decided(trip, admitted, parts, incoming.departure)
    const allowed = deciding instanceof Promise ? await deciding : deciding
    const answer = await askByCourse(trip, allowed, parts, incoming.departure)
    askedAside(trip, parts)
    const goOn = goOnFor(trip, allowed, parts, incoming.departure)
    const relayed = await relay(trip, answer, parts, goOn)
    return trip.keeping === null ? relayed : await kept(trip, trip.keeping, relayed, parts)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    trip.keeping?.fail(error)
    if (trip.attempts === 0) closeRefused(trip, error, parts)
    else closeTrip(trip, null, parts)
    await parts.shelf.settled()
    if (trip.rates !== null) error.headers ??= rateHeadersOf(trip, trip.rates, parts)
    throw error
  }
}

function kept(trip: Trip, keeping: Keeping, relayed: Relayed, { shelf }: Parts): Promise<Relayed> {
  const cost = (): string | null => (trip.costUnknown ? null : trip.cost.toString())
  return keeping.passOn(relayed, cost, () => shelf.settled())
}
