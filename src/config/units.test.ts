import { expect, test } from 'bun:test'
import { assert, bigInt, constantFrom, integer, property, string } from 'fast-check'
import { usd, usdText, type Money } from '../core/money.ts'
import { durationMs, pace, plainNumber, sizeBytes, usdAmount, wholeNumber } from './units.ts'

const msOf = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

test.each([
  ['250ms', 250],
  ['2s', 2_000],
  ['0.5s', 500],
  ['1.5 h', 5_400_000],
  ['10m', 600_000],
  ['396d', 34_214_400_000],
  ['0.001d', 86_400],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each([
  '',
  '5',
  's',
  '5 parsecs',
  '5S',
  '-1s',
  '1e3s',
  '1,5s',
  '1s ',
  ' 1s',
  '1h30m',
  '0.5ms',
  '1.',
  'Infinitys',
  '1min',
])('%j is no duration', (text) => {
  expect(durationMs(text)).toBeNull()
})

test('any whole number of any unit is read exactly', () => {
  assert(
    property(
      integer({ min: 0, max: 999_999_999 }),
      constantFrom('ms', 's', 'm', 'h', 'd'),
      (n, unit) => {
        expect(durationMs(`${n}${unit}`)).toBe(n * msOf[unit])
      },
    ),
  )
})

test('thousandths of a second are whole milliseconds, whatever floats make of them', () => {
  assert(
    property(integer({ min: 0, max: 999_999_999 }), (ms) => {
      const text = `${Math.floor(ms / 1_000)}.${String(ms % 1_000).padStart(3, '0')}s`
      expect(durationMs(text)).toBe(ms)
    }),
  )
})

test.each([
  ['1kB', 1_000],
  ['32MB', 32_000_000],
  ['0.5 GB', 500_000_000],
])('%s is %d bytes', (text, bytes) => {
  expect(sizeBytes(text)).toBe(bytes)
})

test.each(['32', '32mb', '32MiB', '32 M', '1KB', '0.0001kB', '1B'])('%s is no size', (text) => {
  expect(sizeBytes(text)).toBeNull()
})

test('any amount of money is read to the picodollar', () => {
  assert(
    property(bigInt({ min: 0n, max: 10n ** 23n }), (amount) => {
      expect(usdAmount(`${usdText(amount as Money)} USD`)).toBe(amount as Money)
    }),
  )
  expect(usdAmount('50USD')).toBe(usd('50'))
})

test.each([
  '50',
  '50 EUR',
  '$50',
  '50 usd',
  '-1 USD',
  '1e3 USD',
  '1,000 USD',
  '0.0000000000001 USD',
  'USD',
])('%s is no amount', (text) => {
  expect(usdAmount(text)).toBeNull()
})

test('paces are counts in a time', () => {
  expect(pace('600/min')).toEqual({ count: 600, perMs: 60_000 })
  expect(pace('5 / s')).toEqual({ count: 5, perMs: 1_000 })
  expect(pace('1000000/day')).toEqual({ count: 1_000_000, perMs: 86_400_000 })
  for (const text of ['600', '600/m', '/min', '1.5/s', '600/minute', '-1/s', '1/constructor']) {
    expect(pace(text)).toBeNull()
  }
})

test('numbers are plain', () => {
  expect(plainNumber('0.25')).toBe(0.25)
  expect(wholeNumber('4000')).toBe(4000)
  for (const text of ['', '0x10', '1e3', '+1', '1_000', ' 1', '.5', 'NaN']) {
    expect(plainNumber(text)).toBeNull()
    expect(wholeNumber(text)).toBeNull()
  }
})

test('no text makes a reader throw', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      for (const read of [durationMs, sizeBytes, usdAmount, pace, plainNumber, wholeNumber])
        read(text)
    }),
  )
})
