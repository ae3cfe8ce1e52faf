import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { instant } from '../core/clock.ts'
import type { Decimal } from '../core/money.ts'
import { catalogOf } from './index.ts'
import type { PriceSegment } from './model.ts'
import { diffOver, faultsOf } from './timeline.ts'

const now = instant('2026-11-22T12:00:00Z')

const segment = (input: string, from?: string, to?: string, more = {}): PriceSegment => ({
  id: 'base',
  price: { input: input as Decimal },
  currency: 'USD',
  source: 'a page',
  readOn: null,
  ...(from === undefined ? {} : { from: instant(from) }),
  ...(to === undefined ? {} : { to: instant(to) }),
  ...more,
})

test('an announced price is a change, and its doubts are those of then', () => {
  const announced = [segment('1'), segment('100', '2026-12-01')]
  const found = diffOver([segment('1')], announced, now, now)
  expect(found).toMatchObject({ what: 'changed', at: instant('2026-12-01') })
  expect(found.moves).toMatchObject([{ meter: 'input', before: '1', after: '100', ratio: '100' }])
  const later = diffOver([segment('1')], [segment('2'), segment('1', '2027-01-01')], now, now)
  expect(later).toMatchObject({ at: null, moves: [{ after: '2' }] })
  const both = diffOver([segment('1')], [segment('2'), segment('400', '2027-01-01')], now, now)
  expect(both.moves).toMatchObject([
    { meter: 'input', after: '2', doubts: [] },
    { meter: 'input from 2027-01-01', after: '400', doubts: [expect.stringContaining('dear')] },
  ])
})

test('what has no price either way is no change, and a first price of later is new', () => {
  const gap = [segment('1', undefined, '2026-12-01'), segment('2', '2027-01-01')]
  expect(diffOver(gap, gap, now, now).what).toBe('same')
  expect(diffOver([], [segment('1', '2026-12-01')], now, now)).toMatchObject({
    what: 'new',
    at: instant('2026-12-01'),
    moves: [{ meter: 'input', after: '1' }],
  })
})

test('what was wrong in the past is a change where the past may be put right', () => {
  const [was, is] = [
    [segment('1', undefined, '2026-09-01'), segment('3', '2026-09-01')],
    [segment('2', undefined, '2026-09-01'), segment('3', '2026-09-01')],
  ]
  expect(diffOver(was, is, now, now).what).toBe('same')
  expect(diffOver(was, is, now, null)).toMatchObject({ what: 'changed', moves: [{ after: '2' }] })
})

test('another price at some hour of some weekday is a change', () => {
  const night = (windows: readonly (readonly [number, number])[], days?: readonly number[]) => [
    segment('2'),
    segment('1', undefined, undefined, {
      windows,
      ...(days === undefined ? {} : { days, utcOffsetMinutes: 480 }),
    }),
  ]
  expect(diffOver(night([[60, 240]]), night([[60, 240]]), now, now).what).toBe('same')
  expect(diffOver(night([[60, 240]]), night([[60, 300]]), now, now).what).toBe('changed')
  const week = [1, 2, 3, 4, 5]
  expect(diffOver(night([[60, 240]], week), night([[60, 240]]), now, now).what).toBe('changed')
  expect(diffOver(night([[60, 240]], week), night([[60, 240]], week), now, now).what).toBe('same')
})

test('gaps and overlaps are named, hours and what is over are none', () => {
  const gap = [segment('1', undefined, '2026-12-01'), segment('2', '2027-01-01')]
  expect(faultsOf(gap, now)).toEqual(['it has no price from 2026-12-01 to 2027-01-01'])
  expect(faultsOf([segment('1', '2026-01-01', '2026-12-31')], now)).toEqual([
    'it has no price from 2026-12-31 on',
  ])
  const overlap = [segment('1', undefined, '2026-12-31'), segment('2', '2026-12-01')]
  expect(faultsOf(overlap, now)).toEqual([
    'two prices hold from 2026-12-01, and the last one written wins',
  ])
  const clock = [
    segment('1'),
    segment('2', '2026-08-16', '2026-12-24', { windows: [[60, 240]] }),
    segment('3', '2026-12-01'),
  ]
  expect(faultsOf(clock, now)).toEqual([])
  const past = [segment('1', undefined, '2026-03-01'), segment('2', '2026-05-01')]
  expect(faultsOf(past, now)).toEqual([])
})

test('no shipped card has a gap or an overlap, and only names that were shut down end', () => {
  const files = readdirSync(join(import.meta.dir, 'data')).filter((name) => name.endsWith('.json'))
  const providers = files.map((name) => name.slice(0, -'.json'.length))
  const catalog = catalogOf(providers)
  const models = providers.flatMap((provider) => catalog.models(provider))
  expect(models.length).toBeGreaterThan(1_000)
  const faults = models.flatMap(({ provider, id, prices, modes = {}, shutdown }) =>
    [prices, ...Object.values(modes)]
      .flatMap((segments) => faultsOf(segments, now))
      .filter((says) => !(shutdown !== null && says.endsWith(' on')))
      .map((says) => `${provider}/${id}: ${says}`),
  )
  expect(faults).toEqual([])
})
