import type { PriceVersion } from '../catalog/book.ts'
import type { PriceSegment } from '../catalog/model.ts'
import { keptPrices } from '../store/kept-prices.ts'
import type { PriceBook, PriceRow } from '../store/prices.ts'

/** Versions of prices as the store had them last, for whoever reads a configuration. */
export class Book {
  readonly #store: Pick<PriceBook, 'prices'>
  #versions: readonly PriceVersion[] = []

  constructor(store: Pick<PriceBook, 'prices'>) {
    this.#store = store
  }

  get versions(): readonly PriceVersion[] {
    return this.#versions
  }

  async load(): Promise<void> {
    this.#versions = versionsOf(await this.#store.prices())
  }
}

/** Those of a store that a gateway may have open, for commands. @throws Error when it cannot be read */
export function keptVersions(folder: string): readonly PriceVersion[] {
  return versionsOf(keptPrices(folder))
}

/** Those that are or were believed. */
export function versionsOf(rows: readonly PriceRow[]): readonly PriceVersion[] {
  return rows.flatMap(({ id, provider, model, region, mode, body, knownFrom, knownTo }) =>
    knownFrom === null
      ? []
      : [{ id, provider, model, region, mode, segments: segmentsOf(body), knownFrom, knownTo }],
  )
}

export function segmentsOf(body: string): readonly PriceSegment[] {
  return JSON.parse(body) as readonly PriceSegment[]
}
