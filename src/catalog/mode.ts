import type { Instant } from '../core/clock.ts'
import type { Catalog, Found } from './catalog.ts'
import type { Model, PriceSegment } from './model.ts'
import { priceAt } from './price.ts'

/** A vendor's own batches: answers within a day, as a rule at half the price. */
export const batchMode = 'batch'

/** Words of vendors for the service that everybody gets who asks for nothing else. */
const usual: ReadonlySet<string> = new Set([
  '',
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
])

/** The mode that an answer names; null for the usual one. */
export function modeNamed(word: string | null): string | null {
  return word === null || usual.has(word.toLowerCase()) ? null : word.toLowerCase()
}

/** What a model's card says of a mode now, and what it was taken to say before. */
export function cardsIn(
  { prices, pricesBefore = [], modes, modesBefore }: Model,
  mode: string | null,
): { readonly prices: readonly PriceSegment[]; readonly before: readonly PriceSegment[] } {
  const own = mode === null ? undefined : modes?.[mode]
  return own === undefined
    ? { prices, before: pricesBefore }
    : { prices: own, before: modesBefore?.[mode!] ?? [] }
}

/**
 * The model at the price that it has in a mode. Where the seller's card has no such mode at all, the mode
 * has no price of its own; where it has it for others alone, this model's is not known.
 * @param mode  null: as it serves everybody
 */
export function inMode(
  found: Found,
  mode: string | null,
  at: Instant,
  catalog: Pick<Catalog, 'models'>,
): Found {
  if (mode === null || found.model.machine !== null) return found
  const segments = found.model.modes?.[mode]
  if (segments !== undefined) return { model: found.model, segment: priceAt(segments, at) }
  const isPriced = catalog.models(found.model.provider).some(({ modes }) => modes?.[mode])
  return isPriced ? { model: found.model, segment: null } : found
}
