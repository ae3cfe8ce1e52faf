import { type PriceVersion, standard } from '../catalog/book.ts'
import { diffOf } from '../catalog/diff.ts'
import { catalogOf } from '../catalog/index.ts'
import { mergedNow, mergedWhole, type Span } from '../catalog/merge.ts'
import type { PriceSegment } from '../catalog/model.ts'
import { priceAt } from '../catalog/price.ts'
import { diffOver, faultsOf, type TimedDiff } from '../catalog/timeline.ts'
import type { Quote } from '../catalog/tables/table.ts'
import { type Instant, instant } from '../core/clock.ts'
import type { Kind } from '../core/usage.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { ImportJson, ImportWishJson } from '../server/prices-json.ts'
import { cardOf, type PriceDraft, type PriceRow } from '../store/prices.ts'
import { segmentsOf } from './book.ts'

export interface Proposal {
  readonly draft: PriceDraft
  readonly diff: TimedDiff
  readonly sources: readonly string[]
  /** The same, held already. */
  readonly held: PriceRow | null
}

export interface Proposals extends Pick<ImportJson, 'same' | 'gone' | 'elsewhere'> {
  readonly proposals: readonly Proposal[]
}

/** What the desk knows when a table comes in. */
export interface Here {
  readonly snapshot: Snapshot
  readonly versions: readonly PriceVersion[]
  readonly rows: readonly PriceRow[]
  readonly now: Instant
}

/** What tables would change, each card once. @throws RangeError with a sentence */
export function proposalsOf(wish: ImportWishJson, here: Here): Proposals {
  const { snapshot, versions, now } = here
  const from = wish.from === null ? null : instant(wish.from)
  if (wish.kind === 'price_change' && from !== null && from < now) {
    throw new RangeError(
      'A change of price never touches the past. If the price of before was wrong, import it with --kind table_error; then freehold prices rerate corrects what was booked.',
    )
  }
  const live = new Map(
    [...snapshot.providers.values()].flatMap(({ id, facts }) => [
      [id, facts.id],
      [facts.id, facts.id],
    ]),
  )
  const quotes = wish.tables.flatMap((table) => table.quotes)
  const ours = quotes.filter(({ provider }) => live.has(provider))
  const sellers = [...live].map(([id, vendor]) => ({ id, vendor }))
  const catalog = catalogOf(sellers, versions)
  const cards = Map.groupBy(ours, (quote) => {
    const model = catalog.find(quote.provider, quote.model, now)?.model.id ?? quote.model
    const { provider, region, mode } = quote
    return JSON.stringify([provider, model, region, mode])
  })
  const proposals: Proposal[] = []
  let same = 0
  for (const [card, [first, ...others]] of cards) {
    const [provider, model, region, mode] = JSON.parse(card) as [string, string, string, string]
    const sold = catalog.find(provider, model, now)?.model
    const before =
      region !== standard
        ? lastOf(versions, card)
        : ((mode === standard ? sold?.prices : sold?.modes?.[mode]) ?? [])
    const proposal = proposalOf(
      { provider, model, region, mode },
      [first!, ...others],
      before,
      wish,
      from,
      here,
    )
    if (proposal.diff.what === 'same') same += 1
    else proposals.push(proposal)
  }
  const named = new Set(cards.keys())
  const providers = new Set(ours.map(({ provider }) => provider))
  const gone = [...providers].flatMap((provider) =>
    catalog
      .models(provider)
      .filter(
        ({ id, prices }) =>
          priceAt(prices, now) !== null &&
          !named.has(JSON.stringify([provider, id, standard, standard])),
      )
      .map(({ id }) => `${provider}/${id}`),
  )
  return { proposals, same, gone, elsewhere: quotes.length - ours.length }
}

function lastOf(versions: readonly PriceVersion[], card: string): readonly PriceSegment[] {
  const last = versions.findLast(
    ({ provider, model, region, mode, knownTo }) =>
      knownTo === null && JSON.stringify([provider, model, region, mode]) === card,
  )
  return last?.segments ?? []
}

function proposalOf(
  card: Pick<PriceDraft, 'provider' | 'model' | 'region' | 'mode'>,
  all: readonly [Quote, ...Quote[]],
  before: readonly PriceSegment[],
  wish: ImportWishJson,
  from: Instant | null,
  { rows, now }: Here,
): Proposal {
  const quotes = all.map((quote) => withRest(quote, priceAt(before, now)))
  const first = quotes[0]!
  const said = saysOf(first.segments, now)
  const segments = first.isWhole
    ? mergedWhole(
        before,
        first.segments,
        wish.kind === 'table_error' ? (from ?? undefined) : (from ?? now),
      )
    : mergedNow(before, first.segments, spanOf(wish.kind, from, before, now))
  const since = sinceOf(wish.kind, from, now)
  const diff = first.isWhole
    ? diffOver(before, segments, now, since)
    : { ...diffOf(before, first.segments, now), at: null }
  const draft = {
    ...card,
    kind: wish.kind,
    body: JSON.stringify(segments),
    source: first.source,
    readOn: wish.read_on,
    confidence: wish.confidence,
    doubts: [],
  }
  const sameCard = rows.filter((row) => cardOf(row) === cardOf(draft) && row.state === 'held')
  const alike = sameCard.filter((row) =>
    first.isWhole
      ? diffOver(segmentsOf(row.body), segments, now, since).what === 'same'
      : saysOf(segmentsOf(row.body), now) === said,
  )
  const agreeing = new Set([
    ...quotes
      .filter(({ segments: other }) => saysOf(other, now) === said)
      .map(({ source }) => source),
    ...alike.map(({ source }) => source),
  ])
  const others = quotes.filter(({ segments: other }) => saysOf(other, now) !== said)
  const doubts = [
    ...diff.doubts,
    ...(first.isWhole ? faultsOf(segments, now) : []),
    ...diff.moves.flatMap(({ meter, doubts: each }) => each.map((doubt) => `${meter}: ${doubt}`)),
    ...others.map(({ source }) => `${source} says another price`),
    ...(diff.what === 'changed' && agreeing.size < 2 && others.length === 0
      ? ['one source alone says so']
      : []),
  ]
  const held = alike.find(({ source }) => source === first.source) ?? null
  return { draft: { ...draft, doubts }, diff, sources: [...agreeing], held }
}

/** With what the price in force has of kinds that the table's shape cannot name: it says nothing of them. */
function withRest(quote: Quote, inForce: PriceSegment | null): Quote {
  const { tells } = quote
  if (tells === undefined || inForce === null) return quote
  const rest = Object.fromEntries(
    Object.entries(inForce.price).filter(([kind]) => !tells.includes(kind as Kind)),
  )
  return {
    ...quote,
    segments: quote.segments.map((segment) =>
      segment.currency === inForce.currency
        ? { ...segment, price: { ...rest, ...segment.price } }
        : segment,
    ),
  }
}

/** From when on the whole card may be another; null: since ever. */
function sinceOf(kind: ImportWishJson['kind'], from: Instant | null, now: Instant): Instant | null {
  return kind === 'table_error' ? from : (from ?? now)
}

/** An error of the table is one for as long as the price in force holds; anything else begins now or later. */
function spanOf(
  kind: ImportWishJson['kind'],
  from: Instant | null,
  before: readonly PriceSegment[],
  now: Instant,
): Span {
  if (kind !== 'table_error') return { from: from ?? now }
  const inForce = priceAt(before, now)
  const begins = from ?? inForce?.from
  return {
    ...(begins === undefined ? {} : { from: begins }),
    ...(inForce?.to === undefined ? {} : { to: inForce.to }),
  }
}

/** What a card says for a moment, however it is written. */
function saysOf(segments: readonly PriceSegment[], at: Instant): string {
  const segment = priceAt(segments, at) ?? segments.at(-1)
  if (segment === undefined) return ''
  const plain = (price: Readonly<Record<string, string>>): unknown =>
    Object.entries(price)
      .map(([kind, text]) => [kind, text.includes('.') ? text.replace(/\.?0+$/, '') : text])
      .toSorted(([left], [right]) => (left! < right! ? -1 : 1))
  return JSON.stringify([
    segment.currency,
    plain(segment.price),
    (segment.tiers ?? []).map(({ aboveInputTokens, price }) => [aboveInputTokens, plain(price)]),
  ])
}
