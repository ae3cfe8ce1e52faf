import type { CallId } from '../core/ids.ts'

const arrivalsMax = 10_000

/**
 * The order in which attempts came into the ledger lately. Ids sort by when a call began, and a call
 * that streams for a minute comes a minute after its id: a follower that asked by id would miss it.
 */
export class Arrivals {
  readonly #ids: CallId[] = []

  push(id: CallId): void {
    this.#ids.push(id)
    // Cut in large steps, because a shift moves all of it.
    if (this.#ids.length >= 2 * arrivalsMax) this.#ids.splice(0, arrivalsMax)
  }

  /** The calls that came after this one did, each once; null when that is not known any more. */
  after(id: CallId): CallId[] | null {
    // Looked for and not noted: somebody asks once a second, and rows come by the thousand.
    const at = this.#ids.lastIndexOf(id)
    return at === -1 ? null : [...new Set(this.#ids.slice(at + 1))]
  }
}
