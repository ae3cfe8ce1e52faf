import { describe, expect, test } from 'bun:test'
import { seeded } from '../../core/random.ts'
import { compareToFirst } from './compare.ts'
import { differenceEstimate, meanEstimate, quantile } from './intervals.ts'
import { aCase, aResult } from './scene.suite.ts'
import type { EvalCase, Suite } from './suite.ts'
import { summarise } from './summary.ts'
import { powerText, verdictText } from './words.ts'

const suite = { metric: 'score' } as Suite

/** Models with the chance of each to be right on a case, in groups of so many cases that go together. */
function runOf(chances: readonly number[], count: number, seed: number, together = 1) {
  const random = seeded(seed)
  const cases = Array.from({ length: count }, (_, index) =>
    aCase(String(index), { cluster: `group ${Math.floor(index / together)}` }),
  )
  let shared = 0
  const draws = cases.map((_, index) => {
    if (index % together === 0) shared = random.next()
    return shared
  })
  const results = chances.flatMap((chance, model) =>
    cases.map((each, index) =>
      aResult(each, `m${model}`, Number((together === 1 ? random.next() : draws[index]!) < chance)),
    ),
  )
  const plan = { cases, ungradable: [], jobs: [] }
  const summarised = chances.map((_, model) => summarise(`m${model}`, results, suite, plan, 1))
  return { cases, summarised }
}

const rules = { margin: 0.05, alpha: 0.05, seed: 1 }

describe('a model beside the first', () => {
  test('is worse, no worse or better by pairs of the same cases', () => {
    const { cases, summarised } = runOf([0.9, 0.5, 0.9, 0.99], 2_000, 3)
    const verdicts = compareToFirst(summarised, cases, rules).map(({ model, verdict }) => [
      model,
      verdict,
    ])
    expect(verdicts).toEqual([
      ['m1', 'worse'],
      ['m2', 'no worse'],
      ['m3', 'better'],
    ])
  })

  test('that is worse by exactly the margin is called no worse once in twenty at most', () => {
    let wrong = 0
    const rounds = 200
    for (let round = 0; round < rounds; round += 1) {
      const { cases, summarised } = runOf([0.85, 0.8], 150, 1_000 + round)
      const { verdict } = compareToFirst(summarised, cases, rules)[0]!
      if (verdict === 'no worse' || verdict === 'better') wrong += 1
    }
    // 5 % of 200 are 10; four standard deviations above it.
    expect(wrong).toBeLessThan(23)
  })

  test('with few cases is open, and it is said how many more it takes', () => {
    const { cases, summarised } = runOf([0.9, 0.9], 50, 5)
    const [comparison] = compareToFirst(summarised, cases, rules)
    expect(comparison).toMatchObject({ verdict: 'open', test: 'large sample' })
    const { moreCases } = comparison!
    // Two models that are right nine times of ten by chance differ on 18 of 100 pairs: 446 cases.
    expect(moreCases!).toBeGreaterThan(150)
    expect(moreCases!).toBeLessThan(900)
    expect(verdictText(comparison!, 0.05)).toContain(`about ${moreCases} more cases`)
  })

  test.each([2, 3, 4, 6, 10])(
    'of %p cases, and equally good, is called better or worse as rarely as it says',
    (count) => {
      const random = seeded(40 + count)
      const [runs, wrong] = [600, { better: 0, worse: 0, apart: 0 }]
      for (const draw of [() => random.next(), () => Number(random.next() < 0.5)])
        for (let run = 0; run < runs; run += 1) {
          const cases = Array.from({ length: count }, (_, index) => aCase(String(index)))
          const results = ['m0', 'm1'].flatMap((model) =>
            cases.map((each) => aResult(each, model, draw())),
          )
          const plan = { cases, ungradable: [], jobs: [] }
          const summarised = ['m0', 'm1'].map((model) => summarise(model, results, suite, plan, 1))
          const { verdict, difference } = compareToFirst(summarised, cases, rules)[0]!
          if (verdict === 'better') wrong.better += 1
          if (verdict === 'worse') wrong.worse += 1
          if (difference.interval!.low > 0 || difference.interval!.high < 0) wrong.apart += 1
        }
      // 2.5 % and 5 % of 1,200 are 30 and 60; four standard deviations above them.
      expect(wrong.better).toBeLessThan(52)
      expect(wrong.worse).toBeLessThan(52)
      expect(wrong.apart).toBeLessThan(91)
    },
  )

  test('that is right twice where the first is wrong is not proven to be better by that', () => {
    const { cases, summarised } = runOf([0, 1], 2, 3)
    const [comparison] = compareToFirst(summarised, cases, rules)
    expect(comparison).toMatchObject({ verdict: 'open', wins: 2, difference: { mean: 1 } })
    expect(comparison!.difference.interval!.low).toBeLessThan(0)
    expect(comparison!.difference.interval!.high).toBe(1)
  })

  test('that never differs is no worse only after enough cases, by betting', () => {
    const same = (count: number) => {
      const { cases, summarised } = runOf([1, 1], count, 7)
      return compareToFirst(summarised, cases, rules)[0]!
    }
    expect(same(20)).toMatchObject({ verdict: 'open', test: 'betting', ties: 20 })
    expect(same(20).difference.interval).toEqual({
      low: expect.any(Number),
      high: expect.any(Number),
    })
    expect(same(20).difference.interval!.low).toBeLessThan(-0.05)
    expect(same(200)).toMatchObject({ verdict: 'no worse', test: 'betting' })
  })

  test('over cases that go together has a wider interval, of as many groups', () => {
    const alone = runOf([0.8, 0.8], 400, 9)
    const grouped = runOf([0.8], 400, 9, 20)
    expect(alone.summarised[0]!.summary.score).toMatchObject({ cases: 400, clusters: 400 })
    const { interval, clusters } = grouped.summarised[0]!.summary.score
    expect(clusters).toBe(20)
    const width = ({ low, high }: { low: number; high: number }): number => high - low
    expect(width(interval!)).toBeGreaterThan(
      2 * width(alone.summarised[0]!.summary.score.interval!),
    )
  })

  test('has no verdict when fewer than half of its cases have one', () => {
    const cases = Array.from({ length: 100 }, (_, index) => aCase(String(index)))
    const results = cases.flatMap((each, index) => [
      aResult(each, 'm0', 1),
      aResult(each, 'm1', index < 49 ? 1 : null),
    ])
    const plan = { cases, ungradable: [], jobs: [] }
    const summarised = ['m0', 'm1'].map((model) => summarise(model, results, suite, plan, 1))
    expect(compareToFirst(summarised, cases, rules)[0]!.verdict).toBe('no verdict')
    expect(summarised[1]!.summary).toMatchObject({
      conclusive: false,
      cases: 100,
      score: { cases: 49, mean: 1 },
      missing: { 'exact: It was said.': 51 },
    })
  })
})

describe('a summary', () => {
  const plan = (cases: readonly EvalCase[]) => ({ cases, ungradable: [], jobs: [] })

  test('takes the mean of the repeats of a case, and leaves those without a verdict out', () => {
    const cases = [aCase('a'), aCase('b')]
    const results = [
      aResult(cases[0]!, 'm', 1, { repeat: 0 }),
      aResult(cases[0]!, 'm', 0, { repeat: 1 }),
      aResult(cases[1]!, 'm', null, { repeat: 0 }),
      aResult(cases[1]!, 'm', 1, { repeat: 1 }),
    ]
    const { values } = summarise('m', results, suite, plan(cases), 1)
    expect([...values]).toEqual([
      ['a', 0.5],
      ['b', 1],
    ])
  })

  test('says no price of a thousand calls as soon as one is not known', () => {
    const cases = [aCase('a'), aCase('b')]
    const cost = 1_500_000n as never
    const of = (second: never) =>
      summarise(
        'm',
        [
          aResult(cases[0]!, 'm', 1, { answer: { cost } }),
          aResult(cases[1]!, 'm', 1, { answer: { cost: second } }),
        ],
        suite,
        plan(cases),
        1,
      ).summary
    expect(of(cost).costPer1000).toBe(1_500_000_000n as never)
    expect(of(null as never)).toMatchObject({ costPer1000: null, costUnknown: 1, spent: cost })
  })
})

describe('an interval', () => {
  const scores = (values: readonly number[]) =>
    values.map((value, index) => ({ value, cluster: String(index) }))

  test('is never of no width, however alike the scores are', () => {
    const { interval, method } = meanEstimate(scores([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), 1)
    expect(method).toBe('wilson')
    expect(interval!.low).toBeCloseTo(0.722, 3)
    expect(meanEstimate(scores([0.5, 0.5, 0.5]), 1).interval!.low).toBeLessThan(0.2)
    expect(differenceEstimate(scores([0, 0, 0]), 1).interval!.high).toBeGreaterThan(0.5)
    // Tenths and thirds that are all alike differ by what rounding adds.
    for (const value of [0.1, 0.7, 1 / 3])
      for (const count of [10, 40]) {
        const alike = scores(Array.from({ length: count }, () => value))
        expect(meanEstimate(alike, 1).method).toBe('wilson')
        const { low, high } = differenceEstimate(alike, 1).interval!
        expect(high - low).toBeGreaterThan(0.05)
      }
  })

  test('of nothing is none', () => {
    expect(meanEstimate([], 1)).toMatchObject({ mean: null, interval: null, cases: 0 })
    expect(quantile([], 0.5)).toBeNull()
  })

  test('of graded scores holds the truth about as often as it says', () => {
    let held = 0
    for (let round = 0; round < 300; round += 1) {
      const random = seeded(round)
      const values = Array.from({ length: 100 }, () => random.next() ** 2)
      const { low, high } = meanEstimate(scores(values), 1).interval!
      if (low <= 1 / 3 && high >= 1 / 3) held += 1
    }
    expect(held).toBeGreaterThan(270)
  })
})

test('cases that are needed are those of the formula 6.18 d / margin squared', () => {
  expect(powerText(10, 0.05)).toContain('about 371 cases')
  expect(powerText(10, 0.03)).toContain('about 1,031 cases')
  expect(powerText(2_319, 0.02)).toContain('2,319 cases are enough')
})
