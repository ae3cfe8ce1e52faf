import fc from 'fast-check'
import type { CallId } from '../core/ids.ts'
import type { AttemptRecord, Intent } from '../core/record.ts'
import { kinds } from '../core/usage.ts'
import { intentFields, recordFields, type Shape } from './fields.ts'

export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', 'a\u0000b', '"', '\\', '["r","', '\uFEFF', '💥', 'naïve', '日本語'),
)

/** Text that is no well-formed Unicode. */
export const brokenText = fc.constantFrom('\uD800', 'a\uDC00b', '\uDFFF\uD800', 'x\uD83D')

/** Any record that the types allow, with the texts that break things. */
export const anyRecord = fc.record(arbitraries(recordFields)) as fc.Arbitrary<AttemptRecord>
export const anyIntent = fc.record(arbitraries(intentFields)) as fc.Arbitrary<Intent>

function arbitraries<Row extends object>(
  fields: Readonly<Record<keyof Row, Shape>>,
): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries<Shape>(fields).map(([name, shape]) => {
      const some = arbitraryOf(shape.replace('?', ''))
      return [name, shape.endsWith('?') ? fc.option(some) : some]
    }),
  )
}

function arbitraryOf(shape: string): fc.Arbitrary<unknown> {
  switch (shape) {
    case 'id':
      return fc.uuid({ version: 7 }) as fc.Arbitrary<CallId>
    case 'integer':
      return fc.nat({ max: 2 ** 40 })
    case 'money':
      return fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
    case 'flag':
      return fc.boolean()
    case 'usage':
      return fc.record(Object.fromEntries(kinds.map((kind) => [kind, fc.nat()])))
    default:
      return anyText
  }
}
