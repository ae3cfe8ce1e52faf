import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../core/random.ts'
import { hoeffdingBentkus } from './bentkus.ts'
import { bettingPValue, DifferenceAbove, MeanAbove } from './betting.ts'
import { fixedSequence, holm } from './fixed-sequence.ts'
import { shareAtMost } from './intervals.ts'
import { clustersLeast, nonInferiority } from './non-inferiority.ts'
import { casesToPass, retentionPValue, roundTogether } from './retention.ts'
import { ConfidenceSequence } from './sequence.ts'

/** The most false alarms of `runs` that a rate of `alpha` explains, but for one time in a million. */
function explained(alpha: number, runs: number): number {
  return runs * alpha + 4.9 * Math.sqrt(runs * alpha * (1 - alpha))
}

describe('looked at after every pair', () => {
  test('10,000 experiments at the margin promote falsely within alpha', () => {
    const random = seeded(11)
    const [alpha, margin, runs] = [0.05, 0.1, 10_000]
    let promoted = 0
    for (let run = 0; run < runs; run += 1) {
      const test = new DifferenceAbove(margin, 12)
      for (let pair = 0; pair < 150; pair += 1) {
        // Right alone 10 %, wrong alone 20 %: the candidate stands exactly at the margin.
        const draw = random.next()
        if (test.observe(draw < 0.1 ? 1 : draw < 0.3 ? -1 : 0) >= 1 / alpha) {
          promoted += 1
          break
        }
      }
    }
    expect(promoted).toBeLessThanOrEqual(explained(alpha, runs))
    expect(promoted).toBeGreaterThan(0)
  })

  test('a candidate that is as good is promoted in nearly all', () => {
    const random = seeded(12)
    let promoted = 0
    for (let run = 0; run < 200; run += 1) {
      const test = new DifferenceAbove(0.1)
      for (let pair = 0; pair < 600; pair += 1) {
        const draw = random.next()
        test.observe(draw < 0.1 ? 1 : draw < 0.2 ? -1 : 0)
      }
      if (test.pValue <= 0.05) promoted += 1
    }
    expect(promoted).toBeGreaterThan(150)
  })

  test('the sequence of intervals holds the mean all the time', () => {
    const random = seeded(13)
    const runs = 1_000
    let missed = 0
    let width = 0
    for (let run = 0; run < runs; run += 1) {
      const sequence = new ConfidenceSequence(0.9)
      let out = false
      for (let seen = 0; seen < 300; seen += 1) {
        const { low, high } = sequence.observe(random.next() < 0.3 ? 1 : 0)
        if (low > 0.3 || high < 0.3) out = true
      }
      if (out) missed += 1
      width += sequence.interval.high - sequence.interval.low
    }
    expect(missed).toBeLessThanOrEqual(explained(0.1, runs))
    expect(width / runs).toBeLessThan(0.3)
  })

  test('what is not between 0 and 1 is refused', () => {
    expect(() => new MeanAbove(0.5).observe(1.2)).toThrow(RangeError)
    expect(() => new MeanAbove(0.5).observe(Number.NaN)).toThrow(RangeError)
    expect(() => new MeanAbove(1)).toThrow(RangeError)
    expect(() => new ConfidenceSequence().observe(-0.1)).toThrow(RangeError)
  })
})

describe('p-values', () => {
  const counts = (
    random: { next(): number },
    cases: number,
    wins: number,
    losses: number,
    both: number,
  ) => {
    const paired = { wins: 0, losses: 0, both: 0, cases }
    for (let row = 0; row < cases; row += 1) {
      const draw = random.next()
      if (draw < wins) paired.wins += 1
      else if (draw < wins + losses) paired.losses += 1
      else if (draw < wins + losses + both) paired.both += 1
    }
    return paired
  }

  test.each([
    [120, 0.95, 0.0],
    [400, 0.95, 0.02],
    [400, 0.9, 0.05],
  ])(
    'retention on %p cases at ratio %p holds its level on the edge of the null',
    (cases, ratio, wins) => {
      const random = seeded(cases)
      const both = 0.7
      const losses = (wins + (1 - ratio) * both) / ratio
      const runs = 400
      let rejected = 0
      for (let run = 0; run < runs; run += 1)
        if (retentionPValue(counts(random, cases, wins, losses, both), ratio) <= 0.1) rejected += 1
      expect(rejected).toBeLessThanOrEqual(explained(0.1, runs))
    },
  )

  test('retention is about as strong as a z test, and betting weaker', () => {
    const paired = { wins: 30, losses: 40, both: 780, cases: 1_000 }
    const p = retentionPValue(paired, 0.95)
    expect(p).toBeLessThan(0.002)
    const values = [
      ...Array<number>(30).fill(1.95 / 1.95),
      ...Array<number>(40).fill(0),
      ...Array<number>(780).fill(1 / 1.95),
      ...Array<number>(150).fill(0.95 / 1.95),
    ]
    expect(bettingPValue(values, 0.95 / 1.95)).toBeGreaterThan(p)
  })

  test('more losses never make retention surer, more wins never less sure', () => {
    const shape = fc.record({
      wins: fc.integer({ min: 0, max: 30 }),
      losses: fc.integer({ min: 0, max: 30 }),
      both: fc.integer({ min: 100, max: 200 }),
    })
    fc.assert(
      fc.property(shape, ({ wins, losses, both }) => {
        const at = (more: number, fewer: number) =>
          retentionPValue({ wins: wins + more, losses: losses + fewer, both, cases: 300 }, 0.9)
        expect(at(0, 1)).toBeGreaterThanOrEqual(at(0, 0) - 1e-6)
        expect(at(1, 0)).toBeLessThanOrEqual(at(0, 0) + 1e-6)
      }),
      { numRuns: 60 },
    )
  })

  test('nothing can be retained without cases, and a tighter promise takes more', () => {
    expect(retentionPValue({ wins: 0, losses: 0, both: 0, cases: 0 }, 0.95)).toBe(1)
    const [loose, tight] = [casesToPass(0.95, 0.01), casesToPass(0.98, 0.01)]
    expect(tight).toBeGreaterThan(2 * loose)
    const passing = { wins: 0, losses: 0, both: loose, cases: loose }
    expect(retentionPValue(passing, 0.95)).toBeLessThanOrEqual(0.01)
    expect(
      retentionPValue({ ...passing, both: loose - 1, cases: loose - 1 }, 0.95),
    ).toBeGreaterThan(0.01)
  })

  test('grades rounded together keep their means, and equal ones stay equal', () => {
    const random = seeded(5)
    let [left, right] = [0, 0]
    for (let round = 0; round < 20_000; round += 1) {
      const [one, other] = roundTogether(0.3, 0.8, random.next())
      left += Number(one)
      right += Number(other)
    }
    expect(left / 20_000).toBeCloseTo(0.3, 1)
    expect(right / 20_000).toBeCloseTo(0.8, 1)
    const draw = random.next()
    expect(roundTogether(0.4, 0.4, draw)[0]).toBe(roundTogether(0.4, 0.4, draw)[1])
  })

  test('Hoeffding and Bentkus hold their level for any spread', () => {
    const random = seeded(6)
    for (const spread of [0, 0.1]) {
      let rejected = 0
      for (let run = 0; run < 2_000; run += 1) {
        let sum = 0
        for (let row = 0; row < 80; row += 1)
          sum += spread === 0 ? Number(random.next() < 0.1) : 2 * spread * random.next()
        if (hoeffdingBentkus(sum / 80, 80, 0.1) <= 0.1) rejected += 1
      }
      expect(rejected).toBeLessThanOrEqual(explained(0.1, 2_000))
    }
    expect(hoeffdingBentkus(0, 100, 0.1)).toBeLessThan(0.001)
    expect(hoeffdingBentkus(0.1, 100, 0.1)).toBe(1)
  })

  test('an upper bound of a share is too low as rarely as it says', () => {
    const random = seeded(7)
    let low = 0
    for (let run = 0; run < 2_000; run += 1) {
      let hits = 0
      for (let row = 0; row < 60; row += 1) hits += Number(random.next() < 0.05)
      if (shareAtMost(hits, 60, 0.1) < 0.05) low += 1
    }
    expect(low).toBeLessThanOrEqual(explained(0.1, 2_000))
  })
})

describe('many hypotheses', () => {
  test('a walk stops at the first that is not rejected, and asks no further', () => {
    const asked: number[] = []
    const ps = [0.001, 0.02, 0.3, 0.0001]
    const passed = fixedSequence(4, (index) => (asked.push(index), ps[index]!), 0.05)
    expect([passed, asked]).toEqual([2, [0, 1, 2]])
  })

  test('a walk over true hypotheses errs as rarely as one test', () => {
    const random = seeded(8)
    let errors = 0
    for (let run = 0; run < 5_000; run += 1)
      if (fixedSequence(40, () => random.next(), 0.05) > 0) errors += 1
    expect(errors).toBeLessThanOrEqual(explained(0.05, 5_000))
  })

  test("Holm's procedure rejects what the textbook says", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, false, false, true])
  })
})

describe('non-inferiority', () => {
  const differences = (seed: number, mean: number, clusters: number) => {
    const random = seeded(seed)
    return Array.from({ length: clusters }, (_, cluster) => {
      const own = 0.4 * (random.next() - 0.5)
      return [1, 2, 3].map(() => ({
        value: mean + own + 0.2 * (random.next() - 0.5),
        cluster: String(cluster),
      }))
    }).flat()
  }

  test('holds its level at the margin although cases of a session go together', () => {
    let promoted = 0
    const runs = 2_000
    for (let run = 0; run < runs; run += 1)
      if (nonInferiority(differences(run, -0.05, 100), 0.05)!.nonInferior) promoted += 1
    // A large-sample test: a little above its level is allowed, twice is not.
    expect(promoted).toBeLessThanOrEqual(explained(0.06, runs))
    expect(promoted).toBeGreaterThan(explained(0.02, runs))
  })

  test('says how many cases are missing, and that number has the power it promises', () => {
    const few = nonInferiority(differences(1, 0, 40), 0.03)!
    expect(few.moreCases).toBeGreaterThan(0)
    const clusters = Math.ceil((120 + few.moreCases) / 3)
    let promoted = 0
    for (let run = 0; run < 300; run += 1)
      if (nonInferiority(differences(run, 0, clusters), 0.03)!.nonInferior) promoted += 1
    expect(promoted / 300).toBeGreaterThan(0.65)
    expect(promoted / 300).toBeLessThan(0.95)
  })

  test('refuses what it cannot judge', () => {
    expect(nonInferiority([], 0.1)).toBeNull()
    expect(nonInferiority(differences(1, 0, clustersLeast - 1), 0.1)).toBeNull()
    const same = differences(1, 0, 60).map((each) => ({ ...each, value: 0 }))
    expect(nonInferiority(same, 0.1)).toBeNull()
  })
})
