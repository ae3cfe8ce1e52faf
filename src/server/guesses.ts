import type { Clock } from '../core/clock.ts'
import { guessedTooOften, type GatewayError } from '../core/errors.ts'

/** Wrong keys that an address may send before it is slowed: a wrong deployment is put right by then. */
const freeGuesses = 200
/** Each wrong key after that is answered so much later than the one before. */
const stepMs = 20
const waitMsMax = 2_000
/** Refusals that wait for one address; while there are so many, its other keys are not even looked at. */
const waitingMax = 16
/** An address that sent no wrong key for so long is forgotten. */
const forgetUs = 600_000_000
const addressesMax = 10_000
/** Keys of one address that are known to be right. */
const knownMax = 1_000

interface Guesser {
  wrong: number
  waiting: number
  lastUs: number
  /** Ids of keys that came from this address since it began to guess. */
  readonly right: Set<string>
}

/**
 * Slows down whoever tries keys. Only the address that they come from is slowed, and only its wrong
 * keys: keys that came from there meanwhile and are right go on as before, because many may share an
 * address with a stranger. While nobody guesses this costs a look at a number.
 */
export class Guesses {
  readonly #clock: Clock
  readonly #guessers = new Map<string, Guesser>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Addresses that sent a wrong key lately. */
  get watched(): number {
    return this.#guessers.size
  }

  /**
   * Before a request of an address is looked at.
   * @param keyId  whose key it brings; null when it is nobody's
   * @returns why it is turned away; null: it is not. A right key is told nothing else than a wrong one.
   */
  refusal(address: string, keyId: string | null): GatewayError | null {
    const guesser = this.#guessers.get(address)
    if (guesser === undefined) return null
    if (guesser.waiting >= waitingMax) {
      if (keyId !== null && guesser.right.has(keyId)) return null
      return guessedTooOften().after(waitMsMax)
    }
    if (keyId !== null && guesser.right.size < knownMax) guesser.right.add(keyId)
    return null
  }

  /** Counts a wrong key, and resolves when its refusal may be told. */
  async wrong(address: string): Promise<void> {
    const now = this.#clock.elapsedUs()
    const guesser = this.#guesserAt(address, now)
    guesser.wrong += 1
    guesser.lastUs = now
    const waitMs = Math.min(waitMsMax, (guesser.wrong - freeGuesses) * stepMs)
    if (waitMs <= 0) return
    guesser.waiting += 1
    try {
      await this.#clock.sleep(waitMs)
    } finally {
      guesser.waiting -= 1
    }
  }

  /** In the order of their last guess, so that the oldest stands first. */
  #guesserAt(address: string, now: number): Guesser {
    const known = this.#guessers.get(address)
    const guesser =
      known !== undefined && now - known.lastUs < forgetUs
        ? known
        : { wrong: 0, waiting: 0, lastUs: now, right: new Set<string>() }
    this.#guessers.delete(address)
    for (const [oldest, { lastUs }] of this.#guessers) {
      if (this.#guessers.size < addressesMax && now - lastUs < forgetUs) break
      this.#guessers.delete(oldest)
    }
    this.#guessers.set(address, guesser)
    return guesser
  }
}
