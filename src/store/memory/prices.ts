import type { Instant } from '../../core/clock.ts'
import { cardOf, type PriceBook, type PriceDraft, type PriceRow } from '../prices.ts'

/** Versions of prices in memory. */
export class MemoryPrices implements PriceBook {
  readonly #rows: PriceRow[] = []

  async prices(): Promise<readonly PriceRow[]> {
    return [...this.#rows]
  }

  async addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]> {
    return drafts.map((draft) => {
      const isKnown = draft.doubts.length === 0
      if (isKnown) this.#closeLast(draft, at)
      const row: PriceRow = {
        ...draft,
        id: this.#rows.length + 1,
        addedAt: at,
        state: isKnown ? 'known' : 'held',
        knownFrom: isKnown ? at : null,
        knownTo: null,
      }
      this.#rows.push(row)
      return row
    })
  }

  async decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null> {
    const held = this.#rows[id - 1]
    if (held?.state !== 'held') return null
    if (confirmed) this.#closeLast(held, at)
    const row: PriceRow = confirmed
      ? { ...held, state: 'known', knownFrom: at }
      : { ...held, state: 'rejected' }
    this.#rows[id - 1] = row
    return row
  }

  #closeLast(draft: PriceDraft, at: Instant): void {
    const card = cardOf(draft)
    const last = this.#rows.findIndex(
      (row) => row.state === 'known' && row.knownTo === null && cardOf(row) === card,
    )
    if (last !== -1) this.#rows[last] = { ...this.#rows[last]!, knownTo: at }
  }
}
