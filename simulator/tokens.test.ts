import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { countTokens, tokensOf } from './tokens.ts'

test('the tokens of any text joined are that text, and none cuts a character in two', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = tokensOf(text)
      expect(tokens.join('')).toBe(text)
      expect(tokens.every((token) => token.isWellFormed())).toBe(true)
      expect(countTokens(text)).toBe(tokens.length)
    }),
  )
})

test('half characters are kept as they are', () => {
  expect(tokensOf('a\ud800b\udc00').join('')).toBe('a\ud800b\udc00')
})

test('words, numbers and spaces are cut as documented', () => {
  expect(tokensOf('Hello there, 12345 cats  now')).toEqual([
    'Hello',
    ' there',
    ',',
    ' 123',
    '45',
    ' cats',
    '  ',
    'now',
  ])
})

test('English comes to 4 to 5 characters a token', () => {
  const text =
    'A startup that builds on model APIs rents its core from a vendor that sets the price.'
  expect(text.length / countTokens(text)).toBeWithin(4, 5)
})
