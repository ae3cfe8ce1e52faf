import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { csv } from './csv.ts'

const facts = '../shared/data/fixtures/bad-input/csv-formula-strings.json'
const columns = [
  { title: 'name', value: ({ name }: { name: string }) => name },
  { title: 'count', value: () => 3 },
  { title: 'nothing', value: () => null },
]

/** What stands in the first cell of the only row, as RFC 4180 reads it. */
function nameIn(name: string): string {
  const text = csv([{ name }], columns)
  const rows = read(text)
  expect(rows[0]).toEqual(['name', 'count', 'nothing'])
  expect(rows.length).toBe(2)
  expect(rows[1]!.slice(1)).toEqual(['3', ''])
  return rows[1]![0]!
}

function read(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => {
      const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)]
      return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!)
    })
}

/** As a spreadsheet sees it, which may pass over what shows nothing. */
function startsFormula(cell: string): boolean {
  return /^[=+\-@\t\r|%＝＋－＠]/.test(cell.replaceAll(/^[\s"\p{Cf}]+/gu, ''))
}

describe('a cell', () => {
  test.each(['acme', 'a, "b" and c', '3 = 2 + 1', 'naïve – 日本', '', "it's"])(
    'of text stays as it is: %p',
    (text) => {
      expect(nameIn(text)).toBe(text)
    },
  )

  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['"=1"', `'"=1"`],
    ['\u200b=1', "'\u200b=1"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['a\n=1', 'a\\x0a=1'],
  ])('that would be a formula is none: %p', (text, shown) => {
    expect(nameIn(text)).toBe(shown)
  })

  test('is one cell of one line, and no formula, whatever stands in it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc
        .array(
          fc.constantFrom(
            '=',
            '+',
            '-',
            '@',
            '\t',
            '\r',
            '\n',
            '"',
            ',',
            ';',
            ' ',
            'a',
            '\u200b',
            "'",
          ),
        )
        .map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (name) => {
        expect(startsFormula(nameIn(name))).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the strings that spreadsheets were attacked with', () => {
  if (!existsSync(facts)) test.skip(`are not tried: ${facts} is missing`, () => {})
  else {
    const entries = JSON.parse(readFileSync(facts, 'utf8')) as { s: string }[]
    test.each(entries.map(({ s }) => s))('%p', (text) => {
      const cell = nameIn(text)
      expect(startsFormula(cell)).toBe(false)
      for (const part of cell.split(';')) expect(startsFormula(part)).toBe(false)
    })
  }
})
