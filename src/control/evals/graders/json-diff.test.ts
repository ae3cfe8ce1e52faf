import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { diff, type DiffRules } from './json-diff.ts'

const plain: DiffRules = { ignore: [], unordered: false, tolerance: 0 }
const json = fc.jsonValue({ maxDepth: 3 })

test('a value is all equal to itself, and shares stay between none and all', () => {
  fc.assert(
    fc.property(json, json, fc.boolean(), (one, other, unordered) => {
      const rules = { ...plain, unordered }
      const same = diff(one, one, rules)
      expect(same.equal).toBe(same.total)
      const { equal, total, details } = diff(one, other, rules)
      expect(equal).toBeGreaterThanOrEqual(0)
      expect(equal).toBeLessThanOrEqual(total)
      if (equal < total) expect(details.length).toBeGreaterThan(0)
    }),
  )
})

test('which of two values was expected changes no figure, in order', () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const there = diff(one, other, plain)
      const back = diff(other, one, plain)
      expect([there.equal, there.total]).toEqual([back.equal, back.total])
    }),
  )
})

test('as sets, lists in another order are equal', () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 6 }), fc.integer(), (list, seed) => {
      const turned = list
        .map((item, index) => ({ item, key: (index * 7 + seed) % 5 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ item }) => item)
      const { equal, total } = diff(list, turned, { ...plain, unordered: true })
      expect(equal).toBe(total)
    }),
  )
})

test('every difference is told by its path', () => {
  const expected = {
    id: 1,
    lines: [
      { sku: 'a', n: 2 },
      { sku: 'b', n: 1 },
    ],
    note: null,
  }
  const found = { id: 1, lines: [{ sku: 'a', n: 3 }], note: null, extra: true }
  expect(diff(expected, found, plain)).toEqual({
    equal: 3,
    total: 7,
    details: [
      { where: 'lines[0].n', expected: '2', found: '3' },
      { where: 'lines[1]', expected: '{"sku":"b","n":1}', found: '(absent)' },
      { where: 'extra', expected: '(absent)', found: 'true' },
    ],
  })
})

test('null is a value, and no absence', () => {
  expect(diff({ a: null }, {}, plain)).toMatchObject({ equal: 0, total: 1 })
  expect(diff({ a: null }, { a: null }, plain)).toMatchObject({ equal: 1, total: 1 })
})

test('an item that has its equal takes it before a near one does', () => {
  const rules = { ...plain, unordered: true }
  const expected = [
    { a: 1, b: 2 },
    { a: 1, b: 3 },
  ]
  const found = [
    { a: 1, b: 3 },
    { a: 9, b: 9 },
  ]
  expect(diff(expected, found, rules)).toMatchObject({ equal: 2, total: 4 })
})
