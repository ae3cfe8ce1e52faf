import { expect, test } from 'bun:test'
import { makeCatalog, withOwnPrices } from '../../catalog/catalog.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { decimal } from '../../core/money.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { CheaperHours } from './cheaper-hour.ts'
import type { Parts } from './parts.ts'

const minuteMs = 60_000

/** A model that is dear from 1 to 4 o'clock UTC, and another that costs the same all day. */
function scene(now: Instant) {
  const segment = (input: string, more: Partial<PriceSegment> = {}): PriceSegment => {
    const price = { input: decimal(input), output: decimal('1') }
    return { id: 'x', price, currency: 'USD', source: 'a test', readOn: null, ...more }
  }
  const flat = { price: { input: decimal('1'), output: decimal('1') } }
  const [known] = withOwnPrices(makeCatalog([]), [
    { provider: 'acme', model: 'clock', ...flat },
  ]).models('acme')
  const catalog = makeCatalog([
    { ...known!, prices: [segment('1'), segment('2', { windows: [[60, 240]] })] },
    { ...known!, id: 'flat', prices: [segment('1')] },
  ])
  const time = { now }
  const candidates = [{ provider: 'acme', model: 'clock', weight: 1 }]
  const snapshot = { catalog, tasks: new Map([['hello', { candidates }]]) }
  const parts = { snapshot: () => snapshot, clock: { now: () => time.now } }
  return { time, parts: parts as unknown as Pick<Parts, 'snapshot' | 'clock'> }
}

test('a line waits for the end of the dear hours, and is asked when they are over', () => {
  const { time, parts } = scene(instant('2026-11-22T03:30:00Z'))
  const hours = new CheaperHours(instant('2026-11-22T12:00:00Z'))
  expect(hours.waitMs('hello', parts)).toBe(30 * minuteMs)
  expect(hours.waitMs('acme/clock', parts)).toBe(30 * minuteMs)
  expect(hours.waitMs('acme/flat', parts)).toBe(0)
  expect(hours.waitMs('acme/unheard', parts)).toBe(0)
  time.now = instant('2026-11-22T03:40:00Z')
  expect(hours.waitMs('hello', parts)).toBe(20 * minuteMs)
  time.now = instant('2026-11-22T04:00:00Z')
  expect(hours.waitMs('hello', parts)).toBe(0)
})

test('nothing waits for hours that come too late, or after the end', () => {
  const { time, parts } = scene(instant('2026-11-22T01:30:00Z'))
  const hours = new CheaperHours(instant('2026-11-22T03:00:00Z'))
  expect(hours.waitMs('hello', parts)).toBe(0)
  time.now = instant('2026-11-22T03:10:00Z')
  expect(hours.waitMs('hello', parts)).toBe(0)
})
