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

/**
 * What a provider sells, at the prices that the book has for it now. Only cards of the standard region and
 * mode price calls: of another one the ledger's rows do not know.
 * @param provider  who sells under this configuration
 * @param vendor  whose catalog it is
 */
export function asInBook(
  printed: readonly Model[],
  book: readonly PriceVersion[],
  provider: string,
  vendor: string,
): readonly Model[] {
  const versions = book.filter(
    (version) =>
      (version.provider === provider || version.provider === vendor) &&
      version.region === standard &&
      version.mode === standard,
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

function withVersions(model: Model, versions: readonly PriceVersion[]): Model {
  const open = versions.filter(({ knownTo }) => knownTo === null)
  const inForce = open.toSorted((left, right) => left.knownFrom - right.knownFrom).at(-1)
  const dated = datedSegments(model.prices, versions)
  return {
    ...model,
    prices: inForce?.segments ?? model.prices,
    pricesBefore: dated.filter(({ knownTo }) => knownTo !== undefined),
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
