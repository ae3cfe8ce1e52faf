import type { Secret } from '../../core/secret.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { rateRoom } from '../../providers/rate-room.ts'
import { credentialName } from './attempt.ts'
import type { Parts } from './parts.ts'
import { modelName } from './place-name.ts'
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
  const held = holder === null ? -1 : keyNamed(holder, keys)
  const from = held >= 0 ? held : spread % keys.length
  let roomiest: Secret | null = null
  let most = -1
  let rested: Secret | null = null
  let leastMs = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < keys.length; turn += 1) {
    const key = keys[(from + turn) % keys.length]!
    const restMs = keyRestMs(place, key, health)
    if (restMs > 0) {
      if (restMs >= leastMs) continue
      rested = key
      leastMs = restMs
      continue
    }
    if (turn === 0 && held >= 0) return key
    const name = roomName(modelName(provider, model), credentialName(provider.id, key))
    const room = keyRoom.shareOf(name)
    if (room >= spareShare) return key
    if (room <= most) continue
    roomiest = key
    most = room
  }
  return roomiest ?? rested!
}

/** Which of the keys has this fingerprint; -1 where none has. */
export function keyNamed(fingerprint: string, keys: readonly Secret[]): number {
  return keys.findIndex((key) => key.fingerprint() === fingerprint)
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
