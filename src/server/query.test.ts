import { expect, test } from 'bun:test'
import { instant, isoText, systemClock } from '../core/clock.ts'
import { inOrder, momentOf } from './query.ts'

const at = (text: string, timezone = 'Asia/Shanghai') => {
  const clock = { ...systemClock, now: () => instant('2026-11-22T12:00:00Z') }
  return isoText(momentOf(text, 'since', { clock, timezone }))
}

test('a date is where the day of the store begins, and an instant what it says', () => {
  expect(at('2026-11-01')).toBe('2026-10-31T16:00:00.000Z')
  expect(at('2026-11-01', 'UTC')).toBe('2026-11-01T00:00:00.000Z')
  expect(at('2026-11-01T10:00:00+02:00')).toBe('2026-11-01T08:00:00.000Z')
  expect(at('2026-11-01T10:00Z')).toBe('2026-11-01T10:00:00.000Z')
  expect(at('24h')).toBe('2026-11-21T12:00:00.000Z')
})

test.each(['2026-02-30', '2026-11-01T10:00:00', '2026-11-01 or so', '-1d', 'yesterday', ''])(
  '%p is no moment',
  (text) => {
    expect(() => at(text)).toThrow("'since' has to be a date (2026-11-21)")
  },
)

test('a time that ends before it begins is refused, and not told as empty', () => {
  const [since, until] = [instant('2026-11-20'), instant('2026-11-10')]
  const query = new URLSearchParams({ until: '2026-11-10' })
  expect(() => inOrder(query, { since, until })).toThrow('ends before that')
  expect(inOrder(query, { since: until, until: since })).toEqual({ since: until, until: since })
  expect(inOrder(query, { since })).toEqual({ since })
})
