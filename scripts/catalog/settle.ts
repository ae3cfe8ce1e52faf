import type { CardSegment } from './cards.ts'
import { cardKey, origins, type KindPrices, type Offer } from './offers.ts'
import type { Price, PriceTier } from '../../src/catalog/model.ts'
import type { Kind } from '../../src/core/usage.ts'

export interface Settled {
  readonly segments: readonly CardSegment[]
  /** What was decided, and against what, for the reviewer; empty when all agreed. */
  readonly doubts: readonly Doubt[]
}

interface Doubt {
  readonly reason: string
  readonly detail: string
}

/**
 * One card out of what several tables say. Rules, in this order: a card in the seller's own currency
 * beats a translated one; a price that models.dev had and replaced is stale; a price more than three
 * times another's is held back as a slip of unit or name; the majority; the most recent; the dearer,
 * because a budget that holds too early costs less than one that holds too late.
 */
export function settle(
  offers: readonly Offer[],
  stale: ReadonlySet<string>,
  newestWins: boolean,
): Settled {
  const doubts: Doubt[] = []
  const doubt = (reason: string, dropped: readonly Offer[]) => {
    if (dropped.length > 0) doubts.push({ reason, detail: dropped.map(say).join(', ') })
  }

  const yuan = offers.filter(({ currency }) => currency === 'CNY')
  const ownCurrency = yuan.length > 0 ? yuan : offers
  const fresh = ownCurrency.filter(({ price }) => !stale.has(cardKey(price)))
  let left = fresh.length > 0 ? fresh : ownCurrency
  doubt(
    'stale: models.dev had it and replaced it',
    ownCurrency.filter((offer) => !left.includes(offer)),
  )

  if (!newestWins) {
    const reference = byTrust(left)[0]!
    const near = left.filter((offer) => isNear(offer, reference))
    doubt(
      'held back: more than three times or less than a third of another table',
      left.filter((offer) => !near.includes(offer)),
    )
    left = near
  }

  const groups = Object.values(Object.groupBy(left, ({ price }) => cardKey(price))) as Offer[][]
  const [chosen = [], ...rejected] = groups.toSorted(
    (one, other) =>
      (newestWins ? 0 : other.length - one.length) ||
      newest(other).localeCompare(newest(one)) ||
      dearness(other[0]!) - dearness(one[0]!),
  )
  doubt('tables disagree', rejected.flat())
  return { segments: segmentsOf(chosen, rejected.flat(), doubts), doubts }
}

function segmentsOf(
  agreeing: readonly Offer[],
  rejected: readonly Offer[],
  doubts: Doubt[],
): readonly CardSegment[] {
  const trusted = byTrust(agreeing)
  const [best] = trusted
  if (!best) return []
  const price: KindPrices = {}
  for (const kind of kindsOf(trusted)) {
    const said = trusted.flatMap((offer) => offer.price[kind] ?? [])
    const dearest = said.toSorted((left, right) => Number(right) - Number(left))[0]!
    price[kind] = dearest
    if (new Set(said).size > 1) {
      doubts.push({
        reason: 'tables disagree on one kind, the dearer is kept',
        detail: `${kind} ${said.join(' or ')}`,
      })
    }
  }
  const tiers = tiersOf(trusted)
  const readOn = newest(trusted)
  const names = [...new Set(trusted.map(({ source }) => source))].join('; ')
  const source = rejected.length === 0 ? names : `${names} (${rejected.map(say).join(', ')})`
  const dated = trusted.find((offer) => offer.dated.length > 1)?.dated
  const facts = { currency: best.currency, source, readOn }
  if (!dated) return [{ price, ...(tiers.length > 0 && { tiers }), ...facts }]
  return dated.map((step) => ({
    ...(step.from !== undefined && { id: step.from, from: step.from }),
    price: { ...(price.search && { search: price.search }), ...step.price },
    ...(step.tiers.length > 0 && { tiers: step.tiers }),
    ...facts,
  }))
}

/** The bounds of the most trusted table that has any; others fill in what it leaves out. */
function tiersOf(trusted: readonly Offer[]): readonly PriceTier[] {
  const [first = [], ...others] = trusted
    .map(({ tiers }) => tiers)
    .filter(({ length }) => length > 0)
  return first.map(({ aboveInputTokens, price }) => ({
    aboveInputTokens,
    price: Object.assign(
      {},
      ...others
        .flat()
        .flatMap((tier) => (tier.aboveInputTokens === aboveInputTokens ? tier.price : [])),
      price,
    ) as Price,
  }))
}

function kindsOf(offers: readonly Offer[]): readonly Kind[] {
  return [...new Set(offers.flatMap(({ price }) => Object.keys(price) as Kind[]))]
}

function byTrust(offers: readonly Offer[]): readonly Offer[] {
  return offers.toSorted(
    (left, right) => origins.indexOf(left.origin) - origins.indexOf(right.origin),
  )
}

function isNear({ price }: Offer, reference: Offer): boolean {
  return (['input', 'output'] as const).every((kind) => {
    const [left, right] = [Number(price[kind] ?? 0), Number(reference.price[kind] ?? 0)]
    return left === 0 || right === 0 || (left <= right * 3 && right <= left * 3)
  })
}

function newest(offers: readonly Offer[]): string {
  return (
    offers
      .map(({ readOn }) => readOn)
      .toSorted()
      .at(-1) ?? ''
  )
}

function dearness({ price }: Offer): number {
  return Number(price.input ?? 0) + Number(price.output ?? 0)
}

function say({ source, price }: Offer): string {
  return `${price.input ?? '-'}/${price.output ?? '-'} in ${source.replace(/^github\.com\//, '').replace(/ by .*/, '')}`
}
