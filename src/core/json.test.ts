import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { editJson, JsonFault, readJsonObject } from './json.ts'

const key = fc.string({ unit: 'binary', maxLength: 6 })
const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true })

describe('reading', () => {
  test('gives what JSON.parse gives, and where each member stands', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const read = readJsonObject(text)
        expect(read.value).toEqual(JSON.parse(text) as Record<string, unknown>)
        expect(read.members.map((member) => member.key)).toEqual(
          Object.keys(value).toSorted(byPlace(text)),
        )
        for (const { key, valueStart, end } of read.members) {
          expect(JSON.parse(text.slice(valueStart, end))).toEqual(
            (JSON.parse(text) as Record<string, unknown>)[key],
          )
        }
      }),
    )
  })

  test.each([
    ['{"a":1,"a":2}', 'the key "a" stands twice'],
    ['{"a":1,"\\u0061":2}', 'the key "a" stands twice'],
    ['{"m":{"a":1,"b":[{"c":1,"c":1}]}}', 'a key stands twice'],
    ['{"__proto__":1,"__proto__":2}', 'the key "__proto__" stands twice'],
    ['{"a":1', 'malformed'],
    ['{"a":1,}', 'malformed'],
    ['{"a":1}{"a":1}', 'malformed'],
    ['/*x*/{}', 'malformed'],
    ['', 'malformed'],
    ['null', 'one JSON object'],
    ['[]', 'one JSON object'],
    ['"{}"', 'one JSON object'],
    ['{"a":NaN}', 'malformed'],
    ['{"a":"\n"}', 'malformed'],
  ])('refuses %p', (text, why) => {
    expect(() => readJsonObject(text)).toThrow(why)
    expect(() => readJsonObject(text)).toThrow(JsonFault)
  })

  test('refuses depth and floods of keys before anything is built', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(() => readJsonObject(deep)).toThrow('more than 200 levels deep')
    expect(() => readJsonObject(`{"a":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`)).toThrow(
      'levels deep',
    )
    const wide = `{${Array.from({ length: 160_000 }, (_, index) => `"k${index}":1`).join()}}`
    expect(() => readJsonObject(wide)).toThrow('outermost object has more than 1000 keys')
    expect(() => readJsonObject(`{"a":${wide}}`)).toThrow('more than 50000 keys')
    for (const item of ['1', '""', '[]', '{}']) {
      const long = `{"a":[${Array.from({ length: 400_001 }, () => item).join()}]}`
      expect(() => readJsonObject(long)).toThrow('more than 400000 values')
    }
  })

  test('takes a key named __proto__ as data', () => {
    const { value } = readJsonObject('{"__proto__":{"polluted":true},"a":1}')
    expect(Object.keys(value)).toEqual(['__proto__', 'a'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('ends on any text at all', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      'a',
      '1',
      ' ',
      '\\u00',
      '\ud800',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          readJsonObject(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(JsonFault)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['\\\\\\"', '\\"', 'a\\"', '\\\\', 'forty characters, and then an escaped quote \\"'])(
    'finds the end of a string full of %p, in time in proportion to its length',
    (piece) => {
      const text = `{"a":"${piece.repeat(400_000)}","b":"${piece}"}`
      const { members } = readJsonObject(text)
      expect(members.map(({ key, end }) => [key, end])).toEqual([
        ['a', 7 + 400_000 * piece.length],
        ['b', text.length - 1],
      ])
    },
  )
})

describe('editing', () => {
  test('changes what it is told to and no other character', () => {
    const edit = fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined })
    fc.assert(
      fc.property(
        object,
        fc.constantFrom(0, 2),
        fc.array(fc.tuple(fc.nat(8), edit), { maxLength: 5 }),
        fc.dictionary(key, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2, noNullPrototype: true }),
        (value, indent, picks, added) => {
          const text = JSON.stringify(value, null, indent)
          const read = readJsonObject(text)
          const names = read.members.map((member) => member.key)
          const edits = new Map<string, string | null>()
          const expected = new Map(Object.entries(JSON.parse(text) as Record<string, unknown>))
          for (const [pick, made] of picks) {
            const name = names[pick % Math.max(1, names.length)]
            if (name === undefined) continue
            edits.set(name, made === undefined ? null : JSON.stringify(made))
            if (made === undefined) expected.delete(name)
            else expected.set(name, JSON.parse(JSON.stringify(made)))
          }
          for (const [name, made] of Object.entries(added)) {
            edits.set(name, JSON.stringify(made))
            expected.set(name, JSON.parse(JSON.stringify(made)))
          }
          const edited = readJsonObject(editJson(read, edits))
          expect(new Map(Object.entries(edited.value))).toEqual(expected)
          for (const { key, start, end } of read.members) {
            if (!edits.has(key)) expect(edited.text).toContain(text.slice(start, end))
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('keeps numbers and spaces as they were written', () => {
    const read = readJsonObject('{ "model" : "task",\n  "seed": 12345678901234567890, "x": 1.0 }')
    expect(editJson(read, new Map([['model', '"m"']]))).toBe(
      '{ "model" : "m",\n  "seed": 12345678901234567890, "x": 1.0 }',
    )
    expect(editJson(read, new Map())).toBe(read.text)
  })

  test.each([
    ['{"a":1,"b":2}', ['b'], '{"a":1}'],
    ['{"a":1,"b":2}', ['a'], '{"b":2}'],
    ['{"a":1,"b":2}', ['a', 'b'], '{}'],
    ['{"a":1, "b":2 , "c":3}', ['a', 'c'], '{"b":2 }'],
    ['{"a":1}', ['a'], '{}'],
  ])('%p without %p', (text, names, left) => {
    const edited = editJson(readJsonObject(text), new Map(names.map((name) => [name, null])))
    expect(JSON.parse(edited)).toEqual(JSON.parse(left))
  })
})

function byPlace(text: string): (left: string, right: string) => number {
  const order = readJsonObject(text).members.map((member) => member.key)
  return (left, right) => order.indexOf(left) - order.indexOf(right)
}
