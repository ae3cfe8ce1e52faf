import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Fraction } from './fraction.ts'

const fractions = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fc.bigInt({ min: 1n, max: 10n ** 12n }),
  )
  .map(([numerator, denominator]) => new Fraction(numerator, denominator))

describe('a fraction', () => {
  test.each([
    ['12.50', '12.5'],
    ['-0.30', '-0.3'],
    ['7', '7'],
    ['0.000001', '0.000001'],
  ])('%s is read and written as %s', (text, written) => {
    expect(Fraction.of(text).text(6)).toBe(written)
  })

  test.each(['', '1e3', '0x1', '1.', '.5', '1,5', 'NaN', 'Infinity'])('%p is none', (text) => {
    expect(() => Fraction.of(text)).toThrow(RangeError)
  })

  test('a binary number that is no plain decimal is refused, not rounded', () => {
    expect(() => Fraction.of(1e21)).toThrow('Not a plain decimal number')
  })

  test.each([
    ['0.5', 0, '0'],
    ['1.5', 0, '2'],
    ['2.5', 0, '2'],
    ['-2.5', 0, '-2'],
    ['0.125', 2, '0.12'],
    ['0.375', 2, '0.38'],
  ])('%s to %i places is %s: half to even', (text, places, rounded) => {
    expect(Fraction.of(text).text(places)).toBe(rounded)
  })

  test('adds and takes away, multiplies and divides without loss', () => {
    fc.assert(
      fc.property(fractions, fractions, (left, right) => {
        expect(left.plus(right).minus(right).compare(left)).toBe(0)
        if (!right.isZero) expect(left.over(right).times(right).compare(left)).toBe(0)
      }),
    )
  })

  test('lies between its floor and its ceiling, which are a whole apart at most', () => {
    fc.assert(
      fc.property(fractions, (value) => {
        const [floor, ceil] = [Fraction.of(value.floor()), Fraction.of(value.ceil())]
        expect(floor.compare(value)).toBeLessThanOrEqual(0)
        expect(ceil.compare(value)).toBeGreaterThanOrEqual(0)
        expect(value.ceil() - value.floor()).toBeLessThanOrEqual(1n)
      }),
    )
  })

  test('has no denominator of zero', () => {
    expect(() => Fraction.one.over(Fraction.zero)).toThrow('denominator of zero')
  })
})
