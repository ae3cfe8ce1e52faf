import { expect, test } from 'bun:test'
import { seeded } from '../../core/random.ts'
import { type Pair, qualityInterval } from './totals.ts'

function pairs(count: number, lost: number, escalated = false): readonly Pair[] {
  return Array.from({ length: count }, (_, row) => ({
    trip: { score: row < lost ? 0 : 1, costUsd: 0.1, escalated },
    reference: {
      score: 1,
      costUsd: 1,
      checkUsd: 0,
      response: null,
      answer: undefined,
      confidence: null,
    },
  }))
}

test('that no row was lost says how many may be, not that none will', () => {
  const kept = (count: number, lost = 0) => qualityInterval(pairs(count, lost), 0.95, seeded(1))
  expect(kept(1).low).toBeCloseTo(0.025, 9)
  // The rule of three, at 97.5 %: 3.7 in 200.
  expect(kept(200).low).toBeCloseTo(0.9817, 4)
  expect(kept(200).high).toBeGreaterThan(1)
  expect(kept(200, 2).low).toBeLessThan(0.98)
  expect(qualityInterval(pairs(5, 0, true), 0.95, seeded(1))).toEqual({ low: 1, high: 1 })
})

test('the interval of the quality holds the truth about as often as it says', () => {
  const random = seeded(3)
  let held = 0
  for (let run = 0; run < 200; run += 1) {
    const lost = Array.from({ length: 100 }, () => random.next()).filter((draw) => draw < 0.02)
    const { low, high } = qualityInterval(pairs(100, lost.length), 0.95, seeded(run))
    if (low <= 0.98 && 0.98 <= high) held += 1
  }
  expect(held).toBeGreaterThan(184)
})
