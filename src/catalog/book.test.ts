import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Instant, instant } from '../core/clock.ts'
import type { Decimal } from '../core/money.ts'
import { datedSegments, type PriceVersion, standard } from './book.ts'
import { catalogOf } from './index.ts'
import { mergedNow, mergedWhole } from './merge.ts'
import type { PriceSegment } from './model.ts'
import { priceAt } from './price.ts'

const segment = (input: string, more: Partial<PriceSegment> = {}): PriceSegment => ({
  id: 'base',
  price: { input: input as Decimal },
  currency: 'USD',
  source: 'a table',
  readOn: null,
  ...more,
})

const version = (id: number, more: Partial<PriceVersion>): PriceVersion => ({
  id,
  provider: 'deepseek',
  model: 'deepseek-v4-flash',
  region: standard,
  mode: standard,
  segments: [segment(String(id))],
  knownFrom: id as Instant,
  knownTo: null,
  ...more,
})

const at = instant('2026-11-22')
const inputOf = (book: readonly PriceVersion[], model = 'deepseek-v4-flash'): string | undefined =>
  catalogOf(['deepseek'], book).find('deepseek', model, at)?.segment?.price.input

test('the version that is still believed goes before the shipped card, under each of its names', () => {
  const shipped = catalogOf(['deepseek']).find('deepseek', 'deepseek-v4-flash', at)!.model
  const book = [version(1, { knownTo: 2 as Instant }), version(2, {})]
  expect(inputOf(book)).toBe('2')
  for (const alias of shipped.aliases ?? []) expect(inputOf(book, alias)).toBe('2')
  const { prices, pricesBefore } = catalogOf(['deepseek'], book).find(
    'deepseek',
    'deepseek-v4-flash',
    at,
  )!.model
  expect(prices.map(({ price }) => price.input)).toEqual(['2' as Decimal])
  // Rows of before name the shipped card and the first version.
  expect(pricesBefore).toHaveLength(shipped.prices.length + 1)
})

test('a model that only the book knows is sold, and cards of other regions price no call', () => {
  expect(inputOf([version(3, { model: 'deepseek-v9' })], 'deepseek-v9')).toBe('3')
  const shipped = inputOf([])
  expect(inputOf([version(3, { region: 'cn' }), version(4, { mode: 'batch' })])).toBe(shipped)
})

test('a card of the region in which a provider serves goes before the one of all', () => {
  const book = [version(3, {}), version(4, { region: 'cn' }), version(5, { region: 'eu' })]
  const inRegion = (region: string | null): string | undefined =>
    catalogOf([{ id: 'deepseek', vendor: 'deepseek', region }], book).find(
      'deepseek',
      'deepseek-v4-flash',
      at,
    )?.segment?.price.input
  expect([inRegion(null), inRegion('cn'), inRegion('us')]).toEqual(['3', '4', '3'])
})

test('a card of another mode prices what is served in it, and keeps what was believed before', () => {
  const book = [
    version(6, { mode: 'batch', knownTo: 7 as Instant }),
    version(7, { mode: 'batch' }),
    version(8, {}),
  ]
  const { model, segment: usual } = catalogOf(['deepseek'], book).find(
    'deepseek',
    'deepseek-v4-flash',
    at,
  )!
  expect(usual!.price.input).toBe('8' as Decimal)
  expect(model.modes!['batch']!.map(({ price }) => price.input)).toEqual(['7' as Decimal])
  expect(model.modesBefore!['batch']!.map(({ price }) => price.input)).toEqual(['6' as Decimal])
  expect(model.pricesBefore!.map(({ price }) => price.input)).not.toContain('6' as Decimal)
})

test('a vendor under another name sells at the book’s prices for the vendor', () => {
  const catalog = catalogOf([{ id: 'mine', vendor: 'deepseek' }], [version(5, {})])
  expect(catalog.find('mine', 'deepseek-v4-flash', at)?.segment?.price.input).toBe('5' as Decimal)
})

test('what was believed ends where the next version begins', () => {
  const [shipped, first] = datedSegments([segment('9')], [version(7, {})])
  expect(shipped).toMatchObject({ knownTo: 7 })
  expect(first).toMatchObject({ knownFrom: 7 })
  expect(first).not.toHaveProperty('knownTo')
})

const moment = fc.integer({ min: 0, max: 100 }).map((value) => value as Instant)
const segments = fc.array(
  fc.record({ input: fc.integer({ min: 0, max: 9 }), from: fc.option(moment), length: moment }),
  { maxLength: 5 },
)

const made = (all: readonly { input: number; from: Instant | null; length: Instant }[]) =>
  all
    .map(({ input, from, length }) =>
      segment(String(input), from === null ? {} : { from, to: (from + length + 1) as Instant }),
    )
    .toSorted((left, right) => (left.from ?? -1) - (right.from ?? -1))

test('a change of price leaves every instant before it as it was, whatever the card', () => {
  fc.assert(
    fc.property(segments, segments, moment, moment, (before, after, from, asked) => {
      const [old, next] = [made(before), made(after)]
      for (const card of [
        mergedNow(old, next.slice(0, 1), { from }),
        mergedWhole(old, next, from),
      ]) {
        if (asked < from)
          expect(priceAt(card, asked)?.price).toEqual(priceAt(old, asked)?.price as never)
      }
      const whole = mergedWhole(old, next, from)
      const coming = next.filter(({ to }) => to === undefined || to > from)
      const [first = from] = coming
        .map((each) => each.from ?? from)
        .toSorted((left, right) => left - right)
      const begins = Math.max(from, first)
      if (asked < begins)
        expect(priceAt(whole, asked)?.price).toEqual(priceAt(old, asked)?.price as never)
      else if (asked >= from)
        expect(priceAt(whole, asked)?.price).toEqual(priceAt(next, asked)?.price as never)
    }),
  )
})

test('what was announced for later stays where a table tells only what holds now', () => {
  const later = segment('20', { from: 50 as Instant, id: 'later' })
  const card = mergedNow([segment('10'), later], [segment('11')], { from: 20 as Instant })
  const prices = [10, 30, 60].map((each) => priceAt(card, each as Instant)?.price.input)
  expect(prices).toEqual(['10', '11', '20'] as Decimal[])
})
