import { expect, test } from 'bun:test'
import { retentionPValue } from './retention.ts'
import { logGamma } from './special.ts'

/** The probability of each table of so many cases, summed over those that the test rejects. */
function sizeOf(
  cases: number,
  ratio: number,
  level: number,
  [wins, losses, both]: readonly [number, number, number],
): number {
  const shares = [wins, losses, both, 1 - wins - losses - both].map((share) => Math.log(share))
  let size = 0
  for (let a = 0; a <= cases; a += 1)
    for (let b = 0; a + b <= cases; b += 1)
      for (let c = 0; a + b + c <= cases; c += 1) {
        const counts = [a, b, c, cases - a - b - c]
        const log = counts.reduce(
          (sum, count, kind) => sum + (count && count * shares[kind]!) - logGamma(count + 1),
          logGamma(cases + 1),
        )
        if (log < -25) continue
        if (retentionPValue({ wins: a, losses: b, both: c, cases }, ratio) <= level)
          size += Math.exp(log)
      }
  return size
}

test.each([
  [20, 0.95, 0.05],
  [24, 0.98, 0.01],
])(
  'of %p cases at ratio %p, summed over all tables, false proofs keep to %p, also where models differ on most of them',
  (cases, ratio, level) => {
    for (const losses of [0.3, 0.4])
      for (const both of [0.05, 0.19]) {
        const wins = ratio * losses - (1 - ratio) * both
        expect(sizeOf(cases, ratio, level, [wins, losses, both])).toBeLessThanOrEqual(level)
      }
  },
)
