/** What a provider's headers said of a key: how much of its rates is left, and for how long that holds. */
interface Room {
  readonly share: number
  readonly untilUs: number
}

/** Keys at models; the one that was heard of longest ago goes first. */
const roomsMax = 10_000

/**
 * How much room each of several keys has, by what the provider told with its last answer. Nobody is
 * asked more carefully for it: it only says which key to spare.
 */
export class KeyRoom {
  readonly #rooms = new Map<string, Room>()
  readonly #elapsedUs: () => number

  /** @param elapsedUs  microseconds on a monotonic clock */
  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  /**
   * @param key  a credential at a model
   * @param share  of its rate, from 0 to 1
   * @param resetMs  until it is whole again
   */
  note(key: string, share: number, resetMs: number): void {
    this.#rooms.delete(key)
    this.#rooms.set(key, { share, untilUs: this.#elapsedUs() + resetMs * 1_000 })
    if (this.#rooms.size <= roomsMax) return
    const [oldest] = this.#rooms.keys()
    if (oldest !== undefined) this.#rooms.delete(oldest)
  }

  /** 1 where nothing else is known. */
  shareOf(key: string): number {
    const room = this.#rooms.get(key)
    return room === undefined || room.untilUs <= this.#elapsedUs() ? 1 : room.share
  }
}
