import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Instant, instant, isoText } from './clock.ts'
import { dayStart, dayText, isTimeZone, spanOf } from './zone.ts'

test.each([
  ['day', '2026-11-21T23:30:00Z', 'UTC', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
  [
    'day',
    '2026-11-21T23:30:00Z',
    'Asia/Kolkata',
    '2026-11-21T18:30:00.000Z',
    '2026-11-22T18:30:00.000Z',
  ],
  // Clocks go forward and back: days of 23 and 25 hours.
  [
    'day',
    '2026-03-29T12:00:00Z',
    'Europe/Berlin',
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ],
  [
    'day',
    '2026-10-25T12:00:00Z',
    'Europe/Berlin',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ],
  // Clocks skip midnight, and midnight comes twice.
  [
    'day',
    '2024-09-08T12:00:00Z',
    'America/Santiago',
    '2024-09-08T04:00:00.000Z',
    '2024-09-09T03:00:00.000Z',
  ],
  [
    'day',
    '2026-10-25T12:00:00Z',
    'Atlantic/Azores',
    '2026-10-25T00:00:00.000Z',
    '2026-10-26T01:00:00.000Z',
  ],
  ['week', '2026-11-22T12:00:00Z', 'UTC', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
  [
    'month',
    '2026-12-31T23:30:00Z',
    'Europe/Berlin',
    '2026-12-31T23:00:00.000Z',
    '2027-01-31T23:00:00.000Z',
  ],
  ['month', '2028-02-29T00:00:00Z', 'UTC', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
] as const)('the %s of %s in %s', (period, at, zone, start, end) => {
  const span = spanOf(period, instant(at), zone)
  expect([isoText(span.start), isoText(span.end)]).toEqual([start, end])
})

test('an instant lies in its span, and spans meet', () => {
  const at = fc
    .integer({ min: Date.UTC(1975, 0), max: Date.UTC(2100, 0) })
    .map((ms) => (ms * 1_000) as Instant)
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'America/St_Johns',
  )
  fc.assert(
    fc.property(
      at,
      zone,
      fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      (now, name, period) => {
        const span = spanOf(period, now, name)
        expect(now >= span.start && now < span.end).toBe(true)
        expect(spanOf(period, span.end, name).start).toBe(span.end)
        expect(spanOf(period, (span.end - 1) as Instant, name)).toEqual(span)
      },
    ),
  )
})

test('a day is named as the zone names it', () => {
  expect(dayText(instant('2026-11-21T23:30:00Z'), 'Asia/Tokyo')).toBe('2026-11-22')
})

test('a day begins where it does in its zone, and one that no calendar has nowhere', () => {
  const begins = (day: string, zone: string) => {
    const at = dayStart(day, zone)
    return at === null ? null : isoText(at)
  }
  expect(begins('2026-11-01', 'Asia/Kolkata')).toBe('2026-10-31T18:30:00.000Z')
  expect(begins('2026-10-26', 'Europe/Berlin')).toBe('2026-10-25T23:00:00.000Z')
  // There the clocks were set on from midnight to one.
  expect(begins('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z')
  expect(begins('0001-01-01', 'UTC')).toBe('0001-01-01T00:00:00.000Z')
  expect(begins('9999-12-31', 'Europe/Berlin')).toBe('9999-12-30T23:00:00.000Z')
  expect(begins('2026-02-30', 'UTC')).toBeNull()
  expect(begins('2026-13-01', 'UTC')).toBeNull()
})

test('zones that are none are told', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true)
  expect(isTimeZone('Mars/Olympus')).toBe(false)
})
