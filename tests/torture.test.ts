import { describe, expect, test } from 'bun:test'
import { parts } from '../bench/torture/index.ts'

/** A few seconds of `npm run torture`, by chances that are the same each time. */
const seed = 20_261_121

const counts = {
  faults: 4_000,
  kills: 10,
  budgets: 15,
  reloads: 100,
  cancels: 80,
  fuzz: 5_000,
  leaks: 1_200,
  matrix: 1_500,
  days: 1,
} satisfies Record<keyof typeof parts, number>

describe.each(Object.entries(parts))('%s', (name, part) => {
  test(
    part.says,
    async () => {
      const count = counts[name as keyof typeof parts]
      let told = 0
      const { wrong, figures } = await part.run({ count, seed, tell: (done) => void (told = done) })
      expect(wrong).toEqual([])
      expect(told).toBeGreaterThan(0)
      expect(Object.keys(figures).length).toBeGreaterThan(0)
    },
    60_000,
  )
})
