import { decimal } from '../../core/money.ts'
import { kinds } from '../../core/usage.ts'
import type { PriceSegment } from '../model.ts'
import { isObject, type Quote } from './table.ts'

/** A card that somebody sent. @throws RangeError with a sentence for what is none */
export function quoteOf(value: unknown): Quote {
  if (!isObject(value))
    throw new RangeError(
      'A card is an object with provider, model, region, mode, source and segments.',
    )
  const { provider, model, region, mode, source, isWhole, segments } = value
  for (const [name, text] of Object.entries({ provider, model, region, mode, source })) {
    if (typeof text !== 'string' || text === '' || text.length > textMax)
      throw new RangeError(`A card needs a ${name}.`)
  }
  if (typeof isWhole !== 'boolean' || !Array.isArray(segments) || segments.length > segmentsMax)
    throw new RangeError(`The card of ${String(model)} needs isWhole and segments.`)
  const { tells = [] } = value
  if (!Array.isArray(tells) || !tells.every((kind) => (kinds as readonly unknown[]).includes(kind)))
    throw new RangeError(`The card of ${String(model)} tells kinds that there are not.`)
  for (const segment of segments) checkSegment(segment)
  return value as unknown as Quote
}

const textMax = 500
const segmentsMax = 1_000

/** @throws RangeError with a sentence for what is no price */
export function checkSegment(segment: unknown): asserts segment is PriceSegment {
  if (!isObject(segment) || typeof segment['id'] !== 'string')
    throw new RangeError('a price needs an id')
  const { price, currency, from, to, tiers = [], windows = [], days = [] } = segment
  if (!Array.isArray(tiers) || !Array.isArray(windows) || !Array.isArray(days))
    throw new RangeError('tiers, windows and days are lists')
  checkPrice(price)
  let above = 0
  for (const tier of tiers as unknown[]) {
    const bound = isObject(tier) ? tier['aboveInputTokens'] : null
    if (typeof bound !== 'number' || !Number.isSafeInteger(bound) || bound <= above)
      throw new RangeError('tiers need bounds that rise')
    above = bound
    checkPrice((tier as { readonly price: unknown }).price)
  }
  for (const window of windows as unknown[]) {
    const isPair = Array.isArray(window) && window.length === 2
    if (!isPair || !window.every((minute) => Number.isSafeInteger(minute) && minute >= 0))
      throw new RangeError('a window is two minutes of the day')
  }
  if (currency !== 'USD' && currency !== 'CNY')
    throw new RangeError(`cards are in USD or CNY, not ${String(currency)}`)
  for (const moment of [from, to]) {
    if (moment !== undefined && !Number.isSafeInteger(moment))
      throw new RangeError('from and to are moments')
  }
  if (typeof from === 'number' && typeof to === 'number' && to <= from)
    throw new RangeError('a price ends before it begins')
}

function checkPrice(price: unknown): void {
  if (!isObject(price)) throw new RangeError('a price names what each kind costs')
  for (const [kind, text] of Object.entries(price)) {
    if (!(kinds as readonly string[]).includes(kind))
      throw new RangeError(`there is no kind ${kind}; there are ${kinds.join(', ')}`)
    decimal(String(text))
    if (typeof text !== 'string') throw new RangeError(`the price of ${kind} is written as text`)
  }
}
