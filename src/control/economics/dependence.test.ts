import { describe, expect, test } from 'bun:test'
import type { Model } from '../../catalog/model.ts'
import { decimal } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { daysToMove, featuresOf, lockInScore, locksOf } from './lock-in.ts'
import { behind, type Seller } from './look-through.ts'
import { spreadOf } from './spread.ts'

const aModel = (more: Partial<Model>): Model => ({
  provider: 'acme',
  id: 'large',
  name: null,
  author: null,
  openWeights: null,
  licence: null,
  operations: ['chat'],
  context: null,
  outputMax: null,
  inputs: [],
  outputs: [],
  tools: null,
  structured: null,
  reasoning: null,
  released: null,
  shutdown: null,
  replacement: null,
  prices: [],
  machine: null,
  ...more,
})

const seller = (more: Partial<Seller>): Seller => ({
  vendor: 'acme',
  kind: 'vendor',
  jurisdiction: 'US',
  onPremises: false,
  ...more,
})

describe('who stands behind a model', () => {
  const seatOf = (vendor: string) => (vendor === 'openai' ? 'US' : null)
  const aggregator = seller({ vendor: 'openrouter', kind: 'aggregator', jurisdiction: 'US' })

  test('is the author of closed weights, whoever sells them', () => {
    const gpt = aModel({ author: 'openai', openWeights: false })
    expect(behind('router', gpt, aggregator, seatOf)).toEqual({
      seller: 'router',
      host: 'openai',
      author: 'openai',
      jurisdiction: 'US',
    })
  })

  test('is not known of open weights at an aggregator', () => {
    const llama = aModel({ author: 'meta', openWeights: true })
    expect(behind('router', llama, aggregator, seatOf)).toMatchObject({
      host: null,
      author: 'meta',
      jurisdiction: null,
    })
    expect(behind('router', null, aggregator, seatOf)).toMatchObject({ host: null, author: null })
  })

  test('is oneself on a machine of one’s own', () => {
    const own = seller({ vendor: 'vllm', kind: 'engine', jurisdiction: null })
    expect(behind('house', aModel({}), own, seatOf)).toMatchObject({
      host: 'house',
      jurisdiction: 'own',
    })
  })
})

test('spread of the published example: 3,400 by seller, 5,800 by author', () => {
  const sellers = spreadOf(
    new Map([
      ['openai', 40n],
      ['openrouter', 30n],
      ['poe', 30n],
    ]),
  )
  expect(sellers).toMatchObject({ hhi: 3_400, top: 'openai', top_share: 0.4, unknown_share: 0 })
  const authors = spreadOf(
    new Map([
      ['openai', 70n],
      ['anthropic', 30n],
    ]),
  )
  expect(authors.hhi).toBe(5_800)
  expect(spreadOf(new Map([[null, 5n]]))).toMatchObject({ hhi: null, unknown_share: 1 })
  expect(spreadOf(new Map())).toMatchObject({ hhi: null, top: null, unknown_share: null })
})

describe('lock-in', () => {
  const used = featuresOf({
    usage: { ...noUsage, input: 5, cacheRead: 3, imageIn: 1 },
    tools: true,
    structured: false,
  })

  test('sees what calls use', () => {
    expect(used).toEqual(['text', 'tools', 'caching', 'images'])
  })

  test('is 0 with a second in the task that is not known to lack anything', () => {
    const locks = locksOf(used, [aModel({})], [])
    expect(lockInScore(locks)).toBe(0)
    expect(daysToMove(locks, { tested: true, named: true, live: true })).toBe(0)
    expect(daysToMove(locks, { tested: false, named: true, live: true })).toBe(1)
  })

  test('counts what nobody else has, and half what is live elsewhere', () => {
    const source = { id: 'base', currency: 'USD', source: 'x', readOn: null } as const
    const uncached = { ...source, price: { input: decimal('1') } }
    const named = aModel({ tools: false, inputs: ['text'], prices: [uncached] })
    const live = aModel({ tools: true, inputs: ['text'], prices: [uncached] })
    const locks = locksOf(used, [named], [live])
    expect(locks.map(({ second }) => second)).toEqual([
      'in the task',
      'live elsewhere',
      'nobody',
      'nobody',
    ])
    expect(lockInScore(locks)).toBe(63)
    expect(daysToMove(locks, { tested: false, named: true, live: true })).toBe(5)
  })

  test('is 100 where nobody else is', () => {
    const locks = locksOf(used, [], [])
    expect(lockInScore(locks)).toBe(100)
    expect(daysToMove(locks, { tested: false, named: false, live: false })).toBe(16)
  })
})
