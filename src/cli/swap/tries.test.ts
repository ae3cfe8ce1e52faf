import { afterAll, expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instant } from '../../core/clock.ts'
import { seeded } from '../../core/random.ts'
import { nonInferiority } from '../../stats/non-inferiority.ts'
import { levelAfter, Tries } from './tries.ts'

const folder = mkdtempSync(join(tmpdir(), 'freehold-tries-'))
afterAll(() => rmSync(folder, { recursive: true }))

const claim = { task: 'support', incumbent: 'a/one', candidate: 'a/two' }
const now = 1_700_000_000_000_000 as Instant
const dayUs = 86_400_000_000

test('looks at other cases count, those at the same cases, of other claims or long ago do not', () => {
  const tries = new Tries(folder)
  const earlier = (cases: string, at = now): number => tries.earlier(claim, cases, at, 90)
  expect(earlier('c1')).toBe(0)
  tries.note(claim, 'c1', now)
  tries.note(claim, 'c1', now)
  tries.note({ ...claim, candidate: 'a/three' }, 'c2', now)
  appendFileSync(join(folder, 'evals', 'proofs.jsonl'), '{"task": "supp')
  expect([earlier('c1'), earlier('c3')]).toEqual([0, 1])
  expect(earlier('c3', (now + 91 * dayUs) as Instant)).toBe(0)
})

test('whoever adds cases until a candidate at the margin passes is wrong within alpha', () => {
  const random = seeded(71)
  const [alpha, margin, runs] = [0.05, 0.1, 1_000]
  const proven = (levels: (look: number) => number): number => {
    let count = 0
    for (let run = 0; run < runs; run += 1) {
      const pairs: { value: number; cluster: string }[] = []
      for (let look = 0; look < 4; look += 1) {
        for (let pair = 0; pair < 100; pair += 1) {
          const draw = random.next()
          const cluster = String(pairs.length)
          pairs.push({ value: draw < 0.1 ? 1 : draw < 0.3 ? -1 : 0, cluster })
        }
        if (nonInferiority(pairs, margin, levels(look))!.nonInferior) {
          count += 1
          break
        }
      }
    }
    return count
  }
  const most = runs * alpha + 4.9 * Math.sqrt(runs * alpha * (1 - alpha))
  expect(proven((look) => levelAfter(look, alpha))).toBeLessThanOrEqual(runs * alpha)
  // The same test at the same level each time is wrong far more often than it says.
  expect(proven(() => alpha)).toBeGreaterThan(most)
})
