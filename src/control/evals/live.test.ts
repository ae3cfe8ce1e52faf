import { expect, test } from 'bun:test'
import { seeded } from '../../core/random.ts'
import { LiveScore } from './live.ts'
import type { Plan } from './plan.ts'
import { aCase, aResult } from './scene.suite.ts'

const planOf = (results: readonly ReturnType<typeof aResult>[]): Plan => ({
  cases: [],
  ungradable: [],
  jobs: results.map(({ job }) => job),
})

test('an interval that is looked at after every answer holds the truth all the time, nineteen times of twenty', () => {
  let missed = 0
  const rounds = 200
  for (let round = 0; round < rounds; round += 1) {
    const random = seeded(round)
    const results = Array.from({ length: 150 }, (_, index) =>
      aResult(aCase(String(index)), 'm', Number(random.next() < 0.7)),
    )
    const live = new LiveScore(planOf(results), 'm', 'score')
    const ever = results.some((result) => {
      live.add(result)
      const { low, high } = live.interval!
      return low > 0.7 || high < 0.7
    })
    if (ever) missed += 1
  }
  // 5 % of 200 are 10; three standard deviations above it.
  expect(missed).toBeLessThan(20)
})

test('answers that come early are not taken for all: what counts is the order that was drawn', () => {
  const results = [0, 1, 2, 3].map((index) => aResult(aCase(String(index)), 'm', 1))
  const live = new LiveScore(planOf(results), 'm', 'score')
  live.add(results[2]!)
  live.add(results[3]!)
  expect(live.interval).toBeNull()
  live.add(results[0]!)
  const first = live.interval!
  live.add(results[1]!)
  expect(live.interval!.low).toBeGreaterThanOrEqual(first.low)
})

test('a session counts once, when all of it is there; what has no verdict counts nowhere', () => {
  const cases = ['a', 'b', 'c'].map((id) => aCase(id, { cluster: id === 'c' ? 'two' : 'one' }))
  const results = cases.map((each) => aResult(each, 'm', each.id === 'b' ? null : 1))
  const live = new LiveScore(planOf(results), 'm', 'score')
  live.add(results[0]!)
  expect(live.interval).toBeNull()
  live.add(results[1]!)
  expect(live.interval).not.toBeNull()
})
