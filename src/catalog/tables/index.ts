import { readGenaiPrices } from './genai-prices.ts'
import { readLitellm } from './litellm.ts'
import { readModelsDev } from './models-dev.ts'
import { readOwn } from './own.ts'
import { isObject, type Table } from './table.ts'

/**
 * Reads a table of prices by its shape.
 * @param readOn  the day, '2026-11-22'
 * @throws RangeError with a sentence when it has none of the shapes that are known
 */
export function readTable(text: string, readOn: string): Table {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new RangeError(`It is no JSON: ${(error as Error).message}`)
  }
  const listed = isObject(value) ? value['providers'] : value
  if (Array.isArray(listed) && listed.some((one) => isObject(one) && Array.isArray(one['models'])))
    return readGenaiPrices(listed as unknown[], readOn, 'genai-prices data.json')
  if (isObject(value)) {
    if (typeof value['provider'] === 'string' && Array.isArray(value['models']))
      return readOwn(value)
    const cards = Object.values(value).filter(isObject)
    if (cards.some((card) => 'litellm_provider' in card))
      return readLitellm(value, readOn, 'LiteLLM model_prices_and_context_window.json')
    if (cards.some((card) => isObject(card['models'])))
      return readModelsDev(value, readOn, 'models.dev api.json')
  }
  throw new RangeError(
    "It is neither a file of the catalog's shape, nor LiteLLM's model_prices_and_context_window.json, nor the api.json of models.dev, nor genai-prices' data.json.",
  )
}
