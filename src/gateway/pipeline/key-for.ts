import type { Secret } from '../../core/secret.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { rateRoom } from '../../providers/rate-room.ts'
import { credentialName } from './attempt.ts'
import type { Parts } from './parts.ts'
import { keyRestMs, type Place } from './resting.ts'

/** A key that has less of its rate left than this is spared, as long as there is another. */
const spareShare = 0.1

/**
 * One of a provider's keys: the one that holds the conversation's cache, else the next that has room
 * left; of several without room the one with the most. One that has to rest is passed over, and when
 * all do it is the one that rests least.
 * @param holder  fingerprint of the key that holds the cache; null: none does
 * @param spread  any number; calls with different ones begin at different keys
 */
export function keyFor(
  place: Place,
  holder: string | null,
  spread: number,
  { health, keyRoom }: Pick<Parts, 'health' | 'keyRoom'>,
): Secret {
  const { provider, model } = place
  const { keys } = provider
  const held = holder === null ? -1 : keys.findIndex((key) => key.fingerprint() === holder)
  const from = held >= 0 ? held : spread % keys.length
  const turned = [...keys.slice(from), ...keys.slice(0, from)]
  const rest = (key: Secret): number => keyRestMs(place, key, health)
  const rested = health.isClear ? turned : turned.filter((key) => rest(key) === 0)
  const [first] = rested
  if (first === undefined) return turned.toSorted((left, right) => rest(left) - rest(right))[0]!
  if (held >= 0 && first === keys[held]) return first
  const room = (key: Secret): number =>
    keyRoom.shareOf(roomName(`${provider.id}/${model}`, credentialName(provider.id, key)))
  return (
    rested.find((key) => room(key) >= spareShare) ??
    rested.toSorted((left, right) => room(right) - room(left))[0]!
  )
}

/** Remembers what an answer said of its key's rate. */
export function noteRoom(
  headers: HeaderReader,
  model: string,
  credential: string,
  { keyRoom, health, clock }: Pick<Parts, 'keyRoom' | 'health' | 'clock'>,
): void {
  const room = rateRoom(headers, clock.now() / 1_000)
  if (room === null) return
  keyRoom.note(roomName(model, credential), room.share, room.resetMs)
  health.toldRoom(model, credential, room.share, room.resetMs)
}

function roomName(model: string, credential: string): string {
  return `${credential} ${model}`
}
