import { describe, expect, test } from 'bun:test'
import { seeded } from '../core/random.ts'
import { casesNeeded } from './non-inferiority.ts'
import { clusterBootstrap, pairedDifference } from './paired.ts'

/** Cases in sessions of four that share most of their error. */
function sessions(seed: number, count: number) {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, cluster) => {
    const own = random.next() - 0.5
    return [1, 2, 3, 4].map(() => ({
      value: own + 0.2 * (random.next() - 0.5),
      cluster: String(cluster),
    }))
  }).flat()
}

describe('paired differences', () => {
  test('the interval covers the truth when cases of a session go together', () => {
    let covered = 0
    let naive = 0
    for (let run = 0; run < 1_000; run += 1) {
      const cases = sessions(run, 50)
      const { interval } = pairedDifference(cases)!
      if (interval!.low <= 0 && interval!.high >= 0) covered += 1
      const apart = cases.map((each, index) => ({ ...each, cluster: String(index) }))
      const blind = pairedDifference(apart)!.interval!
      if (blind.low <= 0 && blind.high >= 0) naive += 1
    }
    expect(covered).toBeGreaterThan(915)
    expect(naive).toBeLessThan(800)
  })

  test('the bootstrap agrees with the sandwich, and the same seed gives the same', () => {
    const cases = sessions(3, 120)
    const { interval } = pairedDifference(cases)!
    const drawn = clusterBootstrap(cases, seeded(1))!
    const width = interval!.high - interval!.low
    expect(Math.abs(drawn.low - interval!.low)).toBeLessThan(0.15 * width)
    expect(Math.abs(drawn.high - interval!.high)).toBeLessThan(0.15 * width)
    expect(clusterBootstrap(cases, seeded(1))).toEqual(drawn)
  })

  test('one session says nothing about how far sessions differ', () => {
    const one = sessions(1, 1)
    expect(pairedDifference(one)).toMatchObject({ interval: null, standardError: null, cases: 4 })
    expect(clusterBootstrap(one, seeded(1))).toBeNull()
    expect(pairedDifference([])).toBeNull()
  })

  test('cases that a test needs: by hand, and never enough at the margin', () => {
    const design = { spread: 0.5, margin: 0.05, difference: 0, alpha: 0.05, power: 0.8 }
    // ((1.645 + 0.842) * 0.5 / 0.05)^2
    expect(casesNeeded(design)).toBe(619)
    expect(casesNeeded({ ...design, difference: -0.05 })).toBe(Number.POSITIVE_INFINITY)
  })
})
