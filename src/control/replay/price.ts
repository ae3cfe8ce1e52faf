import type { Model, Price, PriceSegment } from '../../catalog/model.ts'
import { costAt, priceAt } from '../../catalog/price.ts'
import { type Decimal, type Money, times } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import type { PastCall } from './calls.ts'

/** Vendors that cache by themselves begin at 1,024 tokens; what is shorter is priced as not cached. */
export const cacheMin = 1_024

/** How another model counts a prompt and how long its answer is, against the one that was asked. */
export interface Ratios {
  readonly input: number
  readonly output: number
}

export const sameTokens: Ratios = { input: 1, output: 1 }

/**
 * What a call of the past would have cost on another model, at the price of the hour in which it was
 * made: on the card of that hour, in the tier of its own prompt.
 * @returns null where that model has no price for it
 */
export function priceElsewhere(
  { prices }: Pick<Model, 'prices'>,
  call: Pick<PastCall, 'at' | 'prompt' | 'cached' | 'output'>,
  ratios: Ratios,
): Money | null {
  const segment = priceAt(prices, call.at)
  if (segment === null) return null
  const prompt = Math.round(call.prompt * ratios.input)
  const prefix = Math.min(prompt, Math.round(call.cached * ratios.input))
  const cacheRead = segment.price.cacheRead !== undefined && prefix >= cacheMin ? prefix : 0
  const output = Math.round(call.output * ratios.output)
  const input = prompt - cacheRead
  const quick = quickCost(segment, input, cacheRead, output)
  return quick ?? costAt(segment, { ...noUsage, input, cacheRead, output }, call.at)
}

/** Picodollars a token. */
interface Rates {
  readonly input: number
  readonly cacheRead: number
  readonly output: number
}

const known = new WeakMap<Price, Rates | null>()

/**
 * The same as `costAt` in less time, for a million calls: prices of six decimals are whole
 * picodollars a token, and what stays below 2^53 is exact. Null: it is not that simple.
 */
function quickCost(
  { price, currency, tiers }: PriceSegment,
  input: number,
  cacheRead: number,
  output: number,
): Money | null {
  if (currency !== 'USD' || tiers !== undefined) return null
  let rates = known.get(price)
  if (rates === undefined) known.set(price, (rates = ratesOf(price)))
  if (rates === null) return null
  const cost = input * rates.input + cacheRead * rates.cacheRead + output * rates.output
  return cost <= Number.MAX_SAFE_INTEGER ? (BigInt(cost) as Money) : null
}

function ratesOf({ input, cacheRead = input, output }: Price): Rates | null {
  const rates = [input, cacheRead, output].map(rateOf)
  if (rates.includes(null)) return null
  const [first, second, third] = rates as number[]
  return { input: first!, cacheRead: second!, output: third! }
}

function rateOf(price: Decimal | undefined): number | null {
  return price !== undefined && /^\d{1,6}(?:\.\d{1,6})?$/.test(price)
    ? Number(times(price, 1))
    : null
}
