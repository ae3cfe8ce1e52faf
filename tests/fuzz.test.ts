import { expect, test } from 'bun:test'
import { fuzzFor } from '../bench/torture/fuzz/watched.ts'

/** `npm run torture -- --fuzz` does the same ten million times. */
const budgetMs = 20_000

/** Other inputs each day; the seed makes those of any day again. */
const seed = Math.floor(Date.now() / 86_400_000)

test(`whatever is sent is read, or refused in words (seed ${seed})`, async () => {
  const { wrong, inputs, perSecond } = await fuzzFor(budgetMs, seed)
  expect(wrong).toEqual([])
  expect(inputs).toBeGreaterThan(0)
  expect(Object.keys(perSecond)).not.toBeEmpty()
}, 300_000)
