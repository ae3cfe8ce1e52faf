import { describe, expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { pricedAs, spellings } from './alias.ts'
import { isOwnPrice, makeCatalog, withOwnPrices } from './catalog.ts'
import { catalogOf } from './index.ts'
import { jurisdictionOf } from './jurisdictions.ts'
import type { Model, PriceSegment } from './model.ts'

const now = instant('2026-11-21')

function aSegment(id: string, facts: Partial<PriceSegment> = {}): PriceSegment {
  return {
    id,
    price: { input: decimal('1'), output: decimal('2') },
    currency: 'USD',
    source: 'a test',
    readOn: '2026-11-21',
    ...facts,
  }
}

function aModel(id: string, facts: Partial<Model> = {}): Model {
  return {
    provider: 'acme',
    id,
    name: null,
    author: null,
    openWeights: null,
    licence: null,
    operations: ['chat'],
    context: null,
    outputMax: null,
    inputs: ['text'],
    outputs: ['text'],
    tools: null,
    structured: null,
    reasoning: null,
    released: null,
    shutdown: null,
    replacement: null,
    prices: [aSegment('base')],
    machine: null,
    ...facts,
  }
}

describe('a catalog', () => {
  const large = aModel('large')
  const dated = aModel('dated', {
    prices: [aSegment('base'), aSegment('later', { from: instant('2026-12-01') })],
  })
  const catalog = makeCatalog([large, dated, aModel('unpriced', { prices: [] })])

  test('finds a model and the price of the moment', () => {
    expect(catalog.find('acme', 'large', now)).toEqual({ model: large, segment: aSegment('base') })
    expect(catalog.find('acme', 'dated', now)?.segment?.id).toBe('base')
    expect(catalog.find('acme', 'dated', instant('2026-12-01'))?.segment?.id).toBe('later')
  })

  test('tells a model without a price from a model that it does not know', () => {
    expect(catalog.find('acme', 'unpriced', now)?.segment).toBeNull()
    expect(catalog.find('acme', 'other', now)).toBeNull()
    expect(catalog.find('birch', 'large', now)).toBeNull()
    expect(catalog.find('acme', '__proto__', now)).toBeNull()
  })

  test('finds one price while it lasts and none when it is over', () => {
    const ended = makeCatalog([
      aModel('ended', { prices: [aSegment('base', { to: instant('2026-01-01') })] }),
    ])
    expect(ended.find('acme', 'ended', now)?.segment).toBeNull()
  })

  test('lists what a provider sells', () => {
    expect(catalog.models('acme').map(({ id }) => id)).toEqual(['large', 'dated', 'unpriced'])
    expect(catalog.models('birch')).toEqual([])
  })

  test('refuses two models of one name', () => {
    expect(() => makeCatalog([large, large])).toThrow('acme/large stands twice.')
    const alias = aModel('other', { aliases: ['large'] })
    expect(() => makeCatalog([large, alias])).toThrow('acme/large stands twice.')
  })
})

describe('another spelling', () => {
  const catalog = makeCatalog([
    aModel('GLM-5.2', { aliases: ['glm-latest'] }),
    aModel('org/model'),
    aModel('ft:base'),
    aModel('base'),
    aModel('Twin'),
    aModel('twin'),
  ])
  const idOf = (spelling: string) => catalog.find('acme', spelling, now)?.model.id ?? null

  test.each([
    ['glm-latest', 'GLM-5.2'],
    ['glm-5.2', 'GLM-5.2'],
    ['GLM-Latest', 'GLM-5.2'],
    ['models/base', 'base'],
    ['org--model', 'org/model'],
    ['ft:base:acme::8xK2', 'ft:base'],
    ['twin', 'twin'],
    ['Twin', 'Twin'],
  ])('%s is %s', (spelling, id) => {
    expect(idOf(spelling)).toBe(id)
  })

  test.each(['base-2026-01-01', 'base-latest', 'ft:other:acme::8xK2', 'TWIN', 'GLM-5', ''])(
    'that could be another model stays unknown: %p',
    (spelling) => {
      expect(idOf(spelling)).toBeNull()
    },
  )

  test('of an id that is nothing special there is none', () => {
    expect(spellings('gpt-4o-2024-08-06')).toEqual([])
    expect(pricedAs('gpt-4o-2024-08-06')).toBeNull()
    expect(pricedAs('ft:gpt-4o')).toBeNull()
  })
})

describe('own prices', () => {
  const catalog = makeCatalog([aModel('large', { name: 'Large', aliases: ['l'] }), aModel('small')])
  const price = { input: decimal('0.15'), output: decimal('0.6') }

  test('stand over the printed ones, under every spelling', () => {
    const own = withOwnPrices(catalog, [{ provider: 'acme', model: 'l', price }])
    for (const id of ['l', 'large', 'LARGE']) {
      const found = own.find('acme', id, now)
      expect(found?.segment).toMatchObject({ id: 'own', price, currency: 'USD', readOn: null })
      expect(found?.model).toMatchObject({ id: 'large', name: 'Large', prices: [found!.segment] })
    }
    expect(own.find('acme', 'small', now)?.segment?.id).toBe('base')
  })

  test('are told by their ids, and no name of a list is taken for one', () => {
    const own = withOwnPrices(catalog, [
      { provider: 'acme', model: 'large', price, modes: { flex: price } },
    ])
    const { segment, model } = own.find('acme', 'large', now)!
    expect([segment!, ...model.modes!['flex']!].map(isOwnPrice)).toEqual([true, true])
    expect(['base', 'owner'].map((id) => isOwnPrice({ id }))).toEqual([false, false])
  })

  test('of one fine-tune are not those of another', () => {
    const tuned = makeCatalog([aModel('ft:base', { author: 'acme' })])
    const own = withOwnPrices(tuned, [{ provider: 'acme', model: 'ft:base:us::1', price }])
    expect(own.find('acme', 'ft:base:us::1', now)).toMatchObject({
      model: { id: 'ft:base:us::1', author: 'acme' },
      segment: { id: 'own' },
    })
    expect(own.find('acme', 'ft:base:us::2', now)?.segment?.id).toBe('base')
    expect(own.models('acme').map(({ id }) => id)).toEqual(['ft:base', 'ft:base:us::1'])
  })

  test('make a model known of which nothing else is', () => {
    const own = withOwnPrices(catalog, [{ provider: 'house', model: 'qwen3-32b', price }])
    expect(own.find('house', 'qwen3-32b', now)).toMatchObject({
      model: { provider: 'house', id: 'qwen3-32b', name: null, openWeights: null, context: null },
      segment: { id: 'own' },
    })
    expect(own.find('house', 'other', now)).toBeNull()
  })

  test('of a machine replace the price per token', () => {
    const machine = { gpus: 2, usdPerGpuHour: decimal('1.79') }
    const own = withOwnPrices(catalog, [{ provider: 'acme', model: 'large', machine }])
    expect(own.find('acme', 'large', now)).toMatchObject({
      model: { machine, prices: [] },
      segment: null,
    })
  })

  test('stand in the list once', () => {
    const own = withOwnPrices(catalog, [
      { provider: 'acme', model: 'small', price },
      { provider: 'acme', model: 'new', price },
    ])
    expect(own.models('acme').map(({ id, prices }) => [id, prices[0]?.id])).toEqual([
      ['large', 'base'],
      ['small', 'own'],
      ['new', 'own'],
    ])
    expect(own.models('birch')).toEqual([])
  })
})

describe('the shipped catalog', () => {
  test('holds the providers that are asked for', () => {
    const catalog = catalogOf(['deepseek', 'sim', 'house', 'deepseek'])
    expect(catalog.find('deepseek', 'deepseek-v4-flash', now)).not.toBeNull()
    expect(catalog.find('openai', 'gpt-4o', now)).toBeNull()
    expect(catalog.models('house')).toEqual([])
    expect(catalog.models('sim').map(({ id }) => id)).toEqual([
      'clerk',
      'echo',
      'embed',
      'large',
      'medium',
      'painter',
      'reasoner',
      'scribe',
      'sketch',
      'small',
      'vision',
      'voice',
    ])
  })

  test('serves a vendor under another name', () => {
    const catalog = catalogOf([{ id: 'second', vendor: 'deepseek' }, 'deepseek'])
    expect(catalog.find('second', 'deepseek-v4-pro', now)?.model.provider).toBe('second')
    expect(catalog.find('deepseek', 'deepseek-v4-pro', now)?.model.provider).toBe('deepseek')
  })

  test('reads a vendor once', () => {
    const [first] = catalogOf(['zhipu']).models('zhipu')
    const [again] = catalogOf(['zhipu']).models('zhipu')
    expect(again).toBe(first!)
  })
})

test('a seat is told where it is known', () => {
  expect(jurisdictionOf('mistral')).toBe('FR')
  expect(jurisdictionOf('akashml')).toBeNull()
  expect(jurisdictionOf('vllm')).toBeNull()
  expect(jurisdictionOf('constructor')).toBeNull()
})
