import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { addHistogram, addValue, type Histogram, spreadOf } from './histogram.ts'

const values = fc.array(fc.double({ min: 1, max: 1e12, noNaN: true }), { minLength: 1 })

function histogramOf(list: readonly number[]): Histogram {
  const histogram: Histogram = new Map()
  for (const value of list) addValue(histogram, value)
  return histogram
}

test('a quantile is within a fortieth of the value of its rank', () => {
  fc.assert(
    fc.property(values, (list) => {
      const sorted = list.toSorted((left, right) => left - right)
      const spread = spreadOf(histogramOf(list))
      expect(spread.n).toBe(list.length)
      for (const [share, found] of [
        [0.5, spread.p50],
        [0.95, spread.p95],
        [0.99, spread.p99],
      ] as const) {
        const real = sorted[Math.max(1, Math.ceil(share * list.length)) - 1]!
        expect(Math.abs(found! / real - 1)).toBeLessThan(0.0251)
      }
    }),
  )
})

test('what was counted apart adds up to what is counted together', () => {
  fc.assert(
    fc.property(values, values, (some, others) => {
      const sum = histogramOf(some)
      addHistogram(sum, histogramOf(others))
      expect(spreadOf(sum)).toEqual(spreadOf(histogramOf([...some, ...others])))
    }),
  )
})

test('of nothing nothing is known', () => {
  expect(spreadOf(new Map())).toEqual({ n: 0, p50: null, p95: null, p99: null })
})
