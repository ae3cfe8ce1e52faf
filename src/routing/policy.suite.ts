import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Random, seeded } from '../core/random.ts'
import type { Candidate, Policy, View } from './policy.ts'

const candidates = fc
  .array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 8 })
  .map((list) =>
    list.map(([, weight], index): Candidate => ({ provider: 'acme', model: `m${index}`, weight })),
  )

/** A view in which nothing was measured and nothing has a price, but for what is said. */
export function viewOf(said: Partial<View> & { readonly random: Random }): View {
  return { stickyTo: null, firstContentUs: () => null, price: () => null, ...said }
}

/** What every policy owes. */
export function policySuite(name: string, policy: Policy): void {
  describe(name, () => {
    test('plans every candidate, none twice', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), fc.option(fc.string()), (list, seed, stickyTo) => {
          const plan = policy(list, viewOf({ random: seeded(seed), stickyTo }))
          expect(new Set(plan.map(({ candidate }) => candidate)).size).toBe(list.length)
          expect(plan.length).toBe(list.length)
        }),
      )
    })

    test('the same seed gives the same plan', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), (list, seed) => {
          const plan = () => policy(list, viewOf({ random: seeded(seed) }))
          expect(plan()).toEqual(plan())
        }),
      )
    })

    test('each step says why it stands where it stands', () => {
      fc.assert(
        fc.property(candidates, fc.integer(), (list, seed) => {
          for (const { reason } of policy(list, viewOf({ random: seeded(seed) })))
            expect(reason).toMatch(/\w/)
        }),
      )
    })
  })
}
