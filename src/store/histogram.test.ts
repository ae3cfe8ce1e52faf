import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Histogram } from './histogram.ts'

const values = fc.array(fc.double({ min: 1, max: 1e12, noNaN: true }), { minLength: 1 })

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of list) histogram.add(value)
  return histogram
}

test('a quantile is within a fortieth of the value of its rank', () => {
  fc.assert(
    fc.property(values, (list) => {
      const sorted = list.toSorted((left, right) => left - right)
      const spread = histogramOf(list).spread()
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
      sum.addAll(histogramOf(others))
      const both = histogramOf([...some, ...others])
      expect(sum.spread()).toEqual(both.spread())
      expect(sum.used()).toEqual(both.used())
    }),
  )
})

test('of nothing nothing is known', () => {
  const nothing = { n: 0, p50: null, p95: null, p99: null }
  expect(new Histogram().spread()).toEqual(nothing)
  const cleared = histogramOf([7, 1e12])
  cleared.clear()
  expect(cleared.spread()).toEqual(nothing)
  cleared.add(9)
  expect(cleared.spread().n).toBe(1)
})

test('bins hold every value once, and each holds those between its ends', () => {
  fc.assert(
    fc.property(values, (list) => {
      const bins = histogramOf(list).bins()
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(list.length)
      for (const { from, to, count } of bins) {
        expect(to / from).toBeCloseTo(1.05 ** 4, 9)
        // A value on the edge may be on either side of it by rounding.
        const inside = list.filter((value) => {
          const counted = Math.max(1, value)
          return counted > from * (1 - 1e-9) && counted < to * (1 + 1e-9)
        })
        expect(inside.length).toBeGreaterThanOrEqual(count)
      }
    }),
  )
})
