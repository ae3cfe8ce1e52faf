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

test('damaged bytes are refused, and take neither time nor memory', () => {
  const pace = noPace()
  pace.ttft.add(1_000)
  const bytes = packedPace(pace)
  // A version, six sums, four words; then how many buckets there are, and the first of them.
  expect(() => addPacked(noPace(), bytes.subarray(0, 12))).toThrow('damaged')
  const huge = [255, 255, 255, 255, 255, 255, 127]
  const endless = Uint8Array.from([...bytes.subarray(0, 11), ...huge, ...bytes.subarray(12)])
  expect(() => addPacked(noPace(), endless)).toThrow('damaged')
  const far = Uint8Array.from([...bytes.subarray(0, 12), ...huge, 1, 0, 0])
  expect(() => addPacked(noPace(), far)).toThrow('damaged')
})

function plain(pace: Pace) {
  const { ttft, total, flow, ...rest } = pace
  return { ...rest, ttft: ttft.used(), total: total.used(), flow: flow.used() }
}
