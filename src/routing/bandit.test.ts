import { describe, expect, test } from 'bun:test'
import { seeded } from '../core/random.ts'
import { type BanditState, newBandit, observed, propensityLeast, propensityOf } from './bandit.ts'

/** Calls whose cost lies around a mean, half as much to either side. */
function played(count: number, means: { policy: number; strong: number }, seed: number) {
  const random = seeded(seed)
  let { policy, strong }: BanditState = newBandit(0.5)
  const drawn: number[] = []
  let chosen = 0
  for (let call = 0; call < count; call += 1) {
    const propensity = propensityOf({ policy, strong })
    const arm = random.next() < propensity ? 'policy' : 'strong'
    if (arm === 'policy') chosen += 1
    drawn.push(propensity)
    const value = means[arm] * (0.5 + random.next())
    if (arm === 'policy') policy = observed(policy, value)
    else strong = observed(strong, value)
  }
  return { state: { policy, strong }, drawn, share: chosen / count }
}

describe('a bandit among ways that are proven', () => {
  test('begins with what the calibration saved, and with as much for both where it is not known', () => {
    expect(propensityOf(newBandit(0.5))).toBeGreaterThan(0.95)
    expect(propensityOf(newBandit(0.1))).toBeLessThan(0.8)
    expect(propensityOf(newBandit(null))).toBe(0.5)
  })

  test.each([1, 2, 3])('stays with a policy that saves (seed %p)', (seed) => {
    const { share, state } = played(2_000, { policy: 0.5, strong: 1 }, seed)
    expect(share).toBeGreaterThan(0.95)
    expect(state.policy.mean).toBeCloseTo(0.5, 1)
  })

  test.each([1, 2, 3])('leaves one that costs more than it promised (seed %p)', (seed) => {
    const { drawn, state } = played(2_000, { policy: 1.4, strong: 1 }, seed)
    expect(drawn.at(-1)).toBe(propensityLeast)
    expect(state.policy.mean).toBeGreaterThan(1.2)
  })

  test('never gives either way less than the floor, so that it hears of a change', () => {
    const { drawn, state } = played(5_000, { policy: 0.1, strong: 3 }, 4)
    expect(Math.max(...drawn)).toBe(1 - propensityLeast)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(propensityLeast)
    expect(state.strong.calls).toBeGreaterThan(50)
    // A third of the weight is gone after as many calls as are remembered: the new one shows.
    let { policy } = state
    for (let call = 0; call < 4_000; call += 1) policy = observed(policy, 3)
    expect(policy.mean).toBeGreaterThan(2)
  })

  test('takes one call that hung for what it is: one', () => {
    const { state } = played(500, { policy: 0.5, strong: 1 }, 5)
    const after = { ...state, policy: observed(state.policy, 1e9) }
    expect(propensityOf(after)).toBeGreaterThan(0.9)
  })
})
