import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { finalNumber } from './numbers.ts'

describe('the final number', () => {
  test.each([
    ['17 * 23 = 391.', 391],
    ['The answer is 42, since 6 * 7 = 42 and 5 * 8 = 40.', 42],
    ['The answer is 6 * 7 = 42. There were 3 steps.', 42],
    ['**Answer:** 1,234.5 USD', 1_234.5],
    ['so \\boxed{\\frac{3}{4}} and not 7', 0.75],
    ['\\boxed{1{,}234} apples', 1_234],
    ['#### 72', 72],
    ['It costs $1,000,000', 1_000_000],
    ['about 1.5 million people', 1_500_000],
    ['from 10-5', 5],
    ['minus: \u22127', -7],
    ['6.02 × 10^23', 6.02e23],
    ['1e-3', 0.001],
    ['3/4', 0.75],
    ['GPT4 says 12 %', 12],
    ['12\u202f345', 345],
    ['.5', 0.5],
    ['none', null],
    ['model v2 x', null],
  ])('of %j is %p', (text, value) => {
    expect(finalNumber(text)?.value ?? null).toBe(value)
  })

  test('with a decimal comma', () => {
    expect(finalNumber('Das sind 1.234,5 Euro', true)?.value).toBe(1_234.5)
    expect(finalNumber('0,25', true)?.value).toBe(0.25)
  })

  test('tells percentages', () => {
    expect(finalNumber('It is 12.5 %.')).toMatchObject({ value: 12.5, percent: true })
    expect(finalNumber('It is 12.5 percent.')).toMatchObject({ value: 12.5, percent: true })
  })

  test('any number that is written is found again, grouped or not, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.integer({ min: 0, max: 4 }),
        fc.boolean(),
        fc.constantFrom('', 'so it is ', 'Answer: ', 'x = ', '(', '$'),
        fc.constantFrom('', '.', ' apples', ')', '!', '\n'),
        (whole, places, grouped, before, after) => {
          const value = whole / 10 ** places
          const text = value.toLocaleString('en-US', {
            useGrouping: grouped,
            maximumFractionDigits: 6,
          })
          const said = before === '$' ? text.replace('-', '-') : text
          fc.pre(!(before === '$' && value < 0))
          expect(finalNumber(before + said + after)?.value).toBe(Number(text.replaceAll(',', '')))
        },
      ),
    )
  })

  test('is looked for in any text without end or error', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('1', ',', '.', '-', '/', '%', 'e', '\\', '{', '}', ' ', 'boxed'),
          maxLength: 200,
        }),
        (text) => {
          const found = finalNumber(text)
          if (found !== null) expect(Number.isFinite(found.value)).toBe(true)
        },
      ),
    )
  })
})
