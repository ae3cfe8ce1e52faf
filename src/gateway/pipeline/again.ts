import type { GatewayError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { Parts } from './parts.ts'
import { isBusy, type Place, restMs } from './resting.ts'
import type { Task } from './snapshot.ts'

/**
 * A second try at the same model waits up to this long, by full jitter; it is one try and no more.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
const retryMsMax = 200

/** How long a second try waits: anything from nothing on, or all that failed together would come back together. */
export function retryPauseMs(random: Random): number {
  return retryMsMax * random.next()
}

/** Where everybody asked for a pause, one that is as short as this is waited for. */
const pauseMsMax = 1_000

/** What says that another key of the same account's owner may well be answered. */
const ofTheKey: ReadonlySet<string> = new Set([
  'provider_key_refused',
  'provider_quota_spent',
  'provider_account_unpaid',
  'provider_rate_limited',
])

/** Each key is asked once; the one that was refused rests, and so the next one is drawn. */
export function hasOtherKey(
  stop: Place,
  { code }: GatewayError,
  tries: number,
  { health }: Pick<Parts, 'health'>,
): boolean {
  const { keys } = stop.provider
  return ofTheKey.has(code) && tries + 1 < keys.length && restMs(stop, health) === 0
}

/** Once more here, where that may help, nobody has said to stay away, and the provider can bear it. */
export function mayRetry(
  stop: Place,
  error: GatewayError,
  { health, retryBudget }: Pick<Parts, 'health' | 'retryBudget'>,
): boolean {
  return error.again === 'here' && restMs(stop, health) === 0 && retryBudget.take(stop.provider.id)
}

/**
 * With nobody else to ask, and the provider's own word that it takes a moment only, the moment is
 * waited for: clients are told not to ask again, so they would not.
 * @returns whom to ask then; null when waiting would be too long
 */
export async function afterPause<Stop extends Place>(
  stops: readonly Stop[],
  { code, retryAfterMs }: GatewayError,
  trip: { readonly arrivedUs: number; readonly task: Pick<Task, 'timeouts'> | null },
  { health, retryBudget, clock }: Pick<Parts, 'health' | 'retryBudget' | 'clock'>,
): Promise<Stop | null> {
  if (code !== 'provider_rate_limited' || retryAfterMs === null) return null
  // Who fails, or is being tried by somebody else, will not be better in a moment.
  const [stop] = stops
    .filter((each) => isBusy(each, health))
    .toSorted((one, other) => restMs(one, health) - restMs(other, health))
  if (stop === undefined) return null
  const pauseMs = restMs(stop, health)
  const goneMs = (clock.elapsedUs() - trip.arrivedUs) / 1_000
  const deadlineMs = trip.task?.timeouts.total ?? Number.POSITIVE_INFINITY
  if (pauseMs > pauseMsMax || goneMs + pauseMs >= deadlineMs) return null
  if (!retryBudget.take(stop.provider.id)) return null
  await clock.sleep(pauseMs)
  return stop
}
