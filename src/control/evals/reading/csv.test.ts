import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { CsvFault, readCsv } from './csv.ts'

const written = (fields: readonly string[]): string =>
  fields
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')

test('what was written is read back, whatever stands in the fields', () => {
  const field = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b', '"', 'two\nlines', '', 'ß漢字😀', '\r\n'),
  )
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      (records, end) => {
        // A field without quotes may hold a carriage return only at its end; the writer quotes them all.
        const text = records.map(written).join(end)
        expect(readCsv(text).map(({ fields }) => fields)).toEqual(records)
      },
    ),
  )
})

test('any text comes to an end: records, or a sentence with a line of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r') }), (text) => {
      try {
        readCsv(text)
      } catch (error) {
        expect(error).toBeInstanceOf(CsvFault)
        expect((error as CsvFault).line).toBeLessThanOrEqual(text.split('\n').length)
        expect((error as CsvFault).line).toBeGreaterThan(0)
      }
    }),
  )
})

test('lines are those of the file, also behind fields of several lines and a byte order mark', () => {
  const records = readCsv('\uFEFFa,b\n"1\n2",3\n\n4,5\n')
  expect(records).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: ['1\n2', '3'] },
    { line: 5, fields: ['4', '5'] },
  ])
})

test('a quote that is never closed is told by the line on which it opens', () => {
  expect(() => readCsv('a,b\n1,"2\n3,4\n')).toThrow(
    expect.objectContaining({ line: 2, message: 'A quote opens here and is never closed.' }),
  )
})
