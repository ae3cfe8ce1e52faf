import { describe, expect, test } from 'bun:test'
import { type Money, usd } from '../core/money.ts'
import { seeded } from '../core/random.ts'
import { cheapest } from './cheapest.ts'
import { fastest } from './fastest.ts'
import { fixed } from './fixed.ts'
import { policies } from './index.ts'
import { policySuite, viewOf } from './policy.suite.ts'
import { nameOf } from './policy.ts'
import { weighted } from './weighted.ts'

for (const [name, policy] of Object.entries(policies)) policySuite(name, policy)

const pair = [
  { provider: 'acme', model: 'large', weight: 90 },
  { provider: 'birch', model: 'small', weight: 10 },
]

test('fixed asks in the order that was written', () => {
  const plan = fixed(pair, viewOf({ random: seeded(1) }))
  expect(plan.map(({ candidate }) => candidate.provider)).toEqual(['acme', 'birch'])
})

test('weights are the shares of the traffic', () => {
  const random = seeded(7)
  let first = 0
  for (let count = 0; count < 20_000; count += 1) {
    if (weighted(pair, viewOf({ random }))[0]!.candidate.provider === 'acme') first += 1
  }
  // Four standard deviations of 20,000 draws at 0.9 are 170.
  expect(Math.abs(first - 18_000)).toBeLessThan(170)
})

test('sessions are spread by weight, and each stays where it is', () => {
  const random = seeded(7)
  const chosen = (session: string) =>
    weighted(pair, viewOf({ random, stickyTo: session }))[0]!.candidate.provider
  const sessions = Array.from({ length: 20_000 }, (_, index) => `session-${index}`)
  const first = sessions.filter((session) => chosen(session) === 'acme')
  expect(Math.abs(first.length - 18_000)).toBeLessThan(170)
  expect(first.slice(0, 500).every((session) => chosen(session) === 'acme')).toBe(true)
})

const three = ['a', 'b', 'c'].map((model) => ({ provider: 'acme', model, weight: 1 }))
/** Chance that never explores. */
const steady = { next: () => 0.999 }

describe('fastest', () => {
  const times = (us: Readonly<Record<string, number>>) => ({
    firstContentUs: ({ model }: { readonly model: string }) => us[model] ?? null,
  })
  const order = (us: Readonly<Record<string, number>>): string =>
    fastest(three, viewOf({ random: steady, ...times(us) }))
      .map(({ candidate: { model } }) => model)
      .join('')

  test('asks by the time to the first content, and last who was never measured', () => {
    expect(order({ a: 900_000, b: 300_000, c: 500_000 })).toBe('bca')
    expect(order({ c: 500_000 })).toBe('cab')
    expect(order({})).toBe('abc')
  })

  test('models that are alike keep their order', () => {
    expect(order({ a: 320_000, b: 300_000, c: 310_000 })).toBe('abc')
  })

  test('a small share asks another one first, more while one is not measured', () => {
    const random = seeded(3)
    const explored = (us: Readonly<Record<string, number>>, first: string): number => {
      let count = 0
      for (let draw = 0; draw < 20_000; draw += 1) {
        const [step] = fastest(three, viewOf({ random, ...times(us) }))
        if (step!.candidate.model !== first) count += 1
      }
      return count / 20_000
    }
    expect(explored({ a: 100_000, b: 300_000, c: 500_000 }, 'a')).toBeCloseTo(0.02, 2)
    expect(explored({ a: 100_000, b: 300_000 }, 'a')).toBeCloseTo(0.1, 1)
    expect(explored({}, 'a')).toBe(0)
  })
})

describe('cheapest', () => {
  const order = (prices: Readonly<Record<string, Money | null>>): string =>
    cheapest(
      three,
      viewOf({ random: steady, price: (candidate) => prices[nameOf(candidate).slice(5)] ?? null }),
    )
      .map(({ candidate: { model } }) => model)
      .join('')

  test('asks by the price of the call, and last whose price is not known', () => {
    expect(order({ a: usd('0.3'), b: null, c: usd('0.1') })).toBe('cab')
    expect(order({ a: usd('0.3'), b: usd('0'), c: usd('0.3') })).toBe('bac')
    expect(order({})).toBe('abc')
  })
})
