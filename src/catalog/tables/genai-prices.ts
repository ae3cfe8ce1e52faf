import { instant } from '../../core/clock.ts'
import type { Decimal } from '../../core/money.ts'
import type { Kind } from '../../core/usage.ts'
import { standard } from '../book.ts'
import type { Price, PriceSegment, PriceTier } from '../model.ts'
import { isObject, kindsOf, priceOf, type Quote, type Table } from './table.ts'

/**
 * genai-prices' `data.json`: sellers with their models, as a list or under `providers`. Dollars a million; a
 * meter may have context tiers of its own; a card may be a list, of which the last whose constraint holds wins:
 * from a day on, or at hours of the day. Names that a model also matches are not read: its id alone is.
 * @see https://github.com/pydantic/genai-prices
 */
const sellers: Readonly<Record<string, string>> = {
  aws: 'bedrock',
  moonshotai: 'moonshot',
  'x-ai': 'xai',
  x_ai: 'xai',
  zhipuai: 'zhipu',
}

const meters: Readonly<Partial<Record<Kind, string>>> = {
  input: 'input_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite5m: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  output: 'output_mtok',
  reasoning: 'output_reasoning_mtok',
  audioIn: 'input_audio_mtok',
  audioOut: 'output_audio_mtok',
  imageIn: 'input_image_mtok',
  imageOut: 'output_image_mtok',
  characters: 'input_mchars',
}

/** Dollars a thousand. */
const perThousand: Readonly<Partial<Record<Kind, string>>> = { search: 'web_searches_kcount' }

/** Says of each card that could not be read why, and throws nothing. */
export function readGenaiPrices(
  providers: readonly unknown[],
  readOn: string,
  source: string,
): Table {
  const unread: string[] = []
  const quotes: Quote[] = []
  for (const seller of providers) {
    if (!isObject(seller) || typeof seller['id'] !== 'string') continue
    const models = Array.isArray(seller['models']) ? (seller['models'] as unknown[]) : []
    for (const described of models) {
      if (!isObject(described) || typeof described['id'] !== 'string') continue
      const { id: model, prices } = described as { id: string; prices?: unknown }
      const name = `${seller['id']}/${model}`
      const isWhole = Array.isArray(prices)
      const cards = isWhole ? (prices as unknown[]) : [{ prices }]
      try {
        const segments = cards.flatMap((card) => {
          const segment = segmentOf(card, { source, readOn }, (meter) => {
            unread.push(`${name} ${meter}`)
          })
          return segment === null ? [] : [segment]
        })
        if (segments.length === 0) continue
        const provider = sellers[seller['id']] ?? seller['id']
        quotes.push({
          provider,
          model,
          region: standard,
          mode: standard,
          segments,
          isWhole,
          tells: kindsOf({ ...meters, ...perThousand }),
          source,
        })
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        unread.push(`${name}: ${error.message}`)
      }
    }
  }
  return { shape: 'genai-prices', source, quotes, unread }
}

interface Origin {
  readonly source: string
  readonly readOn: string
}

/** Null for a card that prices nothing. @throws RangeError for one that would be half of what is charged */
function segmentOf(
  card: unknown,
  origin: Origin,
  unread: (meter: string) => void,
): PriceSegment | null {
  const prices = isObject(card) ? card['prices'] : undefined
  if (!isObject(prices)) throw new RangeError('its prices are no object')
  if (prices['requests_kcount'] !== undefined)
    throw new RangeError('it has a price for each call (requests_kcount), which no meter counts')
  const { base, tiers } = tiered(flattened(prices, unread), unread)
  if (Object.keys(base).length === 0) return null
  const segment: PriceSegment = { ...timesOf(card), price: base, currency: 'USD', ...origin }
  return tiers.length === 0 ? segment : { ...segment, tiers }
}

/** Each meter once: writes to the cache by their own name where both stand there, searches from the older map. */
function flattened(
  prices: Readonly<Record<string, unknown>>,
  unread: (meter: string) => void,
): Readonly<Record<string, unknown>> {
  const { tool_use_kcount: tools, cache_write_5m_mtok: write, ...rest } = prices
  const flat: Record<string, unknown> = { ...rest }
  if (write !== undefined) flat['cache_write_mtok'] = write
  if (isObject(tools)) {
    for (const [tool, price] of Object.entries(tools)) {
      if (tool === 'web_search') flat['web_searches_kcount'] ??= price
      else unread(`tool_use_kcount.${tool}`)
    }
  }
  const known = new Set([...Object.values(meters), ...Object.values(perThousand)])
  for (const name of Object.keys(flat)) if (!known.has(name)) unread(name)
  return flat
}

function tiered(
  prices: Readonly<Record<string, unknown>>,
  unread: (meter: string) => void,
): { readonly base: Price; readonly tiers: readonly PriceTier[] } {
  const bounds = new Set<number>()
  const bases: Record<string, unknown> = {}
  const steps: Record<string, readonly { readonly start: number; readonly price: unknown }[]> = {}
  for (const [meter, value] of Object.entries(prices)) {
    bases[meter] = isObject(value) ? value['base'] : value
    const listed = isObject(value) && Array.isArray(value['tiers']) ? value['tiers'] : []
    const read = (listed as unknown[]).map((tier) => {
      const start = isObject(tier) ? tier['start'] : undefined
      if (
        !isObject(tier) ||
        typeof start !== 'number' ||
        !Number.isSafeInteger(start) ||
        start <= 0
      )
        throw new RangeError(`a tier of ${meter} has no start`)
      bounds.add(start)
      return { start, price: tier['price'] }
    })
    if (isObject(value)) steps[meter] = read.toSorted((left, right) => left.start - right.start)
  }
  const tiers = [...bounds]
    .toSorted((left, right) => left - right)
    .map((bound): PriceTier => {
      const above = Object.entries(steps).flatMap(([meter, list]) => {
        // A meter without a step at this bound keeps that of the bound below.
        const step = list.findLast(({ start }) => start <= bound)
        return step === undefined ? [] : [[meter, step.price] as const]
      })
      return { aboveInputTokens: bound, price: pricesOf(Object.fromEntries(above), unread) }
    })
  return { base: pricesOf(bases, unread), tiers }
}

function pricesOf(
  card: Readonly<Record<string, unknown>>,
  unread: (meter: string) => void,
): Readonly<Partial<Record<Kind, Decimal>>> {
  return { ...priceOf(card, meters, 0, unread), ...priceOf(card, perThousand, 3, unread) }
}

/** @throws RangeError for a constraint of another kind: its card would hold always */
function timesOf(card: unknown): Pick<PriceSegment, 'id' | 'from' | 'windows'> {
  const constraint = isObject(card) ? card['constraint'] : undefined
  if (constraint === undefined || constraint === null) return { id: 'base' }
  if (isObject(constraint)) {
    const { start_date: day, start_time: start, end_time: end } = constraint
    const names = Object.keys(constraint).length
    if (typeof day === 'string' && names === 1) return { id: day, from: instant(day) }
    if (typeof start === 'string' && typeof end === 'string' && names === 2)
      return { id: `${start}-${end}`, windows: [[minuteOf(start), minuteOf(end)]] }
  }
  throw new RangeError(`its constraint is not known: ${JSON.stringify(constraint)}`)
}

const dayMinutes = 1_440

/** '00:30:00Z', '08:30+08:00': minutes of the UTC day. */
function minuteOf(text: string): number {
  const match = /^(\d{2}):(\d{2})(?::00(?:\.0+)?)?(?:Z|([+-])(\d{2}):?(\d{2}))$/.exec(text)
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is no minute of a time zone`)
  const [, hours, minutes, sign, offHours = '0', offMinutes = '0'] = match
  const offset = (sign === '-' ? -1 : 1) * (Number(offHours) * 60 + Number(offMinutes))
  const minute = Number(hours) * 60 + Number(minutes) - offset
  return ((minute % dayMinutes) + dayMinutes) % dayMinutes
}
