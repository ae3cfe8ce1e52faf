import { makeCatalog } from '../catalog/catalog.ts'
import type { DatedSegment } from '../catalog/book.ts'
import { cardsIn } from '../catalog/mode.ts'
import type { Model, PriceSegment } from '../catalog/model.ts'
import { costAt, priceAt } from '../catalog/price.ts'
import type { Instant } from '../core/clock.ts'
import { madeAt } from '../core/ids.ts'
import type { CostOf } from '../store/sqlite/verify.ts'

/** Prices as the configuration in force has them. */
export interface KnownPrices {
  readonly models: readonly Model[]
  /** Prices of own contracts, and the configuration that they stand in. */
  readonly own: readonly {
    readonly provider: string
    readonly model: string
    readonly segment: PriceSegment
  }[]
  readonly configHash: string
}

/** What a row should have cost, by the price that it names. */
export function costsBy({ models, own, configHash }: KnownPrices): CostOf {
  const catalog = makeCatalog(models)
  const owned = new Map(
    own.map(({ segment, ...each }) => [`${each.provider}/${each.model}@${segment.id}`, segment]),
  )
  return (record) => {
    const { priceId, usage, provider, model, at, callId } = record
    // What a correction adds is the difference of two prices, of which the list has one.
    if (record.role === 'correction') return 'unchecked'
    if (priceId === null || usage === null || provider === null || model === null)
      return 'unchecked'
    const found = catalog.find(provider, model, at)?.model
    const id = priceId.slice(priceId.lastIndexOf('@') + 1)
    if (record.costSource === 'own') {
      // What the file said under another configuration is not known any more.
      if (record.configHash !== configHash) return 'unchecked'
      const segment =
        owned.get(`${provider}/${model}@${id}`) ??
        owned.get(`${provider}/${found?.id ?? model}@${id}`)
      return segment ? costAt(segment, usage, at) : 'unchecked'
    }
    if (record.costSource !== 'table' || !found) return 'unchecked'
    // The plan of a call may be a moment older than the attempt, so either instant may choose the price.
    const segment = named(found, record.mode, id, [at, madeAt(callId)])
    return segment ? costAt(segment, usage, at) : 'unchecked'
  }
}

/**
 * The price of an id as it is believed now, else as it was believed when it held: a version that put the past
 * right keeps the ids of what it left as it was.
 */
function named(
  model: Model,
  mode: string | null,
  id: string,
  instants: readonly Instant[],
): PriceSegment | null {
  const { prices, before } = cardsIn(model, mode)
  const beliefs = Map.groupBy(before as readonly DatedSegment[], ({ knownFrom }) => knownFrom)
  const holding = [prices, ...[...beliefs.values()].toReversed()]
    .flatMap((cards) => instants.map((at) => priceAt(cards, at)))
    .find((segment) => segment?.id === id)
  if (holding) return holding
  // It did not hold then: what did tells that the row is wrong.
  if (prices.some((segment) => segment.id === id)) return priceAt(prices, instants[0]!)
  return before.findLast((segment) => segment.id === id) ?? null
}
