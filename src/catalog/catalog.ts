import type { Instant } from '../core/clock.ts'
import { pricedAs, spellings } from './alias.ts'
import type { Model, OwnMachine, Price, PriceSegment } from './model.ts'
import { isTimeless, priceAt } from './price.ts'

/** A model and the price that is valid for it at an instant; null when none is known. */
export interface Found {
  /** Under its own id, also when it was asked for by another spelling. */
  readonly model: Model
  readonly segment: PriceSegment | null
}

export interface Catalog {
  /** Null when the catalog does not know this model at this provider. */
  find(provider: string, model: string, at: Instant): Found | null
  /** What a provider is known to sell. */
  models(provider: string): readonly Model[]
}

/** A price of one's own contract, or a machine of one's own, as the configuration names it. */
export type OwnPrice = { readonly provider: string; readonly model: string } & (
  | {
      readonly price: Price
      readonly modes?: Readonly<Record<string, Price>>
      readonly machine?: never
    }
  | { readonly machine: OwnMachine; readonly price?: never; readonly modes?: never }
)

/** @throws RangeError when a provider's id or alias stands for two models */
export function makeCatalog(models: readonly Model[]): Catalog {
  const shelves = new Map<string, Shelf>()
  for (const model of models) {
    let shelf = shelves.get(model.provider)
    if (!shelf) shelves.set(model.provider, (shelf = { models: [], entries: new Map() }))
    shelf.models.push(model)
    const entry = { model, always: alwaysOf(model) }
    put(shelf, model.id, entry)
    for (const alias of model.aliases ?? []) put(shelf, alias, entry)
  }
  return {
    find: (provider, id, at) => {
      const shelf = shelves.get(provider)
      if (!shelf) return null
      const entry = shelf.entries.get(id) ?? respelt(shelf, id)
      if (!entry) return null
      return entry.always ?? { model: entry.model, segment: priceAt(entry.model.prices, at) }
    },
    models: (provider) => shelves.get(provider)?.models ?? [],
  }
}

/**
 * A catalog in which own prices stand over the printed ones. A model that the catalog does not know
 * gets an entry of which nothing but the price is known.
 */
export function withOwnPrices(catalog: Catalog, own: readonly OwnPrice[]): Catalog {
  const named = new Map<string, Map<string, Found>>()
  const meant = new Map<string, Map<string, Found>>()
  for (const price of own) {
    const found = foundOf(catalog, price)
    shelfOf(named, price.provider).set(price.model, found)
    shelfOf(meant, price.provider).set(found.model.id, found)
  }
  return {
    find: (provider, id, at) => {
      const exact = named.get(provider)?.get(id)
      if (exact) return exact
      const printed = catalog.find(provider, id, at)
      // A contract for a model holds under each of its spellings.
      return (printed && meant.get(provider)?.get(printed.model.id)) ?? printed
    },
    models: (provider) => {
      const shelf = meant.get(provider)
      if (!shelf) return catalog.models(provider)
      const models = new Map(catalog.models(provider).map((model) => [model.id, model]))
      for (const { model } of shelf.values()) models.set(model.id, model)
      return [...models.values()]
    },
  }
}

function shelfOf(shelves: Map<string, Map<string, Found>>, provider: string): Map<string, Found> {
  const known = shelves.get(provider)
  if (known) return known
  const made = new Map<string, Found>()
  shelves.set(provider, made)
  return made
}

interface Shelf {
  readonly models: Model[]
  /** By id and by alias. */
  readonly entries: Map<string, Entry>
  /** By id and alias in small letters, made when first needed; null where two models share one. */
  folded?: ReadonlyMap<string, Entry | null>
}

interface Entry {
  readonly model: Model
  /** What is found at every instant; null for a price that changes. */
  readonly always: Found | null
}

function put({ entries }: Shelf, id: string, entry: Entry): void {
  if (entries.has(id)) throw new RangeError(`${entry.model.provider}/${id} stands twice.`)
  entries.set(id, entry)
}

function alwaysOf(model: Model): Found | null {
  const [only] = model.prices
  if (only === undefined) return { model, segment: null }
  return model.prices.length === 1 && isTimeless(only) ? { model, segment: only } : null
}

/** Off the hot path: an id that does not stand as it is. */
function respelt(shelf: Shelf, id: string): Entry | null {
  for (const spelling of spellings(id)) {
    const entry = shelf.entries.get(spelling)
    if (entry) return entry
  }
  shelf.folded ??= folded(shelf)
  const same = shelf.folded.get(id.toLowerCase())
  if (same !== undefined) return same
  const likeness = pricedAs(id)
  return likeness === null ? null : (shelf.entries.get(likeness) ?? null)
}

function folded({ entries }: Shelf): ReadonlyMap<string, Entry | null> {
  const byFolded = new Map<string, Entry | null>()
  for (const [id, entry] of entries) {
    const key = id.toLowerCase()
    const other = byFolded.get(key)
    byFolded.set(key, other === undefined || other === entry ? entry : null)
  }
  return byFolded
}

const unknown = {
  name: null,
  author: null,
  openWeights: null,
  licence: null,
  operations: ['chat', 'embed', 'image', 'speech', 'transcribe'],
  context: null,
  outputMax: null,
  inputs: [],
  outputs: [],
  tools: null,
  structured: null,
  reasoning: null,
  released: null,
  shutdown: null,
  replacement: null,
} as const satisfies Partial<Model>

/** A model of which nothing is known but where it is sold. */
export function describedAs(provider: string, id: string): Model {
  return { ...unknown, provider, id, prices: [], machine: null }
}

function foundOf(catalog: Catalog, own: OwnPrice): Found {
  const { price, machine, modes } = own
  const printed = describedBy(catalog, own)
  if (machine !== undefined) {
    return { model: { ...printed, prices: [], machine }, segment: null }
  }
  const segment = ownSegment('own', price)
  const model = { ...printed, prices: [segment], machine: null }
  if (modes === undefined) return { model, segment }
  const named = Object.entries(modes).map(([mode, of]) => [mode, [ownSegment(`own-${mode}`, of)]])
  return { model: { ...model, modes: { ...printed.modes, ...Object.fromEntries(named) } }, segment }
}

/** Whether a price stands in the configuration, for the standard service or for a mode. */
export function isOwnPrice({ id }: Pick<PriceSegment, 'id'>): boolean {
  return id === 'own' || id.startsWith('own-')
}

function ownSegment(id: string, price: Price): PriceSegment {
  return { id, price, currency: 'USD', source: 'prices: in freehold.yaml', readOn: null }
}

/** What the catalog knows of the model, apart from its price. */
function describedBy(
  catalog: Catalog,
  { provider, model: id }: OwnPrice,
): Omit<Model, 'prices' | 'machine'> {
  // The instant only chooses among printed prices, and those are replaced.
  const printed = catalog.find(provider, id, 0 as Instant)?.model
  if (!printed) return { ...unknown, provider, id }
  // A contract for one fine-tune is not one for all that cost the same.
  return printed.id === pricedAs(id) ? { ...printed, id, aliases: [] } : printed
}
