import { expect, test } from 'bun:test'
import { type Instant, instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { describedAs, makeCatalog } from './catalog.ts'
import type { Model } from './model.ts'
import { sellersOf, weightsKey } from './weights.ts'

const now = instant('2026-11-22T00:00:00Z')
const prices = [
  {
    id: 'base',
    price: { input: decimal('1'), output: decimal('2') },
    currency: 'USD',
    source: 'a test',
    readOn: null,
  },
] as const

function sold(provider: string, id: string, more: Partial<Model> = {}): Model {
  return { ...describedAs(provider, id), openWeights: true, prices, ...more }
}

function sellers(weights: string, models: readonly Model[], at: Instant = now): string[] {
  const providers = [...new Set(models.map(({ provider }) => provider))]
  const found = sellersOf(weights, providers, makeCatalog(models), at)
  return found.map(({ provider, model }) => `${provider}/${model}`)
}

test.each([
  ['deepseek-v3.1', 'deepseek-ai/DeepSeek-V3.1'],
  ['deepseek-v3.1', 'deepseek-v3-1'],
  ['deepseek-v3.1', 'accounts/fireworks/models/deepseek-v3p1'],
  ['qwen3-32b', 'qwen.qwen3-32b-v1:0'],
  ['gpt-oss-120b', 'openai.gpt-oss-120b-1:0'],
  ['llama-3.3-70b', 'meta.llama3-3-70b-instruct-v1:0'],
  ['llama-3.3-70b', 'meta-llama/llama-3.3-70b-instruct'],
])('%s is what %s serves', (weights, id) => {
  expect(weightsKey(id)).toBe(weightsKey(weights))
})

test.each([
  ['deepseek-v3.1', 'deepseek-v3.1-terminus'],
  ['glm-4.6', 'z-ai/glm-4.6v'],
  ['gpt-oss-120b', 'openai/gpt-oss-120b:free'],
  ['llama-3.3-70b', 'llama-3.3-70b-instruct-fp8'],
  ['deepseek-r1', 'deepseek-r1-distill-llama-70b'],
])('%s is not what %s serves', (weights, id) => {
  expect(weightsKey(id)).not.toBe(weightsKey(weights))
})

test('each provider that sells the weights is a seller once, by the name that it has a price for', () => {
  const models = [
    sold('birch', 'deepseek-ai/DeepSeek-V3-1', { prices: [] }),
    sold('birch', 'deepseek-ai/DeepSeek-V3.1'),
    sold('acme', 'deepseek/chat-v3.1', { name: 'DeepSeek V3.1' }),
    sold('cedar', 'deepseek-v3.2'),
  ]
  expect(sellers('deepseek-v3.1', models)).toEqual([
    'birch/deepseek-ai/DeepSeek-V3.1',
    'acme/deepseek/chat-v3.1',
  ])
})

test('who is made faster by smaller numbers is no seller, and neither is who sells it no more', () => {
  const models = [
    sold('acme', 'meta/Llama-3.3-70B-Instruct-Turbo', { name: 'Llama 3.3 70B' }),
    sold('birch', 'llama-3.3-70b', { shutdown: '2026-11-01' }),
    sold('cedar', 'llama-3.3-70b-versatile', { name: 'Llama 3.3 70B' }),
  ]
  expect(sellers('llama-3.3-70b', models)).toEqual(['cedar/llama-3.3-70b-versatile'])
  expect(sellers('llama-3.3-70b', models, instant('2026-10-01T00:00:00Z'))).toContain(
    'birch/llama-3.3-70b',
  )
})

test('closed weights have no sellers, whoever lists them', () => {
  const closed = { openWeights: false }
  const models = [sold('acme', 'large-5', closed), sold('birch', 'acme/large-5', closed)]
  expect(sellers('large-5', models)).toEqual([])
  // One table may not know that they are open, as long as another does.
  expect(sellers('large-5', [...models, sold('cedar', 'large-5')])).toHaveLength(3)
})
