import type { Departure } from '../../core/departure.ts'
import type { KeptAnswer } from './keeping.ts'

/** An answer that is being made and will be kept; null: it came to nothing that can be given again. */
type Flight = Promise<KeptAnswer | null>

/**
 * Cacheable calls under way, by what they ask: a provider is asked once for all that come while it
 * answers. Whoever leads tells the others when it is done, however it ends.
 */
export class CacheFlights {
  readonly #flights = new Map<string, Flight>()

  /** The flight of a call that asks the same. */
  find(id: string): Flight | undefined {
    return this.#flights.get(id)
  }

  /** @returns tells those who wait; to be called once, on whichever way out */
  lead(id: string): (answer: KeptAnswer | null) => void {
    const { promise, resolve } = Promise.withResolvers<KeptAnswer | null>()
    this.#flights.set(id, promise)
    return (answer) => {
      this.#flights.delete(id)
      resolve(answer)
    }
  }
}

/** @throws why the call need not go on, as soon as it need not */
export async function landed(flight: Flight, departure: Departure): Promise<KeptAnswer | null> {
  departure.throwIfLeft()
  const { promise: left, reject } = Promise.withResolvers<never>()
  const hearing = departure.branch()
  hearing.listen(reject)
  const answer = await Promise.race([flight, left])
  hearing.listen(null)
  return answer
}
