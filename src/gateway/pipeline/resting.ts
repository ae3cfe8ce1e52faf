import type { Secret } from '../../core/secret.ts'
import type { Health } from '../health/health.ts'
import { credentialName } from './attempt.ts'
import { placeName } from './place-name.ts'
import type { LiveProvider } from './snapshot.ts'

/** Whom a stop would ask. */
export interface Place {
  readonly provider: Pick<LiveProvider, 'id' | 'keys'>
  readonly model: string
  /** In which mode of service it is asked; absent: as everybody asks. */
  readonly mode?: string
}

/** Milliseconds until it may be asked: the provider, the model, and the one of its keys that rests least. */
export function restMs(place: Place, health: Health): number {
  if (health.isClear) return 0
  return Math.max(health.modelWaitMs(placeName(place)), keysRestMs(place, health))
}

/** Whoever was to be asked has to be left alone. */
export class LeftAlone extends Error {}

/** Nobody knows what holds in a minute: whoever would have to wait longer for a turn is told to come back. */
export const turnMsMax = 60_000

/** Whether it answers, and not yet: its rate is used up, and soon it is not. */
export function isBusy(place: Place, health: Health): boolean {
  const { id, keys } = place.provider
  const name = placeName(place)
  return (keys.length === 0 ? [null] : keys).some((key) => {
    const credential = credentialName(id, key)
    return health.isOnlyLimited(name, credential) && health.keyWaitMs(name, credential) <= turnMsMax
  })
}

/** Whether it rests for failing alone: keys that are refused, spent or limited answer nobody. */
export function isOutlier(place: Place, health: Health): boolean {
  return restMs(place, health) > 0 && keysRestMs(place, health) === 0
}

/** The same of one of its keys at the model. */
export function keyRestMs(place: Place, key: Secret | null, health: Health): number {
  if (health.isClear) return 0
  return health.keyWaitMs(placeName(place), credentialName(place.provider.id, key))
}

function keysRestMs(place: Place, health: Health): number {
  const { keys } = place.provider
  if (keys.length === 0) return keyRestMs(place, null, health)
  let least = Number.POSITIVE_INFINITY
  for (const key of keys) least = Math.min(least, keyRestMs(place, key, health))
  return least
}
