import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { binomialAtLeast, binomialAtMost, binomialMasses } from './binomial.ts'
import { clopperPearson, wilson } from './intervals.ts'
import { normalCdf, normalQuantile, studentQuantile } from './special.ts'

const trials = fc.integer({ min: 1, max: 400 })
const counted = trials.chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true })

describe('the normal distribution', () => {
  test.each([
    [0, 0.5],
    [1.959963984540054, 0.975],
    [-2.3263478740408408, 0.01],
    [-6, 9.865876450376946e-10],
  ])('at %p is %p', (z, p) => {
    expect(normalCdf(z) / p).toBeCloseTo(1, 8)
    expect(normalQuantile(p)).toBeCloseTo(z, 6)
  })
})

describe("Student's distribution", () => {
  test.each([
    [0.975, 1, 12.706_205],
    [0.975, 4, 2.776_445],
    [0.995, 9, 3.249_836],
    [0.975, 29, 2.045_23],
    [0.9995, 1, 636.619_249],
    [0.5, 3, 0],
  ])('has %p below what the tables say at %p degrees of freedom', (p, degrees, t) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(t, 4)
  })
})

describe('tails of the binomial', () => {
  test('are the sums of their masses', () => {
    fc.assert(
      fc.property(counted, share, ([k, n], p) => {
        const { from, masses } = binomialMasses(n, p)
        let atMost = 0
        for (const [index, mass] of masses.entries()) if (from + index <= k) atMost += mass
        expect(atMost).toBeCloseTo(binomialAtMost(k, n, p), 7)
        expect(binomialAtMost(k, n, p) + binomialAtLeast(k + 1, n, p)).toBeCloseTo(1, 9)
      }),
    )
  })
})

describe('intervals of a share', () => {
  test('are what the tables say', () => {
    const exact = clopperPearson(15, 50)
    expect(exact.low).toBeCloseTo(0.1786, 4)
    expect(exact.high).toBeCloseTo(0.4461, 4)
    const score = wilson(15, 50)
    expect(score.low).toBeCloseTo(0.191, 3)
    expect(score.high).toBeCloseTo(0.4375, 3)
    expect(clopperPearson(0, 20).high).toBeCloseTo(1 - 0.025 ** (1 / 20), 9)
  })

  test('hold the share that was seen, and mirror', () => {
    fc.assert(
      fc.property(counted, ([k, n]) => {
        for (const interval of [wilson, clopperPearson]) {
          const { low, high } = interval(k, n)
          expect(low).toBeLessThanOrEqual(k / n)
          expect(high).toBeGreaterThanOrEqual(k / n)
          expect(interval(n - k, n).low).toBeCloseTo(1 - high, 8)
        }
      }),
    )
  })

  test("Clopper and Pearson's covers every true share with its confidence, summed exactly", () => {
    for (const n of [7, 40])
      for (const p of [0.02, 0.3, 0.5, 0.91]) {
        const { from, masses } = binomialMasses(n, p)
        let covered = 0
        for (const [index, mass] of masses.entries()) {
          const { low, high } = clopperPearson(from + index, n)
          if (low <= p && p <= high) covered += mass
        }
        expect(covered).toBeGreaterThanOrEqual(0.95)
      }
  })

  test('of nothing say nothing', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 })
    expect(clopperPearson(0, 0)).toEqual({ low: 0, high: 1 })
  })
})
