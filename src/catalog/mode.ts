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

/** A mode is a word: what else somebody sends in its place is no name that a row or a metric could have. */
const named = /^[a-z0-9][a-z0-9_.-]{0,39}$/

/** The mode that an answer names; null for the usual one, and for what is no name. */
export function modeNamed(word: string | null): string | null {
  const mode = word?.toLowerCase() ?? ''
  return usual.has(mode) || !named.test(mode) ? null : mode
}

/** What a model's card says of a mode now, and what it was taken to say before. */
export function cardsIn(
  { prices, pricesBefore = [], modes, modesBefore }: Model,
  mode: string | null,
): { readonly prices: readonly PriceSegment[]; readonly before: readonly PriceSegment[] } {
  const own = mode === null ? undefined : segmentsIn(modes, mode)
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
  const segments = segmentsIn(found.model.modes, mode)
  if (segments !== undefined) return { model: found.model, segment: priceAt(segments, at) }
  const models = catalog.models(found.model.provider)
  const isPriced = models.some(({ modes }) => segmentsIn(modes, mode) !== undefined)
  return isPriced ? { model: found.model, segment: null } : found
}

/** Callers and vendors name the mode: 'constructor' is none of an object's own. */
function segmentsIn(modes: Model['modes'], mode: string): readonly PriceSegment[] | undefined {
  return modes !== undefined && Object.hasOwn(modes, mode) ? modes[mode] : undefined
}
