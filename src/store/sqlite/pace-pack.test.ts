import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Histogram } from '../histogram.ts'
import { noPace, type Pace } from '../performance.ts'
import { addPacked, packedPace } from './pace-pack.ts'

const count = fc.maxSafeNat()
const word = fc.nat({ max: 2 ** 30 - 1 })
const histogram = fc
  .array(fc.tuple(fc.nat({ max: 800 }), fc.integer({ min: 1, max: 2 ** 40 })))
  .map((pairs) => {
    const made = new Histogram()
    for (const [bucket, times] of pairs) made.addCount(bucket, times)
    return made
  })
const anyPace = fc.record({
  attempts: count,
  answered: count,
  failed: count,
  throttled: count,
  tokens: count,
  busyUs: count,
  judged: fc.tuple(word, word),
  up: fc.tuple(word, word),
  ttft: histogram,
  total: histogram,
  flow: histogram,
})

test('sums of an hour come out of their bytes as they went in', () => {
  fc.assert(
    fc.property(anyPace, (pace) => {
      const read = noPace()
      addPacked(read, packedPace(pace as Pace))
      expect(plain(read)).toEqual(plain(pace as Pace))
    }),
  )
})

test('bytes of a version that is not known are refused', () => {
  const bytes = packedPace(noPace())
  bytes[0] = 9
  expect(() => addPacked(noPace(), bytes)).toThrow('version 9')
})

function plain(pace: Pace) {
  const { ttft, total, flow, ...rest } = pace
  return { ...rest, ttft: ttft.used(), total: total.used(), flow: flow.used() }
}
