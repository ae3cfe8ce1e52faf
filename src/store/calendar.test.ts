import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../core/clock.ts'
import { Calendar, hourUs } from './calendar.ts'

const zones = [
  'UTC',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Pacific/Apia',
]
const anyInstant = fc
  .integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) })
  .map((ms) => (ms * 1000 + 7) as Instant)

describe('local hours and days', () => {
  test.each(zones)('of %s hold their instants, and follow one another without a gap', (zone) => {
    const calendar = new Calendar(zone)
    fc.assert(
      fc.property(anyInstant, (at) => {
        const hour = calendar.hourStart(at)
        expect(hour).toBeLessThanOrEqual(at)
        expect(at - hour).toBeLessThan(hourUs)
        expect(calendar.hourStart((hour + hourUs) as Instant)).toBe((hour + hourUs) as Instant)
        const [start, end] = [calendar.dayStart(at), calendar.dayEnd(at)]
        expect(start).toBeLessThanOrEqual(at)
        expect(end).toBeGreaterThan(at)
        expect(calendar.dayStart(end)).toBe(end)
        expect(calendar.dayLabel(start)).toBe(calendar.dayLabel(at))
        expect(calendar.dayLabel((end - 1) as Instant)).toBe(calendar.dayLabel(at))
        expect(calendar.dayLabel(end)).not.toBe(calendar.dayLabel(at))
        expect(calendar.dayStart(hour)).toBe(start)
      }),
    )
  })

  test('begin at half past in India', () => {
    const calendar = new Calendar('Asia/Kolkata')
    const at = instant('2026-11-21T18:45:00Z')
    expect(calendar.hourStart(at)).toBe(instant('2026-11-21T18:30:00Z'))
    expect(calendar.hourLabel(calendar.hourStart(at))).toBe('2026-11-22T00:00+05:30')
    expect(calendar.dayStart(at)).toBe(instant('2026-11-21T18:30:00Z'))
    expect(calendar.dayLabel(at)).toBe('2026-11-22')
  })

  test('have an hour that comes twice in Berlin when summer ends, and a day of 25', () => {
    const calendar = new Calendar('Europe/Berlin')
    const first = instant('2026-10-25T00:30:00Z')
    const second = instant('2026-10-25T01:30:00Z')
    expect(calendar.hourLabel(calendar.hourStart(first))).toBe('2026-10-25T02:00+02:00')
    expect(calendar.hourLabel(calendar.hourStart(second))).toBe('2026-10-25T02:00+01:00')
    expect(calendar.dayEnd(first) - calendar.dayStart(first)).toBe(25 * hourUs)
    const spring = instant('2026-03-29T12:00:00Z')
    expect(calendar.dayEnd(spring) - calendar.dayStart(spring)).toBe(23 * hourUs)
  })

  test('begin at one where clocks skip midnight', () => {
    const calendar = new Calendar('America/Santiago')
    const noon = instant('2024-09-08T15:00:00Z')
    expect(calendar.dayStart(noon)).toBe(instant('2024-09-08T04:00:00Z'))
    expect(calendar.hourLabel(calendar.dayStart(noon))).toBe('2024-09-08T01:00-03:00')
    expect(calendar.dayEnd(instant('2024-09-07T15:00:00Z'))).toBe(calendar.dayStart(noon))
  })

  test('of a zone that nobody knows are refused by name', () => {
    expect(() => new Calendar('Mars/Olympus')).toThrow('There is no time zone named Mars/Olympus.')
  })
})
