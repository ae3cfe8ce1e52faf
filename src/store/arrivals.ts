import type { CallId } from '../core/ids.ts'

const arrivalsMax = 10_000

/**
 * The order in which attempts came into the ledger lately. Ids sort by when a call began, and a call
 * that streams for a minute comes a minute after its id: a follower that asked by id would miss it.
 */
export class Arrivals {
  readonly #ids: CallId[] = []
  readonly #last = new Map<CallId, number>()
  /** How many came before the first of `#ids`. */
  #before = 0

  push(id: CallId): void {
    this.#last.set(id, this.#before + this.#ids.length)
    this.#ids.push(id)
    // Cut in large steps, because a shift moves all of it.
    if (this.#ids.length >= 2 * arrivalsMax) this.#cut()
  }

  /** The calls that came after this one did, each once; null when that is not known any more. */
  after(id: CallId): CallId[] | null {
    const at = this.#last.get(id)
    return at === undefined ? null : [...new Set(this.#ids.slice(at - this.#before + 1))]
  }

  #cut(): void {
    const gone = this.#ids.splice(0, arrivalsMax)
    gone.forEach((id, index) => {
      if (this.#last.get(id) === this.#before + index) this.#last.delete(id)
    })
    this.#before += gone.length
  }
}
