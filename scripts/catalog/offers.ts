import type { PriceTier } from '../../src/catalog/model.ts'
import { decimal, type Decimal } from '../../src/core/money.ts'
import type { Kind } from '../../src/core/usage.ts'
import type { CnyRow, FactPrice, Facts, FactTier, Sourced } from './facts.ts'
import type { Seller } from './sellers.ts'

/** In the order of trust where nothing else decides. */
export const origins = ['card', 'effective', 'modelsDev', 'modes'] as const
type Origin = (typeof origins)[number]

export type KindPrices = Partial<Record<Kind, Decimal>>

/** What one table says a model costs at one seller. */
export interface Offer {
  readonly origin: Origin
  readonly source: string
  readonly readOn: string
  readonly currency: 'USD' | 'CNY'
  readonly price: KindPrices
  readonly tiers: readonly PriceTier[]
  /** Set when the table dates its prices, oldest first; `price` is that of the last. */
  readonly dated: readonly {
    readonly from?: string
    readonly price: KindPrices
    readonly tiers: readonly PriceTier[]
  }[]
}

const zero = /^0(\.0+)?$/

/** '0.10' and '0.1' are one price. */
function plain(text: string): Decimal {
  return decimal(text.includes('.') ? text.replace(/\.?0+$/, '') : text)
}

/** USD per call to USD per million calls, and per thousand to per million. */
function shifted(text: string, places: number): Decimal {
  const [whole = '0', decimals = ''] = text.split('.')
  const digits = whole + decimals.slice(0, places).padEnd(places, '0')
  const rest = decimals.slice(places)
  return plain(`${digits.replace(/^0+(?=\d)/, '')}${rest === '' ? '' : `.${rest}`}`)
}

/**
 * A table's price in our kinds. What only repeats a fall-back is left out. A zero beside prices that
 * are not zero means that the table does not know. A cache write below the input's price is a storage
 * fee, a cache read above it a slip: neither is a price per token.
 */
export function pricesOf(fact: FactPrice, isFree: boolean): KindPrices | null {
  if (fact.in === undefined && fact.out === undefined) return null
  const isZero = [fact.in, fact.out].every((text) => text === undefined || zero.test(text))
  if (isZero) return isFree ? { input: decimal('0'), output: decimal('0') } : null
  const price: KindPrices = {}
  const put = (kind: Kind, text: string | undefined, standIn?: string) => {
    if (text === undefined || zero.test(text)) return
    if (standIn !== undefined && Number(text) === Number(standIn)) return
    price[kind] = plain(text)
  }
  put('input', fact.in)
  put('output', fact.out)
  if (Number(fact.cacheRead ?? 0) <= Number(fact.in ?? 0)) put('cacheRead', fact.cacheRead, fact.in)
  if (Number(fact.cacheWrite ?? 0) >= Number(fact.in ?? 0)) {
    put('cacheWrite5m', fact.cacheWrite, fact.in)
    put('cacheWrite1h', fact.cacheWrite1h)
  }
  put('reasoning', fact.reasoning, fact.out)
  put('audioIn', fact.audioIn, fact.in)
  put('audioOut', fact.audioOut, fact.out)
  const perCall = fact.unitsUSD?.['web_search']
  if (fact.webSearchPer1k !== undefined) price.search = shifted(fact.webSearchPer1k, 3)
  else if (perCall !== undefined && isSearchFee(perCall)) price.search = shifted(perCall, 6)
  return price
}

/** Vendors ask 0.5 to 3.5 cents a search; dollars are cents that somebody misread. */
function isSearchFee(perCall: string): boolean {
  return !zero.test(perCall) && Number(perCall) <= 0.05
}

export function tiersOf(tiers: readonly FactTier[] | undefined): readonly PriceTier[] {
  return (tiers ?? [])
    .map((tier) => ({
      aboveInputTokens: tier.aboveInputTokens,
      price: pricesOf(tier, false) ?? {},
    }))
    .toSorted((left, right) => left.aboveInputTokens - right.aboveInputTokens)
}

/** How a table turned yuan into the dollars it carries. */
interface Conversion {
  readonly yuanPerUsd: number
  readonly fits: (yuan: number, usd: Decimal) => boolean
}

/**
 * The yuan of a card that a table carries in dollars, when every figure is what the conversion makes
 * of a round price: whole, one decimal, or a half of that, and cached input to the hundredth. Else
 * null. By chance one figure in seven would fit, so a card of two is as good as proven.
 */
export function inYuan(price: KindPrices, { yuanPerUsd, fits }: Conversion): KindPrices | null {
  const yuan: KindPrices = {}
  for (const [kind, usd] of Object.entries(price) as [Kind, Decimal][]) {
    if (kind === 'search') continue
    const steps = kind === 'cacheRead' ? 100 : 20
    const round = Math.round(Number(usd) * yuanPerUsd * steps) / steps
    if (round === 0 || !fits(round, usd)) return null
    yuan[kind] = plain(round.toFixed(2))
  }
  return yuan
}

/** genai-prices turned bigmodel.cn's card into dollars at 7.25 and rounded to a tenth of a cent. */
export const genaiYuan: Conversion = {
  yuanPerUsd: 7.25,
  fits: (yuan, usd) => Number((yuan / 7.25).toFixed(3)) === Number(usd),
}

/**
 * Alibaba's English pages print its Beijing card at 0.1433525 USD per yuan: rounded up to a tenth of
 * a cent, or newer ones to six decimals.
 */
export const alibabaYuan: Conversion = {
  yuanPerUsd: 1 / 0.1433525,
  fits: (yuan, usd) => {
    const exact = yuan * 0.1433525
    const isLong = /\.\d{4}/.test(usd)
    return isLong
      ? Math.abs(exact - Number(usd)) < 2e-6
      : Math.abs(Math.ceil(exact * 1000 - 1e-6) / 1000 - Number(usd)) < 1e-9
  },
}

export function repositoryOf({ source }: Sourced): { source: string; readOn: string } {
  const repo = source.repo.split(' ')[0]!
  return { source: `github.com/${repo}@${source.commit.slice(0, 7)}`, readOn: source.commitDate }
}

/** A row of the vendors' cards: ids there have dashes where the vendor has dots. */
export function cardOffer(row: CnyRow): Offer | null {
  const price = pricesOf(row.price, false)
  if (price === null) return null
  const bounds = [0, ...(row.tiers ?? []).map(({ upToInputTokens }) => upToInputTokens ?? Infinity)]
  const tiers = (row.tiers ?? [])
    .map((tier, index) => ({
      aboveInputTokens: bounds[index]!,
      price: pricesOf(tier, false) ?? {},
    }))
    .filter(({ aboveInputTokens }) => aboveInputTokens > 0)
  return {
    origin: 'card',
    source: `${row.source} by LLM Abacus (https://llmabacus.com, CC-BY-4.0)`,
    readOn: row.lastVerified,
    currency: row.billingCurrency,
    price,
    tiers,
    dated: [],
  }
}

/** Prices of models.dev that it later replaced, as 'input|output', by 'seller/id'. */
export function stalePrices(facts: Facts, seller: Seller, id: string): ReadonlySet<string> {
  const series = facts.history.series[`${seller.modelsDev}/${id}`] ?? []
  const keys = series.flatMap(({ price }) => (price ? [cardKey(pricesOf(price, false) ?? {})] : []))
  const last = keys.at(-1)
  return new Set(keys.filter((key) => key !== last))
}

/** Tables agree on a model when they agree on these two. */
export function cardKey(price: KindPrices): string {
  return `${price.input ?? ''}|${price.output ?? ''}`
}
