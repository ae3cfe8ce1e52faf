import { expect, test } from 'bun:test'
import { bytes, count, duration, money, percent, unknown, utc } from './format.ts'

test('what is not known is a dash, and nothing is nothing', () => {
  for (const say of [money, count, percent, duration, bytes]) expect(say(null)).toBe(unknown)
  expect([money('0'), count(0), percent(0), duration(0), bytes(0)]).toEqual([
    '$0',
    '0',
    '0%',
    '0 µs',
    '0 B',
  ])
})

test.each([
  ['0.000000000001', '$0.000000000001'],
  ['0.000366', '$0.000366'],
  ['0.00036612', '$0.000366'],
  ['0.5', '$0.50'],
  ['0.999', '$0.999'],
  ['12.345', '$12.35'],
  ['999.999', '$1,000'],
  ['1234.5', '$1,235'],
  ['2500000', '$2.5M'],
  ['-43.7', '−$43.70'],
  ['-0.0000021', '−$0.0000021'],
])('%s USD is %s', (usd, text) => expect(money(usd)).toBe(text))

test.each([
  [1, '100%'],
  [0.9999, '99.99%'],
  [0.99999, '99.99%'],
  [0.5, '50%'],
  [0.0097, '0.97%'],
  [0.00001, '<0.01%'],
  [-0.25, '−25%'],
])('%d is %s: all is said of all and of nothing less', (share, text) =>
  expect(percent(share)).toBe(text),
)

test.each([
  [784, '784 µs'],
  [3_200, '3.2 ms'],
  [431_000, '431 ms'],
  [1_190_000, '1.19 s'],
  [75_000_000, '75.0 s'],
  [610_000_000, '10 min 10 s'],
  [179_700_000, '3 min 0 s'],
])('%d microseconds are %s', (us, text) => expect(duration(us)).toBe(text))

test('a moment in UTC is said to the millisecond, and a wrong one as it came', () => {
  expect(utc('2026-11-22T08:15:03.120Z')).toBe('2026-11-22 08:15:03.120 UTC')
  expect(utc('soon')).toBe('soon')
})
