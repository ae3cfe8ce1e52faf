import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { instant } from '../../core/clock.ts'
import { priceAt } from '../price.ts'
import { readTable } from './index.ts'
import { quoteOf } from './quote.ts'
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

describe('genai-prices’ data.json', () => {
  const sold = (prices: unknown, id = 'aws') => [
    { id, name: 'A seller', api_pattern: '', models: [{ id: 'a-model', match: {}, prices }] },
  ]
  const priced = { input_mtok: 0.135, cache_write_mtok: 1, output_mtok: 0.55 }

  test('is read by seller, as a list and under providers', () => {
    const flat = { ...priced, cache_write_1h_mtok: 1.6, web_searches_kcount: 10 }
    for (const table of [sold(flat), { units: {}, providers: sold(flat) }]) {
      const { shape, quotes, unread } = read(table)
      expect([shape, unread]).toEqual(['genai-prices', []])
      expect(quotes).toMatchObject([
        {
          provider: 'bedrock',
          model: 'a-model',
          isWhole: false,
          segments: [
            {
              id: 'base',
              price: {
                input: '0.135',
                cacheWrite5m: '1',
                cacheWrite1h: '1.6',
                output: '0.55',
                search: '10000',
              },
            },
          ],
        },
      ])
    }
  })

  test('tells tiers of each meter, of which one may have fewer', () => {
    const steps = (base: number, ...tiers: [number, number][]) => ({
      base,
      tiers: tiers.map(([start, price]) => ({ start, price })),
    })
    const { quotes } = read(
      sold({
        input_mtok: steps(3, [128_000, 6], [200_000, 9]),
        output_mtok: steps(15, [128_000, 22.5]),
      }),
    )
    expect(quotes[0]!.segments[0]).toMatchObject({
      price: { input: '3', output: '15' },
      tiers: [
        { aboveInputTokens: 128_000, price: { input: '6', output: '22.5' } },
        { aboveInputTokens: 200_000, price: { input: '9', output: '22.5' } },
      ],
    })
  })

  test('tells days and hours; the last that holds wins', () => {
    const { quotes } = read(
      sold([
        { prices: { input_mtok: 1 } },
        { constraint: { start_date: '2026-03-13' }, prices: { input_mtok: 2 } },
        {
          constraint: { start_time: '00:30:00Z', end_time: '16:30:00Z' },
          prices: { input_mtok: 3 },
        },
        {
          constraint: { start_time: '08:00+08:00', end_time: '03:00+08:00' },
          prices: { input_mtok: 4 },
        },
      ]),
    )
    const { segments, isWhole } = quotes[0]!
    expect(isWhole).toBe(true)
    expect(segments.map(({ from, windows }) => from ?? windows ?? null)).toEqual([
      null,
      instant('2026-03-13'),
      [[30, 990]],
      [[0, 1_140]],
    ])
    const at = (text: string) => priceAt(segments, instant(text))?.price.input
    expect([at('2026-03-12T23:00:00Z'), at('2026-03-13T20:00:00Z')]).toEqual(['1', '2'] as never)
    expect(at('2026-03-13T10:00:00Z')).toBe('4' as never)
  })

  test.each([
    [{ ...priced, requests_kcount: 5 }, 'requests_kcount', 0],
    [{ ...priced, input_video_mtok: 5 }, 'input_video_mtok', 1],
    [{ ...priced, output_mtok: 'ask' }, 'output_mtok', 1],
    [{ ...priced, input_mtok: { base: 1, tiers: [{ price: 2 }] } }, 'no start', 0],
    [[{ constraint: { weekdays: [1] }, prices: priced }], 'constraint', 0],
    [[{ constraint: { start_time: '25', end_time: '3' }, prices: priced }], 'minute', 0],
    ['free', 'no object', 0],
  ])('with %j says what it cannot read', (prices, says, count) => {
    const { quotes, unread } = read(sold(prices))
    expect(unread.join()).toContain(says)
    expect(quotes.length).toBe(count)
  })
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

test('a card that says to tell of a kind that there is not is none', () => {
  const [quote] = read({ acme: { models: { one: { cost: { input: 1 } } } } }).quotes
  expect(quoteOf(quote)).toMatchObject({ tells: expect.arrayContaining(['input']) })
  expect(() => quoteOf({ ...quote, tells: ['inputs'] })).toThrow('tells kinds')
})

test('what is no table is refused with the shapes that are known', () => {
  expect(() => readTable('nothing', day)).toThrow('no JSON')
  expect(() => read([1, 2])).toThrow('models.dev')
  expect(() => read({ some: { thing: 1 } })).toThrow('LiteLLM')
})
