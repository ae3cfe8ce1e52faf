/** Lets so many run at the same moment and no more; who waits longest is next. */
export class Slots {
  readonly #count: () => number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  /** @param count  asked anew each time: a reload may change it */
  constructor(count: () => number) {
    this.#count = count
  }

  get count(): number {
    return this.#count()
  }

  async take(): Promise<void> {
    if (this.#taken >= this.#count()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise
    }
    this.#taken += 1
  }

  free(): void {
    this.#taken -= 1
    if (this.#taken < this.#count()) this.#waiting.shift()?.()
  }
}
