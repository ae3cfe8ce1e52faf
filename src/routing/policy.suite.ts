import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../core/random.ts'
import type { Candidate, Policy } from './policy.ts'

const candidates = fc
  .array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 8 })
  .map((list) =>
    list.map(([, weight], index): Candidate => ({ provider: 'acme', model: `m${index}`, weight })),
  )

/** What every policy owes. */
export function policySuite(name: string, policy: Policy): void {
  describe(name, () => {
    test('plans every candidate, none twice', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), fc.option(fc.string()), (list, seed, stickyTo) => {
          const plan = policy(list, { random: seeded(seed), stickyTo })
          expect(new Set(plan.map(({ candidate }) => candidate)).size).toBe(list.length)
          expect(plan.length).toBe(list.length)
        }),
      )
    })

    test('the same seed gives the same plan', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), (list, seed) => {
          const plan = () => policy(list, { random: seeded(seed), stickyTo: null })
          expect(plan()).toEqual(plan())
        }),
      )
    })

    test('each step says why it stands where it stands', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), (list, seed) => {
          for (const { reason } of policy(list, { random: seeded(seed), stickyTo: null }))
            expect(reason).toMatch(/\w/)
        }),
      )
    })
  })
}
