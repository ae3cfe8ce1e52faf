import { describe, expect, test } from 'bun:test'
import { seeded } from '../core/random.ts'
import { type CallOutcome, type Guard, type Guards, GuardTests, isCanary } from './canary.ts'

const guards: Guards = {
  errorRate: 0.02,
  schemaValid: 0.02,
  refusal: 0.02,
  p95Latency: 1.5,
  cost: 1.2,
}

interface Model {
  readonly fails: number
  readonly invalid: number
  readonly refuses: number
  readonly latencyUs: number
  readonly cost: number
}

const usual: Model = { fails: 0.02, invalid: 0.05, refuses: 0.03, latencyUs: 400_000, cost: 1_000 }

/** The guard that a canary breaks within so many of its calls, among four times as many of the other side. */
function broken(canary: Partial<Model>, calls: number, seed: number): Guard | null {
  const tests = new GuardTests(guards)
  const random = seeded(seed)
  const outcome = (model: Model): CallOutcome => {
    const failed = random.next() < model.fails
    return {
      failed,
      schemaValid: failed ? null : random.next() >= model.invalid,
      refused: failed ? null : random.next() < model.refuses,
      latencyUs: failed ? null : model.latencyUs * (0.5 + random.next()),
      cost: model.cost * (0.5 + random.next()),
    }
  }
  for (let call = 0; call < calls; call += 1) {
    for (let other = 0; other < 4; other += 1) tests.incumbent(outcome(usual))
    const guard = tests.canary(outcome({ ...usual, ...canary }))
    if (guard !== null) return guard
  }
  return null
}

describe('guards', () => {
  test.each([
    ['errorRate', { fails: 0.3 }],
    ['schemaValid', { invalid: 0.4 }],
    ['refusal', { refuses: 0.4 }],
    ['p95Latency', { latencyUs: 1_500_000 }],
    ['cost', { cost: 2_500 }],
  ] as const)('%s is broken by a canary that is worse in that', (guard, worse) => {
    for (let seed = 0; seed < 10; seed += 1) expect(broken(worse, 1_500, seed)).toBe(guard)
  })

  test('a canary that is the same is taken back in one life of twenty at most', () => {
    let back = 0
    for (let seed = 0; seed < 100; seed += 1) if (broken({}, 300, seed) !== null) back += 1
    expect(back).toBeLessThan(10)
  })
})

test('threads that watch one canary share the risk of taking it back for nothing', () => {
  const quiet = { failed: false, schemaValid: null, refused: null, latencyUs: null, cost: null }
  /** Evidence of one thread, and whether it is enough, after each failure of the canary. */
  const watched = (watchers: number): (readonly [number, boolean])[] => {
    const tests = new GuardTests(guards, watchers)
    return Array.from({ length: 40 }, () => {
      tests.incumbent(quiet)
      const broken = tests.canary({ ...quiet, failed: true }) !== null
      return [tests.findings()[0]!.evidence, broken] as const
    })
  }
  const calls = (watchers: number): number => watched(watchers).findIndex(([, broken]) => broken)
  // 100 alone; 1,600 where sixteen have a part of the calls each, so that together they err as rarely.
  const [alone, among] = [watched(1), watched(16)]
  for (const [call, [evidence]] of alone.slice(0, calls(1)).entries())
    expect(among[call]![0]).toBeCloseTo((evidence * Math.log(100)) / Math.log(1_600), 9)
  expect(calls(16)).toBeGreaterThan(calls(1))
})

describe('a canary that has all of the traffic', () => {
  const fine: CallOutcome = {
    failed: false,
    schemaValid: true,
    refused: false,
    latencyUs: null,
    cost: null,
  }
  const step = (seed: number, fails: number) => {
    const tests = new GuardTests(guards)
    const random = seeded(seed)
    const outcome = (share: number): CallOutcome => ({ ...fine, failed: random.next() < share })
    for (let call = 0; call < 400; call += 1) tests.incumbent(outcome(fails))
    return (count: number, share: number): Guard | null => {
      for (let call = 0; call < count; call += 1) {
        const broken = tests.canary(outcome(share))
        if (broken !== null) return broken
      }
      return null
    }
  }

  /** Until a test begins anew, and has seen enough. */
  const aloneMost = 250

  test('is taken back when it begins to fail, although nobody is left beside it', () => {
    const calls = step(1, 0.01)
    expect(calls(1_000, 0.01)).toBeNull()
    expect(calls(aloneMost, 0.5)).toBe('errorRate')
  })

  test('and fails as the other did is taken back in one life of twenty at most', () => {
    let back = 0
    for (let seed = 0; seed < 100; seed += 1) if (step(seed, 0.05)(3_000, 0.05) !== null) back += 1
    expect(back).toBeLessThanOrEqual(5)
  })

  test('stays where nothing is known of the other', () => {
    const tests = new GuardTests(guards)
    for (let call = 0; call < 300; call += 1)
      expect(tests.canary({ ...fine, failed: true })).toBeNull()
  })
})

describe('what guards have seen', () => {
  const quiet = { failed: false, schemaValid: true, refused: false, latencyUs: 100, cost: 10 }

  test('is told of those that are looked at, with an interval around their means', () => {
    const tests = new GuardTests({ ...guards, cost: null })
    for (let call = 0; call < 60; call += 1) {
      tests.incumbent(quiet)
      tests.canary({ ...quiet, failed: call % 4 === 0, schemaValid: null })
    }
    const found = tests.findings()
    expect(found.map(({ guard }) => guard)).toEqual([
      'errorRate',
      'schemaValid',
      'refusal',
      'p95Latency',
    ])
    const [failing, schema, , slow] = found
    expect(failing!.mean).toBeCloseTo(0.25)
    expect(failing!.bound).toBeCloseTo(0.02)
    expect(failing!.interval[0]).toBeLessThan(0.25)
    expect(failing!.interval[1]).toBeGreaterThan(0.25)
    expect(failing!.evidence).toBeGreaterThan(0)
    expect([schema!.count, schema!.mean, schema!.evidence]).toEqual([0, null, 0])
    // The first forty calls of the model in force are no 95th percentile.
    expect(slow!.count).toBe(21)
  })

  test('is enough to take the canary back exactly when it is taken back', () => {
    const tests = new GuardTests(guards)
    let broken: Guard | null = null
    while (broken === null) {
      tests.incumbent(quiet)
      broken = tests.canary({ ...quiet, refused: true })
      const evidence = tests.findings().find(({ guard }) => guard === 'refusal')!.evidence
      expect(evidence === 1).toBe(broken !== null)
    }
    expect(broken).toBe('refusal')
  })
})

describe('who goes to the canary', () => {
  const units = Array.from({ length: 20_000 }, (_, index) => `session-${index}`)

  test('is a share of the sessions, and whoever is in stays in when it grows', () => {
    const few = units.filter((unit) => isCanary('a', unit, 0.05))
    expect(few.length / units.length).toBeCloseTo(0.05, 2)
    expect(few.every((unit) => isCanary('a', unit, 0.25))).toBe(true)
    expect(units.every((unit) => isCanary('a', unit, 1))).toBe(true)
    expect(units.some((unit) => isCanary('a', unit, 0))).toBe(false)
  })

  test('is not the same for every canary', () => {
    const both = units.filter((unit) => isCanary('a', unit, 0.1) && isCanary('b', unit, 0.1))
    expect(both.length / units.length).toBeCloseTo(0.01, 2)
  })
})
