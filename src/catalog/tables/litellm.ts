import type { Kind } from '../../core/usage.ts'
import type { PriceTier } from '../model.ts'
import { standard } from '../book.ts'
import { flat, isObject, kindsOf, priceOf, type Quote, type Table } from './table.ts'

/**
 * LiteLLM's `model_prices_and_context_window.json`: dollars a token by model, the seller in `litellm_provider`,
 * and context tiers as further meters with the bound in their name.
 * @see https://docs.litellm.ai/docs/provider_registration/add_model_pricing
 */
const sellers: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  azure: 'azure',
  bedrock: 'bedrock',
  bedrock_converse: 'bedrock',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  dashscope: 'qwen',
  deepinfra: 'deepinfra',
  deepseek: 'deepseek',
  fireworks_ai: 'fireworks',
  gemini: 'google',
  groq: 'groq',
  mistral: 'mistral',
  moonshot: 'moonshot',
  openai: 'openai',
  openrouter: 'openrouter',
  together_ai: 'together',
  volcengine: 'ark',
  xai: 'xai',
  zai: 'zai',
}

const meters: Readonly<Partial<Record<Kind, string>>> = {
  input: 'input_cost_per_token',
  cacheRead: 'cache_read_input_token_cost',
  cacheWrite5m: 'cache_creation_input_token_cost',
  cacheWrite1h: 'cache_creation_input_token_cost_above_1hr',
  output: 'output_cost_per_token',
  reasoning: 'output_cost_per_reasoning_token',
  audioIn: 'input_cost_per_audio_token',
  audioOut: 'output_cost_per_audio_token',
}

/** The bounds that the table's names can tell. */
const bounds = [128_000, 200_000, 256_000, 272_000]

const modes = {
  [standard]: '',
  batch: '_batches',
  priority: '_priority',
  flex: '_flex',
} as const

export function readLitellm(
  value: Readonly<Record<string, unknown>>,
  readOn: string,
  source: string,
): Table {
  const unread: string[] = []
  const quotes: Quote[] = []
  for (const [name, card] of Object.entries(value)) {
    if (name === 'sample_spec' || !isObject(card)) continue
    const seller = card['litellm_provider']
    const provider = typeof seller === 'string' ? sellers[seller] : undefined
    if (provider === undefined) continue
    const model = name.startsWith(`${String(seller)}/`)
      ? name.slice(String(seller).length + 1)
      : name
    for (const [mode, ending] of Object.entries(modes)) {
      const under = (above: string) =>
        Object.fromEntries(
          Object.entries(meters).map(([kind, meter]) => [kind, `${meter}${above}${ending}`]),
        )
      const price = priceOf(card, under(''), 6, (meter) => unread.push(`${name} ${meter}`))
      if (Object.keys(price).length === 0) continue
      const tiers = bounds.flatMap((bound): PriceTier[] => {
        const names = under(`_above_${bound / 1_000}k_tokens`)
        const tier = priceOf(card, names, 6, (meter) => unread.push(`${name} ${meter}`))
        return Object.keys(tier).length === 0 ? [] : [{ aboveInputTokens: bound, price: tier }]
      })
      const segments = flat(price, tiers, { source, readOn })
      const told = { segments, isWhole: false, tells: kindsOf(meters), source }
      quotes.push({ provider, model, region: standard, mode, ...told })
    }
  }
  return { shape: 'litellm', source, quotes, unread }
}
