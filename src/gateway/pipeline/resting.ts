import type { Secret } from '../../core/secret.ts'
import type { Health } from '../health/health.ts'
import { credentialName } from './attempt.ts'
import type { LiveProvider } from './snapshot.ts'

/** Whom a stop would ask. */
export interface Place {
  readonly provider: Pick<LiveProvider, 'id' | 'keys'>
  readonly model: string
}

/** Milliseconds until it may be asked: the provider, the model, and the one of its keys that rests least. */
export function restMs(place: Place, health: Health): number {
  if (health.isClear) return 0
  const { provider, model } = place
  return Math.max(health.modelWaitMs(`${provider.id}/${model}`), keysRestMs(place, health))
}

/** Whether it rests for failing alone: keys that are refused, spent or limited answer nobody. */
export function isOutlier(place: Place, health: Health): boolean {
  return restMs(place, health) > 0 && keysRestMs(place, health) === 0
}

/** The same of one of its keys at the model. */
export function keyRestMs({ provider, model }: Place, key: Secret | null, health: Health): number {
  return health.keyWaitMs(`${provider.id}/${model}`, credentialName(provider.id, key))
}

function keysRestMs(place: Place, health: Health): number {
  const { keys } = place.provider
  if (keys.length === 0) return keyRestMs(place, null, health)
  let least = Number.POSITIVE_INFINITY
  for (const key of keys) least = Math.min(least, keyRestMs(place, key, health))
  return least
}
