import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { describedAs, makeCatalog, withOwnPrices } from '../../catalog/catalog.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import { instant } from '../../core/clock.ts'
import { correctedBy, correctionKinds, correctionOf } from '../../core/correction.ts'
import { newCallId } from '../../core/ids.ts'
import type { Decimal, Money } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { noUsage } from '../../core/usage.ts'
import { aRecord } from '../../store/rows.suite.ts'
import { type Added, addCorrections, attemptName, reRated } from './re-rating.ts'

const at = instant('2026-11-21T12:00:00Z')
const usage = { ...noUsage, input: 1_000, output: 10 }

const card = (input: string, id = `at ${input}`): PriceSegment => ({
  id,
  price: { input: input as Decimal, output: '2' as Decimal },
  currency: 'USD',
  source: 'a table',
  readOn: null,
})

const catalogWith = (now: PriceSegment, ...before: readonly PriceSegment[]) =>
  makeCatalog([{ ...describedAs('acme', 'echo'), prices: [now], pricesBefore: before }])

const booked = (segment: PriceSegment | null, changes: Partial<AttemptRecord> = {}) =>
  aRecord({
    provider: 'acme',
    model: 'echo',
    at,
    usage,
    cost: segment && costAt(segment, usage, at),
    costSource: segment === null ? 'unknown' : 'table',
    priceId: segment && `acme/echo@${segment.id}`,
    ...changes,
  })

const none = { added: new Map<string, Added>(), usages: new Map() }
const corrections = (record: AttemptRecord, kind: (typeof correctionKinds)[number], by: bigint) => {
  const added = new Map<string, Added>()
  const about = { kind, priceId: null, configHash: 'hash', id: newCallId(), at }
  addCorrections(added, [correctionOf(record, { ...about, difference: by as Money })])
  return added
}

test('whatever was booked, the correction makes it what the price of now comes to, and the next one finds it right', () => {
  const price = fc.integer({ min: 0, max: 10_000 }).map(String)
  fc.assert(
    fc.property(price, price, (then, now) => {
      const record = booked(card(then))
      const catalog = catalogWith(card(now))
      const due = costAt(card(now), usage, at)!
      const found = reRated(record, 'table_error', catalog, none)
      if (then === now) expect(found).toBe('right')
      else {
        const { difference } = found as { difference: bigint }
        expect(record.cost! + difference).toBe(due)
        const added = corrections(record, 'table_error', difference)
        expect(reRated(record, 'table_error', catalog, { ...none, added })).toBe('right')
      }
    }),
  )
})

test('a cost that was not known is known now, and a price that is still not known is said to be so', () => {
  const found = reRated(booked(null), 'table_error', catalogWith(card('1')), none)
  expect(found).toMatchObject({ wasUnknown: true, priceId: 'acme/echo@at 1' })
  const nobody = makeCatalog([describedAs('acme', 'echo')])
  expect(reRated(booked(null), 'table_error', nobody, none)).toBe('unknown')
})

test('a list puts no contract right, and a contract puts a list right', () => {
  const printed = catalogWith(card('1'))
  const price = { input: '0.5' as Decimal, output: '1' as Decimal }
  const contract = withOwnPrices(printed, [{ provider: 'acme', model: 'echo', price }])
  expect(reRated(booked(card('1'), { costSource: 'own' }), 'table_error', printed, none)).toBe(
    'other',
  )
  expect(reRated(booked(card('1')), 'table_error', contract, none)).toBe('other')
  expect(reRated(booked(card('1')), 'contract', contract, none)).toMatchObject({
    difference: -510_000_000n,
  })
})

test('another count is rated at the price of the row, not at that of now', () => {
  const record = booked(card('1'))
  const usages = new Map([[attemptName(record), { ...noUsage, input: 2_000, output: 10 }]])
  const catalog = catalogWith(card('7'), card('1'))
  const found = reRated(record, 'usage_error', catalog, { ...none, usages })
  expect(found).toMatchObject({ difference: 1_000_000_000n })
  expect(reRated(booked(card('1')), 'usage_error', catalog, { ...none, usages })).toBe('other')
})

test('who knows better is not undone by who knows less', () => {
  const record = booked(card('1'))
  const catalog = catalogWith(card('2'))
  const rated = (before: (typeof correctionKinds)[number], kind: typeof before) =>
    reRated(record, kind, catalog, { ...none, added: corrections(record, before, 5n) })
  expect(rated('usage_error', 'table_error')).toBe('other')
  expect(rated('usage_error', 'contract')).toBe('other')
  expect(rated('contract', 'table_error')).toBe('other')
  expect(rated('table_error', 'contract')).toMatchObject({ difference: 999_999_995n })
})

test('a correction says which attempt it is of', () => {
  const record = booked(card('1'), { attempt: 3 })
  const about = { id: newCallId(), at, difference: 1n as Money, priceId: null, configHash: 'h' }
  for (const kind of correctionKinds) {
    const corrected = correctedBy(correctionOf(record, { ...about, kind }))
    expect(corrected).toEqual({ kind, callId: record.callId, attempt: 3 })
  }
  expect(correctedBy(record)).toBeNull()
  expect(correctedBy({ ...record, role: 'correction', reason: 'table_error of it' })).toBeNull()
})

test('what was served in another mode is rated at the price of that mode', () => {
  const model = {
    ...describedAs('acme', 'echo'),
    prices: [card('4', 'base')],
    modes: { batch: [card('2', 'batch')] },
  }
  const catalog = makeCatalog([model])
  const right = booked(card('2', 'batch'), { mode: 'batch' })
  expect(reRated(right, 'table_error', catalog, none)).toBe('right')
  const wrong = booked(card('4', 'base'), { mode: 'batch' })
  const found = reRated(wrong, 'table_error', catalog, none)
  expect(found).toMatchObject({ priceId: 'acme/echo@batch', wasUnknown: false })
  expect((found as { difference: bigint }).difference).toBeLessThan(0n)
})
