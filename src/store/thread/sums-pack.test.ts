import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { kinds } from '../../core/usage.ts'
import type { SpanReport } from '../ports.ts'
import { packedSums, unpackedSums } from './sums-pack.ts'

const count = fc.maxSafeNat()
/** Sums of more costs than 64 bits hold, and less than nothing. */
const money = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n })

const anyReport = fc.record({
  rows: fc.array(
    fc.record({
      group: fc.array(fc.option(fc.string({ unit: 'grapheme' }))),
      calls: count,
      attempts: count,
      errors: count,
      costUnknown: count,
      estimated: count,
      cost: money,
      saved: money,
      usage: fc.record(Object.fromEntries(kinds.map((kind) => [kind, count]))),
    }),
  ),
  cut: fc.boolean(),
})

test('sums come out on the other side as they went in', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const sent = structuredClone(packedSums(report as unknown as SpanReport))
      expect(unpackedSums(sent)).toEqual(report as unknown as SpanReport)
    }),
  )
})
