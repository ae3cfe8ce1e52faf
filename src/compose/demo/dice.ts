import { type Instant } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import { type Random, seeded, shareOf } from '../../core/random.ts'

/** Chance of one hour: the same seed and hour give the same calls, whatever came before. */
export class Dice {
  readonly #random: Random

  constructor(seed: number, what: string) {
    this.#random = seeded(Math.floor(shareOf(`${seed} ${what}`) * 2 ** 32))
  }

  share(): number {
    return this.#random.next()
  }

  happens(share: number): boolean {
    return this.#random.next() < share
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1))
  }

  /** About a median, with a tail to the right. */
  about(median: number, spread: number): number {
    return median * Math.exp(spread * this.#normal())
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.#random.next() * values.length)]!
  }

  weighted<Value extends { readonly weight: number }>(values: readonly Value[]): Value {
    let left = this.#random.next() * values.reduce((sum, { weight }) => sum + weight, 0)
    return values.find(({ weight }) => (left -= weight) < 0) ?? values.at(-1)!
  }

  /** A whole number about a mean, as independent arrivals are counted. */
  count(mean: number): number {
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()))
  }

  /** A UUIDv7 of a moment, as `newCallId` makes them. */
  callId(at: Instant): CallId {
    const ms = Math.floor(at / 1_000)
      .toString(16)
      .padStart(12, '0')
    const rest = `7${this.hex(3)}-${'89ab'[this.whole(0, 3)]}${this.hex(3)}-${this.hex(12)}`
    return `${ms.slice(0, 8)}-${ms.slice(8)}-${rest}` as CallId
  }

  hex(length: number): string {
    let text = ''
    while (text.length < length)
      text += Math.floor(this.#random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return text.slice(0, length)
  }

  /** Box and Muller's. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.next()))
    return radius * Math.cos(2 * Math.PI * this.#random.next())
  }
}
