import { expect, test } from 'bun:test'
import { seeded } from '../../core/random.ts'
import { reportOf } from './report.ts'
import type { Outcome } from './table.ts'

function outcome(score: number, costUsd: number): Outcome {
  const rest = { checkUsd: 0, response: null, answer: undefined, confidence: null }
  return { score, costUsd, ...rest }
}

/** The cheap model is right on every other row, the strong one on all. */
const ends = Array.from({ length: 100 }, (_, row) => ({
  cheap: outcome(row % 2, 1),
  strong: outcome(1, 10),
}))

/** A rule that is right on all rows, for 8 of the strong model's 10 dollars. */
const right = ends.map(({ strong }) => ({
  trip: { score: 1, costUsd: 8, escalated: false },
  reference: strong,
}))

test('a curve whose rules lack half of the rows is no better than on all of them', () => {
  const whole = reportOf([right], ends, seeded(1))
  const half = reportOf([right.slice(0, 50)], ends, seeded(1))
  // From (1, 0.5) by (8, 1) to (10, 1).
  expect(whole.aiq).toBeCloseTo((7 * 0.75 + 2) / 9, 9)
  expect(half.aiq).toBeCloseTo(whole.aiq!, 9)
})
