import type { Instant } from '../core/clock.ts'
import type { Catalog } from './catalog.ts'
import type { Model } from './model.ts'

/** A model at one seller. */
interface Sold {
  readonly provider: string
  readonly model: string
}

/**
 * What open weights are called whoever sells them: 'deepseek-v3-1' of `deepseek-ai/DeepSeek-V3.1`, of
 * `accounts/fireworks/models/deepseek-v3p1` and of `deepseek.v3.1`. Variants that answer otherwise keep names
 * of their own: what is distilled, smaller, quantised, or made faster.
 */
export function weightsKey(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/^.*\//, '')
      // Bedrock writes the maker and a version of its own: 'qwen.qwen3-32b-v1:0'.
      .replace(/^[a-z]{2,}\.(?=[a-z])/, '')
      .replace(/-v?\d+:\d+$/, '')
      .replaceAll(/[ _]/g, '-')
      .replaceAll(/(?<=\d)[.p](?=\d)/g, '-')
      .replace(/^llama(?=\d)/, 'llama-')
      .replace(/-(?:instruct|it|chat)$/, '')
  )
}

/** Served otherwise than the weights are published: faster by smaller numbers, as a rule. */
const altered = /(?:^|-)(?:turbo|fast|lite|highspeed|free|exacto|fp4|fp8|int4|int8|awq|gptq)(?:$|-)/

/**
 * Every model that these providers sell of the same open weights, one at each, in the order of the providers.
 * Of two names of one seller the id goes before what the model is called in words, and one with a price
 * before one without. Empty where none of them is known to be open.
 */
export function sellersOf(
  weights: string,
  providers: Iterable<string>,
  catalog: Pick<Catalog, 'models'>,
  now: Instant,
): readonly Sold[] {
  const key = weightsKey(weights)
  const sold: Sold[] = []
  let isOpen = false
  for (const provider of providers) {
    const same = catalog
      .models(provider)
      .map((model) => ({ model, rank: rankOf(model, key, now) }))
      .filter(({ rank }) => rank !== null)
      .toSorted((left, right) => left.rank! - right.rank!)
    isOpen ||= same.some(({ model }) => model.openWeights === true || model.machine !== null)
    const [best] = same
    if (best) sold.push({ provider, model: best.model.id })
  }
  return isOpen ? sold : []
}

/** The least is the best; null: it is another model, or is not sold any more. */
function rankOf(model: Model, key: string, now: Instant): number | null {
  const { id, aliases = [], name, shutdown, prices, machine } = model
  if (shutdown !== null && Date.parse(shutdown) * 1_000 <= now) return null
  const isPriced = prices.length > 0 || machine !== null
  const ids = [id, ...aliases]
  if (ids.some((each) => weightsKey(each) === key)) return isPriced ? 0 : 2
  if (name === null || weightsKey(name) !== key) return null
  const isAltered = ids.some((each) => altered.test(weightsKey(each)))
  return isAltered && !altered.test(key) ? null : isPriced ? 1 : 3
}
