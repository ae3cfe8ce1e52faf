import { expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { cheapestFrom } from './cheaper.ts'
import type { PriceSegment } from './model.ts'

function segment(input: string, more: Partial<PriceSegment> = {}): PriceSegment {
  const price = { input: decimal(input), output: decimal('1') }
  return { id: 'x', price, currency: 'USD', source: 'a test', readOn: null, ...more }
}

/** Dear from 1 to 4 o'clock UTC. */
const byClock = [segment('1'), segment('2', { windows: [[60, 240]] })]

test('waits for the end of the dear hours, and not for what is no cheaper', () => {
  const end = instant('2026-11-22T12:00:00Z')
  expect(cheapestFrom([byClock], instant('2026-11-22T01:10:00Z'), end)).toBe(
    instant('2026-11-22T04:00:00Z'),
  )
  const cheap = instant('2026-11-22T04:10:00Z')
  expect(cheapestFrom([byClock], cheap, end)).toBe(cheap)
})

test('does not wait beyond the end, for one price, or for one that is not known', () => {
  const now = instant('2026-11-22T01:10:00Z')
  expect(cheapestFrom([byClock], now, instant('2026-11-22T03:59:00Z'))).toBe(now)
  expect(cheapestFrom([[segment('1')]], now, instant('2026-12-22T00:00:00Z'))).toBe(now)
  expect(cheapestFrom([[]], now, instant('2026-12-22T00:00:00Z'))).toBe(now)
})

test('a card that ends within the time is waited for, a rise is not', () => {
  const now = instant('2026-11-22T01:10:00Z')
  const end = instant('2026-11-25T00:00:00Z')
  const change = instant('2026-11-24T00:00:00Z')
  expect(cheapestFrom([[segment('2'), segment('1', { from: change })]], now, end)).toBe(change)
  expect(cheapestFrom([[segment('1'), segment('2', { from: change })]], now, end)).toBe(now)
})

test('of several that may be asked the cheapest of each moment counts', () => {
  const now = instant('2026-11-22T01:10:00Z')
  const end = instant('2026-11-22T12:00:00Z')
  const flat = [segment('1.5')]
  expect(cheapestFrom([byClock, flat], now, end)).toBe(instant('2026-11-22T04:00:00Z'))
  expect(cheapestFrom([byClock, [segment('0.5')]], now, end)).toBe(now)
  expect(cheapestFrom([[], byClock], now, end)).toBe(instant('2026-11-22T04:00:00Z'))
})
