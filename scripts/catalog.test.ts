import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { textsOf } from './catalog.ts'
import { buildCatalog } from './catalog/build.ts'
import { eventTexts } from './catalog/events.ts'
import { readFacts } from './catalog/facts.ts'
import { machineTexts } from './catalog/machines.ts'
import { alibabaYuan, genaiYuan, inYuan, pricesOf, type Offer } from './catalog/offers.ts'
import { settle } from './catalog/settle.ts'
import { decimal } from '../src/core/money.ts'

const root = join(import.meta.dir, '..')
const folder = join(root, '..', 'shared', 'data', 'catalog')
const hasFacts = existsSync(join(folder, 'models.json'))
if (!hasFacts) console.log('No facts at ../shared/data/catalog: the shipped files are not re-made.')

test.skipIf(!hasFacts)('the shipped files are what the maker makes of the facts', () => {
  for (const [name, text] of textsOf(buildCatalog(readFacts(folder)))) {
    const shipped = readFileSync(join(root, 'src', 'catalog', 'data', name), 'utf8')
    expect([name, shipped === text]).toEqual([name, true])
  }
  for (const [name, text] of machineTexts(folder)) {
    const shipped = readFileSync(join(root, 'src', 'catalog', 'machines', name), 'utf8')
    expect([name, shipped === text]).toEqual([name, true])
  }
  for (const [name, text] of eventTexts(folder)) {
    const shipped = readFileSync(join(root, 'src', 'catalog', 'events', name), 'utf8')
    expect([name, shipped === text]).toEqual([name, true])
  }
})

test('a price of a table becomes one of ours', () => {
  expect(
    pricesOf(
      {
        in: '0.10',
        out: '0.4',
        cacheRead: '0',
        cacheWrite: '0.05',
        reasoning: '0.4',
        unitsUSD: { web_search: '0.0105' },
      },
      false,
    ),
  ).toEqual({ input: decimal('0.1'), output: decimal('0.4'), search: decimal('10500') })
  expect(pricesOf({ in: '3', out: '15', webSearchPer1k: '10' }, false)?.search).toBe(
    decimal('10000'),
  )
})

test('a zero is no price unless the seller gives it away', () => {
  expect(pricesOf({ in: '0', out: '0' }, false)).toBeNull()
  expect(pricesOf({ in: '0', out: '0' }, true)).toEqual({
    input: decimal('0'),
    output: decimal('0'),
  })
  expect(pricesOf({}, false)).toBeNull()
})

test('yuan that a table carries in dollars are found again, and nothing else is', () => {
  const price = (input: string, output: string) => ({
    input: decimal(input),
    output: decimal(output),
  })
  expect(inYuan(price('0.276', '1.103'), genaiYuan)).toEqual(price('2', '8'))
  expect(inYuan(price('0.574', '2.294'), alibabaYuan)).toEqual(price('4', '16'))
  expect(inYuan(price('0.143353', '1.433525'), alibabaYuan)).toEqual(price('1', '10'))
  expect(inYuan(price('0.5', '3'), alibabaYuan)).toBeNull()
})

function anOffer(origin: Offer['origin'], input: string, output: string, facts?: Partial<Offer>) {
  return {
    origin,
    source: `github.com/a/${origin}@1234567`,
    readOn: origin === 'modelsDev' ? '2026-07-02' : '2026-08-21',
    currency: 'USD' as const,
    price: { input: decimal(input), output: decimal(output) },
    tiers: [],
    dated: [],
    ...facts,
  } satisfies Offer
}

const settled = (offers: readonly Offer[], stale: readonly string[] = [], newestWins = false) => {
  const { segments, doubts } = settle(offers, new Set(stale), newestWins)
  return [segments[0]?.price.input ?? null, doubts[0]?.reason.split(':')[0] ?? null]
}

test('tables that agree leave no doubt', () => {
  expect(settled([anOffer('modelsDev', '1', '2'), anOffer('modes', '1', '2')])).toEqual(['1', null])
  expect(settled([])).toEqual([null, null])
})

test('a majority wins, then the most recent, then the dearer', () => {
  const doubt = 'tables disagree'
  const [dev, modes, effective] = [
    anOffer('modelsDev', '1', '2'),
    anOffer('modes', '2', '4'),
    anOffer('effective', '1', '2'),
  ]
  expect(settled([dev, modes, effective])).toEqual(['1', doubt])
  expect(settled([dev, modes])).toEqual(['2', doubt])
  expect(settled([modes, anOffer('effective', '3', '4')])).toEqual(['3', doubt])
})

test('a leap is held back, and a price that was replaced is stale', () => {
  const offers = [anOffer('modelsDev', '0.6', '3.6'), anOffer('modes', '6', '36')]
  expect(settled(offers)).toEqual(['0.6', 'held back'])
  expect(settled(offers, [], true)).toEqual(['6', 'tables disagree'])
  const replaced = [anOffer('modelsDev', '1.74', '3.48'), anOffer('modes', '2.1', '4.4')]
  expect(settled(replaced, ['2.1|4.4'])).toEqual(['1.74', 'stale'])
})

test("a card in the seller's own currency beats a translated one", () => {
  const yuan = anOffer('card', '4', '18', { currency: 'CNY' })
  expect(settled([anOffer('modelsDev', '1', '3.2'), yuan])).toEqual(['4', null])
})
