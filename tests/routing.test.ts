import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { measure, type Pair, rowsOf } from '../bench/routing.ts'

/** A few of the splits of `npm run bench:routing`; bench/results/routing.json has its figures and how many they rest on. */
const tables = join(import.meta.dir, '../../shared/data/routing')
const here = existsSync(tables)
if (!here) console.log(`Routing on public tables is skipped: they are not in ${tables}.`)

test.skipIf(!here)(
  'a cascade keeps its promise on prompts it has not seen, and saves',
  () => {
    const pair: Pair = {
      table: 'cascade-logprob',
      cheap: 'gpt-4o-mini',
      strong: 'gpt-4o',
      second: null,
      baseline: null,
    }
    const [at95, at98] = measure(rowsOf(pair), pair, 2, 0.6)
    expect(at95!.significant).toBe(0)
    expect(at98!.significant).toBe(0)
    expect(at95!.saved).toBeGreaterThan(at95!.random)
    expect(at98!.saved).toBeGreaterThan(at98!.random)
    expect(at95!.saved).toBeLessThan(at95!.oracle)
  },
  60_000,
)

test.skipIf(!here)(
  'where the cheap model is better there is no routing',
  () => {
    const pair: Pair = {
      table: 'routerarena',
      cheap: 'gemini-2.0-flash-001',
      strong: 'claude-3-haiku-20240307',
      second: null,
      baseline: null,
    }
    const [at95] = measure(rowsOf(pair), pair, 3, 0.6)
    expect(at95!.methods).toEqual({ 'static gemini-2.0-flash-001': 3 })
  },
  60_000,
)
