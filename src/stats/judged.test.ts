import { describe, expect, test } from 'bun:test'
import { type Random, seeded } from '../core/random.ts'
import { kappa, slope } from './agreement.ts'
import { pairedDifference } from './paired.ts'
import { predictionPowered } from './prediction-powered.ts'
import {
  correctedDifference,
  correctedNonInferiority,
  correctedShare,
  type JudgeCounts,
  youden,
} from './rogan-gladen.ts'

/** The most misses of `runs` that a rate of `alpha` explains, but for one time in a million. */
function explained(alpha: number, runs: number): number {
  return runs * alpha + 4.9 * Math.sqrt(runs * alpha * (1 - alpha))
}

/** A judge that calls right what is right nine times of ten, and wrong what is wrong seven times of ten. */
const [tpr, tnr] = [0.9, 0.7]

function judges(random: Random, right: boolean): number {
  return Number(random.next() < (right ? tpr : 1 - tnr))
}

function labelled(random: Random, count: number, share: number): JudgeCounts {
  const counts = { positives: 0, truePositives: 0, negatives: 0, trueNegatives: 0 }
  for (let label = 0; label < count; label += 1) {
    const right = random.next() < share
    const said = judges(random, right)
    counts[right ? 'positives' : 'negatives'] += 1
    if (right && said === 1) counts.truePositives += 1
    if (!right && said === 0) counts.trueNegatives += 1
  }
  return counts
}

function pairs(random: Random, count: number, one: number, other: number) {
  return Array.from({ length: count }, (_, index) => {
    const [reference, candidate] = [random.next() < one, random.next() < other]
    const value = judges(random, candidate) - judges(random, reference)
    return { value, cluster: String(index) }
  })
}

describe('a judge with a TPR of 0.9 and a TNR of 0.7', () => {
  const runs = 1_500

  test('at a true difference of 0 the corrected interval covers 0 at its rate', () => {
    const random = seeded(21)
    let missed = 0
    for (let run = 0; run < runs; run += 1) {
      const { mean, standardError } = pairedDifference(pairs(random, 200, 0.8, 0.8))!
      const measured = { mean, standardError: standardError! }
      const { interval } = correctedDifference(measured, labelled(random, 120, 0.7))!
      if (interval.low > 0 || interval.high < 0) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(explained(0.05, runs))
    expect(missed).toBeGreaterThan(runs * 0.02)
  })

  test('a difference of 10 points is covered at the same rate, which the uncorrected interval misses', () => {
    const random = seeded(22)
    let [missed, plain] = [0, 0]
    for (let run = 0; run < runs; run += 1) {
      const difference = pairedDifference(pairs(random, 800, 0.8, 0.7))!
      const measured = { mean: difference.mean, standardError: difference.standardError! }
      const { interval } = correctedDifference(measured, labelled(random, 120, 0.7))!
      if (interval.low > -0.1 || interval.high < -0.1) missed += 1
      if (difference.interval!.low > -0.1) plain += 1
    }
    expect(missed).toBeLessThanOrEqual(explained(0.05, runs))
    expect(plain).toBeGreaterThan(explained(0.05, runs))
  })

  test('a candidate at the margin is called no worse within alpha, and an equal one mostly is', () => {
    const random = seeded(23)
    let [falsely, rightly] = [0, 0]
    for (let run = 0; run < runs; run += 1) {
      const p = (truth: number): number => {
        const { mean, standardError } = pairedDifference(pairs(random, 700, 0.8, truth))!
        const counts = labelled(random, 120, 0.7)
        return correctedNonInferiority({ mean, standardError: standardError! }, counts, 0.1)!
      }
      if (p(0.7) <= 0.05) falsely += 1
      if (run < 200 && p(0.8) <= 0.05) rightly += 1
    }
    expect(falsely).toBeLessThanOrEqual(explained(0.05, runs))
    expect(rightly).toBeGreaterThan(140)
  })

  test.each([0.1, 0.5, 0.95])('a share of %p is covered at its rate', (share) => {
    const random = seeded(Math.round(share * 100))
    let missed = 0
    for (let run = 0; run < runs; run += 1) {
      let judged = 0
      for (let index = 0; index < 200; index += 1)
        judged += judges(random, random.next() < share) / 200
      const { interval } = correctedShare(judged, 200, labelled(random, 100, 0.6))!
      if (interval.low > share || interval.high < share) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(explained(0.05, runs))
  })

  test('labels of the run itself correct it whatever the errors depend on', () => {
    const random = seeded(24)
    let missed = 0
    for (let run = 0; run < runs; run += 1) {
      const [predictions, corrections] = [[], []] as [
        { value: number; cluster: string }[],
        { value: number; cluster: string }[],
      ]
      for (let index = 0; index < 300; index += 1) {
        const right = random.next() < 0.6
        const said = judges(random, right)
        const cluster = String(index)
        predictions.push({ value: said, cluster })
        if (index < 80) corrections.push({ value: Number(right) - said, cluster })
      }
      const { interval } = predictionPowered(predictions, [{ sign: 1, values: corrections }])!
      if (interval.low > 0.6 || interval.high < 0.6) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(explained(0.05, runs))
    expect(missed).toBeGreaterThan(0)
  })
})

test('labels that all agree with a judge that calls everything right leave room for others', () => {
  const alike = (count: number, value: number) =>
    Array.from({ length: count }, (_, index) => ({ value, cluster: String(index) }))
  const { mean, interval } = predictionPowered(alike(100, 1), [{ sign: 1, values: alike(50, 0) }])!
  expect(mean).toBe(1)
  expect(interval.low).toBeLessThan(0.97)
  expect(interval.low).toBeGreaterThan(0.9)
})

describe('what a judge is worth', () => {
  test('is nothing where it never saw one of both, or is as often wrong as right', () => {
    const blind = { positives: 60, truePositives: 60, negatives: 0, trueNegatives: 0 }
    expect(youden(blind)).toBeNull()
    expect(correctedShare(0.5, 100, blind)).toBeNull()
    const coin = { positives: 60, truePositives: 30, negatives: 60, trueNegatives: 30 }
    expect(youden(coin)).toBe(0)
    expect(correctedDifference({ mean: 0.1, standardError: 0.01 }, coin)).toBeNull()
  })

  test('kappa is 1 for those who agree, 0 for chance, and unknown where nothing varies', () => {
    const all = kappa({ bothRight: 40, onlyFirst: 0, onlySecond: 0, bothWrong: 60 })!
    expect(all.estimate).toBe(1)
    // Twenty cases without a difference do not tell that there will be none: one in six, at 97.5 %.
    const few = kappa({ bothRight: 10, onlyFirst: 0, onlySecond: 0, bothWrong: 10 })!
    expect([few.estimate, few.interval.high]).toEqual([1, 1])
    expect(few.interval.low).toBeCloseTo(1 - 0.168_433 / 0.5, 4)
    const chance = kappa({ bothRight: 25, onlyFirst: 25, onlySecond: 25, bothWrong: 25 })!
    expect(chance.estimate).toBeCloseTo(0, 12)
    expect(chance.interval.low).toBeLessThan(-0.1)
    expect(kappa({ bothRight: 100, onlyFirst: 0, onlySecond: 0, bothWrong: 0 })).toBeNull()
    // Worked by hand from the formulas of 1969: agreement 0.7, by chance 0.5.
    const some = kappa({ bothRight: 20, onlyFirst: 5, onlySecond: 10, bothWrong: 15 })!
    expect(some.estimate).toBeCloseTo(0.4, 12)
    expect(some.interval.high - some.estimate).toBeCloseTo(1.96 * 0.1272, 2)
  })

  test('the slope of a line is found with its interval, and none where all lengths are one', () => {
    const points = Array.from({ length: 200 }, (_, index) => ({
      x: index / 20,
      y: 0.3 * (index / 20) + (index % 2 === 0 ? 0.1 : -0.1),
    }))
    const line = slope(points)!
    expect(line.interval.low).toBeLessThan(0.3)
    expect(line.interval.high).toBeGreaterThan(0.3)
    expect(line.interval.high - line.interval.low).toBeLessThan(0.02)
    expect(slope(points.map(({ y }) => ({ x: 1, y })))).toBeNull()
    expect(slope(points.map(({ x }) => ({ x, y: 0 })))).toBeNull()
  })
})
