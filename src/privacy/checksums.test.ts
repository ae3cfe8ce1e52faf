import { expect, test } from 'bun:test'
import { ibanHolds, ibanLengths, luhnHolds, residentIdHolds } from './checksums.ts'

test.each(['4111111111111111', '378282246310005', '6011111111111117', '79927398713', '0'])(
  '%s has the sum of a card, and one digit off has not',
  (digits) => {
    expect(luhnHolds(digits)).toBe(true)
    const last = Number(digits.at(-1))
    expect(luhnHolds(digits.slice(0, -1) + ((last + 1) % 10))).toBe(false)
  },
)

test.each(['DE89370400440532013000', 'GB29NWBK60161331926819', 'FR1420041010050500013M02606'])(
  '%s has the sum of an IBAN and its length, and two characters swapped have not',
  (iban) => {
    expect(ibanHolds(iban)).toBe(true)
    expect(ibanLengths.get(iban.slice(0, 2))).toBe(iban.length)
    expect(ibanHolds(iban.slice(0, -2) + iban.at(-1) + iban.at(-2))).toBe(
      iban.at(-1) === iban.at(-2),
    )
  },
)

test('the last character of a resident id stands for ten when it is X', () => {
  expect(residentIdHolds('11010519491231002X')).toBe(true)
  expect(residentIdHolds('11010519491231002x')).toBe(true)
  expect(residentIdHolds('110105194912310021')).toBe(false)
  expect(residentIdHolds('440524188001010014')).toBe(true)
})
