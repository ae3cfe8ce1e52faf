/** Who waits until the loop has looked at its sockets. */
export interface Waiting {
  /** Throws nothing. */
  looked(): void
}

/**
 * Turns of the event loop. When the first begins after somebody came, the loop may not have looked at its
 * sockets since; when the second does, it has. All who come in the same turn wait for the same two.
 */
export class Turns {
  /** Who came since the last turn. */
  #came: Waiting[] = []
  /** Who was there when it began. */
  #there: Waiting[] = []
  /** The list that is used next: no turn makes one. */
  #empty: Waiting[] = []
  #isSet = false
  readonly #turn = (): void => {
    const due = this.#there
    this.#there = this.#came
    this.#came = this.#empty
    this.#isSet = this.#there.length > 0
    if (this.#isSet) setImmediate(this.#turn)
    for (const waiting of due) waiting.looked()
    due.length = 0
    this.#empty = due
  }

  /** Tells `waiting` when the loop has looked at its sockets. */
  wait(waiting: Waiting): void {
    this.#came.push(waiting)
    if (this.#isSet) return
    this.#isSet = true
    setImmediate(this.#turn)
  }
}
