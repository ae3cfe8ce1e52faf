import { tokensMax } from '../core/usage.ts'

/** Reads counts and remembers whether one of them was none. */
export class Counter {
  clamped = false

  /** The first of these that is given, as a whole number from 0 to `tokensMax`; null when none is. */
  first(
    one: unknown,
    two?: unknown,
    three?: unknown,
    four?: unknown,
    five?: unknown,
  ): number | null {
    const value = one ?? two ?? three ?? four ?? five ?? null
    if (value === null) return null
    const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (
      typeof count === 'number' &&
      Number.isSafeInteger(count) &&
      count >= 0 &&
      count <= tokensMax
    )
      return count
    this.clamped = true
    if (typeof count !== 'number' || Number.isNaN(count)) return 0
    return Math.min(Math.max(Math.round(count), 0), tokensMax)
  }
}

/** Parts taken out of a whole: never more than is left. */
export class Share {
  left: number
  readonly #counter: Counter

  constructor(whole: number, counter: Counter) {
    this.left = whole
    this.#counter = counter
  }

  take(part: number): number {
    const taken = Math.min(part, this.left)
    if (taken < part) this.#counter.clamped = true
    this.left -= taken
    return taken
  }
}
