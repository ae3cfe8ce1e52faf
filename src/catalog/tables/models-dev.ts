import type { Kind } from '../../core/usage.ts'
import { standard } from '../book.ts'
import type { PriceTier } from '../model.ts'
import { flat, isObject, kindsOf, priceOf, type Quote, type Table } from './table.ts'

/**
 * The `api.json` of models.dev: providers with their models, and in each model's `cost` dollars per million
 * tokens, a context tier in `context_over_200k` or in `tiers`.
 * @see https://github.com/sst/models.dev
 */
const sellers: Readonly<Record<string, string>> = {
  alibaba: 'qwen',
  'alibaba-cn': 'qwen-cn',
  'amazon-bedrock': 'bedrock',
  'fireworks-ai': 'fireworks',
  moonshotai: 'moonshot',
  'moonshotai-cn': 'moonshot-cn',
  togetherai: 'together',
  zhipuai: 'zhipu',
}

const meters: Readonly<Partial<Record<Kind, string>>> = {
  input: 'input',
  cacheRead: 'cache_read',
  cacheWrite5m: 'cache_write',
  output: 'output',
  reasoning: 'reasoning',
  audioIn: 'input_audio',
  audioOut: 'output_audio',
}

export function readModelsDev(
  value: Readonly<Record<string, unknown>>,
  readOn: string,
  source: string,
): Table {
  const unread: string[] = []
  const quotes: Quote[] = []
  for (const [seller, about] of Object.entries(value)) {
    const models = isObject(about) ? about['models'] : undefined
    if (!isObject(models)) continue
    const provider = sellers[seller] ?? seller
    for (const [model, described] of Object.entries(models)) {
      const cost = isObject(described) ? described['cost'] : undefined
      if (!isObject(cost)) continue
      const say = (meter: string): void => void unread.push(`${seller}/${model} ${meter}`)
      const price = priceOf(cost, meters, 0, say)
      if (Object.keys(price).length === 0) continue
      const segments = flat(price, tiersOf(cost, say), { source, readOn })
      quotes.push({
        provider,
        model,
        region: standard,
        mode: standard,
        segments,
        isWhole: false,
        tells: kindsOf(meters),
        source,
      })
    }
  }
  return { shape: 'models.dev', source, quotes, unread }
}

function tiersOf(
  cost: Readonly<Record<string, unknown>>,
  say: (meter: string) => void,
): readonly PriceTier[] {
  const over = cost['context_over_200k']
  const listed = Array.isArray(cost['tiers']) ? (cost['tiers'] as unknown[]) : []
  const bounded = listed.flatMap((tier) => {
    const bound = isObject(tier) && isObject(tier['tier']) ? tier['tier'] : null
    if (bound === null || bound['type'] !== 'context' || typeof bound['size'] !== 'number')
      return []
    return [[bound['size'], tier as Readonly<Record<string, unknown>>] as const]
  })
  const all = bounded.length > 0 ? bounded : isObject(over) ? [[200_000, over] as const] : []
  return all
    .map(([aboveInputTokens, card]) => ({
      aboveInputTokens,
      price: priceOf(card, meters, 0, say),
    }))
    .toSorted((left, right) => left.aboveInputTokens - right.aboveInputTokens)
}
