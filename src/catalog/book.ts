import type { Instant } from '../core/clock.ts'
import { describedAs } from './catalog.ts'
import type { Model, PriceSegment } from './model.ts'

/**
 * A card of one model at one seller as it was believed for a while. The segments say when the vendor
 * charges what; `knownFrom` and `knownTo` when we took that for true. A version replaces the whole card
 * that the shipped catalog prints, and is itself replaced, never changed.
 */
export interface PriceVersion {
  readonly id: number
  /** The vendor, or the name under which it stands in the configuration. */
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  readonly segments: readonly PriceSegment[]
  readonly knownFrom: Instant
  /** Null: still believed. */
  readonly knownTo: Instant | null
}

/** A segment, and when it was believed. Absent: since ever, and still. */
export interface DatedSegment extends PriceSegment {
  readonly knownFrom?: Instant
  readonly knownTo?: Instant
}

/** Where a seller asks for one price everywhere and for every service. */
export const standard = 'standard'

/** Whose prices are asked for. */
interface Sold {
  /** Who sells under this configuration. */
  readonly provider: string
  /** Whose catalog it is. */
  readonly vendor: string
  /** Where it is served, as far as that is known: cards of the region go before those of all. */
  readonly region?: string | null
}

/** What a provider sells, at the prices that the book has for it now: those of its region, in every mode. */
export function asInBook(
  printed: readonly Model[],
  book: readonly PriceVersion[],
  { provider, vendor, region = null }: Sold,
): readonly Model[] {
  const own = book.filter(
    (version) =>
      (version.provider === provider || version.provider === vendor) &&
      (version.region === standard || version.region === region),
  )
  const here = new Set(
    own.flatMap((version) => (version.region === standard ? [] : [cardOf(version)])),
  )
  const versions = own.filter(
    (version) => version.region !== standard || !here.has(cardOf(version)),
  )
  if (versions.length === 0) return printed
  const byModel = Map.groupBy(versions, ({ model }) => model)
  const known = new Set<string>()
  const models = printed.map((model) => {
    const ids = [model.id, ...(model.aliases ?? [])]
    const own = ids.flatMap((id) => byModel.get(id) ?? [])
    for (const id of ids) known.add(id)
    return own.length === 0 ? model : withVersions(model, own)
  })
  const added = [...byModel]
    .filter(([id]) => !known.has(id))
    .map(([id, own]) => withVersions(describedAs(provider, id), own))
  return [...models, ...added]
}

function cardOf({ model, mode }: PriceVersion): string {
  return JSON.stringify([model, mode])
}

function withVersions(model: Model, versions: readonly PriceVersion[]): Model {
  const modes = { ...model.modes }
  const modesBefore = { ...model.modesBefore }
  const { [standard]: usual, ...others } = Object.groupBy(versions, ({ mode }) => mode)
  for (const [mode, own = []] of Object.entries(others)) {
    const { prices, before } = cardWith(model.modes?.[mode] ?? [], own)
    modes[mode] = prices
    modesBefore[mode] = before
  }
  const isServed = Object.keys(others).length > 0
  const served = isServed ? { ...model, modes, modesBefore } : model
  if (usual === undefined) return served
  const { prices, before } = cardWith(model.prices, usual)
  return { ...served, prices, pricesBefore: before }
}

/** What a card says now, and what it was taken to say before. */
function cardWith(
  printed: readonly PriceSegment[],
  versions: readonly PriceVersion[],
): { readonly prices: readonly PriceSegment[]; readonly before: readonly DatedSegment[] } {
  const open = versions.filter(({ knownTo }) => knownTo === null)
  const inForce = open.toSorted((left, right) => left.knownFrom - right.knownFrom).at(-1)
  const dated = datedSegments(printed, versions)
  return {
    prices: inForce?.segments ?? printed,
    before: dated.filter(({ knownTo }) => knownTo !== undefined),
  }
}

/** All that was ever believed of a card: what the catalog printed, until the first version, and each version. */
export function datedSegments(
  printed: readonly PriceSegment[],
  versions: readonly PriceVersion[],
): readonly DatedSegment[] {
  const ordered = versions.toSorted((left, right) => left.knownFrom - right.knownFrom)
  const first = ordered[0]
  return [
    ...printed.map((segment) => (first ? { ...segment, knownTo: first.knownFrom } : segment)),
    ...ordered.flatMap(({ segments, knownFrom, knownTo }) =>
      segments.map((segment) => ({
        ...segment,
        knownFrom,
        ...(knownTo === null ? {} : { knownTo }),
      })),
    ),
  ]
}
