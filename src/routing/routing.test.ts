import { expect, test } from 'bun:test'
import { seeded } from '../core/random.ts'
import { fixed } from './fixed.ts'
import { policies } from './index.ts'
import { policySuite } from './policy.suite.ts'
import { weighted } from './weighted.ts'

for (const [name, policy] of Object.entries(policies)) policySuite(name, policy)

const pair = [
  { provider: 'acme', model: 'large', weight: 90 },
  { provider: 'birch', model: 'small', weight: 10 },
]

test('fixed asks in the order that was written', () => {
  const plan = fixed(pair, { random: seeded(1), stickyTo: null })
  expect(plan.map(({ candidate }) => candidate.provider)).toEqual(['acme', 'birch'])
})

test('weights are the shares of the traffic', () => {
  const random = seeded(7)
  let first = 0
  for (let count = 0; count < 20_000; count += 1) {
    if (weighted(pair, { random, stickyTo: null })[0]!.candidate.provider === 'acme') first += 1
  }
  // Four standard deviations of 20,000 draws at 0.9 are 170.
  expect(Math.abs(first - 18_000)).toBeLessThan(170)
})

test('sessions are spread by weight, and each stays where it is', () => {
  const random = seeded(7)
  const chosen = (session: string) =>
    weighted(pair, { random, stickyTo: session })[0]!.candidate.provider
  const sessions = Array.from({ length: 20_000 }, (_, index) => `session-${index}`)
  const first = sessions.filter((session) => chosen(session) === 'acme')
  expect(Math.abs(first.length - 18_000)).toBeLessThan(170)
  expect(first.slice(0, 500).every((session) => chosen(session) === 'acme')).toBe(true)
})
