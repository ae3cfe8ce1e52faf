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
import type { Parts } from './parts.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { relay } from './relay.ts'
import type { Relayed } from './relayed.ts'
import { type GoOn, resumed } from './resume.ts'
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
      if (known !== null) return await kept(trip, known, parts)
    }
    const admitted = admit(trip, priced(stops, trip), parts)
    const allowed = await decided(trip, admitted, parts, incoming.departure)
    const answer = await askByCourse(trip, allowed, parts, incoming.departure)
    askedAside(trip, parts)
    const goOn: GoOn = (broken) => resumed(trip, allowed, broken, parts, incoming.departure)
    return await kept(trip, await relay(trip, answer, parts, goOn), parts)
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

async function kept(trip: Trip, relayed: Relayed, { shelf }: Parts): Promise<Relayed> {
  if (trip.keeping === null) return relayed
  const cost = (): string | null => (trip.costUnknown ? null : trip.cost.toString())
  return trip.keeping.passOn(relayed, cost, () => shelf.settled())
}
