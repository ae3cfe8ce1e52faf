import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { instant } from '../../core/clock.ts'
import { readTable } from './index.ts'
import { shifted } from './table.ts'

const day = '2026-11-22'
const read = (value: unknown) => readTable(JSON.stringify(value), day)

test('a price a token is one a million, without a digit lost', () => {
  expect(shifted(1.4e-7, 6)).toBe('0.14' as never)
  expect(shifted('0.0000000028', 6)).toBe('0.0028' as never)
  expect(shifted(0.000015, 6)).toBe('15' as never)
  expect(shifted(3, 0)).toBe('3' as never)
  expect(shifted(0, 6)).toBe('0' as never)
  for (const wrong of [-1, 'free', null, {}, Number.NaN, 1e30]) expect(shifted(wrong, 6)).toBeNull()
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: 0, max: 9 }),
      (digits, places) => {
        const text = shifted(`${digits}e-${places}`, places)
        expect(text).toBe(String(digits) as never)
      },
    ),
  )
})

describe('LiteLLM’s table', () => {
  const table = {
    sample_spec: { litellm_provider: 'one of them', input_cost_per_token: 0 },
    'deepseek/a-model': {
      litellm_provider: 'deepseek',
      input_cost_per_token: 2.2e-7,
      output_cost_per_token: 6.6e-7,
      cache_read_input_token_cost: 7e-9,
      input_cost_per_token_batches: 1.1e-7,
      input_cost_per_token_above_200k_tokens: 4.4e-7,
    },
    'an-image-model': { litellm_provider: 'openai', output_cost_per_image: 0.04 },
    elsewhere: { litellm_provider: 'nobody we know', input_cost_per_token: 1e-6 },
    broken: { litellm_provider: 'openai', input_cost_per_token: 'ask us' },
  }

  test('is read by seller, mode and tier', () => {
    const { shape, quotes } = read(table)
    expect(shape).toBe('litellm')
    expect(quotes).toMatchObject([
      {
        provider: 'deepseek',
        model: 'a-model',
        mode: 'standard',
        segments: [
          {
            price: { input: '0.22', cacheRead: '0.007', output: '0.66' },
            tiers: [{ aboveInputTokens: 200_000, price: { input: '0.44' } }],
          },
        ],
      },
      { model: 'a-model', mode: 'batch', segments: [{ price: { input: '0.11' } }] },
    ])
  })

  test('says what it cannot read, and takes it for no price', () => {
    const { unread, quotes } = read(table)
    expect(unread).toEqual(['broken input_cost_per_token'])
    expect(quotes.some(({ model }) => model === 'broken')).toBe(false)
  })
})

test('models.dev’s api.json is read by seller, with either way to say a tier', () => {
  const cost = { input: 1.25, output: 10, cache_read: 0.125 }
  const { shape, quotes } = read({
    google: {
      id: 'google',
      models: {
        one: { cost: { ...cost, context_over_200k: { input: 2.5, output: 15 } } },
        two: { cost: { ...cost, tiers: [{ input: 3, tier: { type: 'context', size: 128_000 } }] } },
        three: {},
      },
    },
    togetherai: { models: { four: { cost } } },
  })
  expect(shape).toBe('models.dev')
  expect(quotes.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
    'google/one',
    'google/two',
    'together/four',
  ])
  expect(quotes.map(({ segments }) => segments[0]!.tiers)).toEqual([
    [{ aboveInputTokens: 200_000, price: { input: '2.5', output: '15' } }],
    [{ aboveInputTokens: 128_000, price: { input: '3' } }],
    undefined,
  ] as never)
})

describe('a file of the catalog’s shape', () => {
  const file = (prices: unknown, more: object = {}) => ({
    provider: 'acme',
    sources: { page: { source: 'their page', readOn: '2026-11-20' } },
    models: [{ id: 'echo', prices, ...more }],
  })

  test('tells all times of a card, its currency and its mode', () => {
    const prices = [
      { price: { input: '1' }, to: '2026-12-01', source: 'page' },
      {
        id: 'night',
        price: { input: '0.5' },
        windows: [[990, 30]],
        currency: 'CNY',
        source: 'page',
      },
    ]
    const { quotes } = read(file(prices, { mode: 'batch' }))
    expect(quotes).toMatchObject([
      {
        provider: 'acme',
        mode: 'batch',
        isWhole: true,
        segments: [
          { price: { input: '1' }, to: instant('2026-12-01'), currency: 'USD' },
          { id: 'night', windows: [[990, 30]], currency: 'CNY' },
        ],
      },
    ])
  })

  test.each([
    [{ price: { input: '1' }, source: 'elsewhere' }, 'source'],
    [{ price: { input: '-1' }, source: 'page' }, 'decimal'],
    [{ price: { inputs: '1' }, source: 'page' }, 'kind'],
    [{ price: { input: '1' }, currency: 'EUR', source: 'page' }, 'EUR'],
    [{ price: { input: '1' }, from: '2026-02-01', to: '2026-01-01', source: 'page' }, 'before'],
  ])('with %j is named, and not taken', (price, says) => {
    const { quotes, unread } = read(file([price]))
    expect(quotes).toEqual([])
    expect(unread.join()).toContain(says)
  })
})

test('what is no table is refused with the shapes that are known', () => {
  expect(() => readTable('nothing', day)).toThrow('no JSON')
  expect(() => read([1, 2])).toThrow('models.dev')
  expect(() => read({ some: { thing: 1 } })).toThrow('LiteLLM')
})
