import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal, divideHalfEven, format, type Money, times, usd, usdText } from './money.ts'

const picodollars = fc
  .bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
  .map((value) => value as Money)

describe('money', () => {
  test('is read as it is written, to the picodollar', () => {
    expect(usd('12.5')).toBe(12_500_000_000_000n as Money)
    expect(usd('0.000000000001')).toBe(1n as Money)
    for (const wrong of [
      '',
      '1.',
      '.5',
      '-1',
      '1e3',
      '1,5',
      '0.0000000000001',
      ' 1',
      'NaN',
      '1 USD',
    ]) {
      expect(() => usd(wrong)).toThrow(RangeError)
    }
  })

  test('is written with all its digits and read back', () => {
    fc.assert(
      fc.property(picodollars, (amount) => {
        const text = usdText(amount)
        expect(text).not.toMatch(/\.$|\.\d*0$/)
        expect(text.startsWith('-') ? -usd(text.slice(1)) : usd(text)).toBe(amount)
      }),
    )
  })

  test('a rate per million is exact, and half a picodollar goes to the even one', () => {
    expect(times(decimal('0.25'), 538)).toBe(134_500_000n as Money)
    expect(times(decimal('0.0000005'), 1)).toBe(0n as Money)
    expect(times(decimal('0.0000015'), 1)).toBe(2n as Money)
    expect(times(decimal('0.0000025'), 1)).toBe(2n as Money)
    const rate = fc
      .tuple(fc.nat(9_999), fc.nat(99_999_999))
      .map(([whole, part]) => `${whole}.${String(part).padStart(8, '0')}`)
    fc.assert(
      fc.property(rate, fc.nat(100_000_000), (text, count) => {
        const [whole = '', part = ''] = text.split('.')
        const exact = BigInt(whole + part) * BigInt(count) // hundredths of picodollars
        const made = times(decimal(text), count)
        expect(2n * (exact - made * 100n) <= 100n && 2n * (exact - made * 100n) >= -100n).toBe(true)
      }),
    )
  })

  test.each([
    [1n, 2n, 0n],
    [3n, 2n, 2n],
    [5n, 2n, 2n],
    [-1n, 2n, 0n],
    [-3n, 2n, -2n],
    [7n, 4n, 2n],
    [-7n, 4n, -2n],
  ])('%p / %p is %p: halves go to the even one', (dividend, divisor, quotient) => {
    expect(divideHalfEven(dividend, divisor)).toBe(quotient as Money)
  })

  test('for people it is cut to six decimals, and what is smaller still shows', () => {
    expect(format(usd('0.0123'))).toBe('$0.012300')
    expect(format(usd('1234.5678901'))).toBe('$1234.567890')
    expect(format(-usd('2') as Money)).toBe('-$2.000000')
    expect(format(1n as Money)).toBe('<$0.000001')
    expect(format(0n as Money)).toBe('$0.000000')
  })
})
