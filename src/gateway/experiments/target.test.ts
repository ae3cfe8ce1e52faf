import { expect, test } from 'bun:test'
import { usd } from '../../core/money.ts'
import { seeded } from '../../core/random.ts'
import { QualityWatch } from '../../routing/audit.ts'
import { Fitted } from '../../routing/calibrated/fitted.ts'
import type { TaskRouting } from './settings.ts'
import { targetOf } from './target.ts'

function targetBy(
  quality: number,
  agreement: { readonly rate: number; readonly rows: number } | null,
  asked: number | null = null,
): number {
  const facts = {
    sha256: 'one',
    made: null,
    strong: 'b/large',
    quality,
    confidence: 0.95,
    certificate: null,
    agreement,
    extractedAnswers: false,
    promptHash: null,
  }
  const routing: TaskRouting = {
    path: null,
    evals: null,
    fitted: new Fitted(facts, { method: 'static', model: 'b/large' }),
    fault: null,
    guarantee: { quality, confidence: 0.95 },
    streaming: 'buffer',
    samples: 1,
    learn: null,
    checks: null,
    audit: { share: 1, floor: 0, cap: usd('1'), agreement: asked },
  }
  return targetOf(routing)!
}

test('what has to agree is what was asked for, else what the rows leave open, else the promise', () => {
  expect(targetBy(0.98, { rate: 0.9, rows: 400 }, 0.7)).toBe(0.7)
  expect(targetBy(0.98, null)).toBe(0.98)
  // Of 400 rows with 360 that agree Clopper and Pearson's lower bound is 0.87182.
  expect(targetBy(0.98, { rate: 0.9, rows: 400 })).toBeCloseTo(0.87182 - 0.02, 4)
  expect(targetBy(0.98, { rate: 0.9, rows: 40_000 })).toBeCloseTo(0.88, 2)
  expect(targetBy(0.98, { rate: 0, rows: 0 })).toBe(0.01)
})

test.each([
  [200, 0.85, 0.98],
  [600, 0.85, 0.99],
  [150, 0.8, 0.95],
])(
  'of twenty policies that hold, proven on %p rows, one is accused at most',
  (rows, truth, quality) => {
    const runs = 200
    let accused = 0
    for (let seed = 0; seed < runs; seed += 1) {
      const random = seeded(11 * seed + 3)
      let same = 0
      for (let row = 0; row < rows; row += 1) same += Number(random.next() < truth)
      const watch = new QualityWatch(targetBy(quality, { rate: same / rows, rows }))
      for (let audits = 0; audits < 2_000 && !watch.alarmed; audits += 1)
        watch.observe({ routed: Number(random.next() < truth), strong: 1 })
      if (watch.alarmed) accused += 1
    }
    expect(accused).toBeLessThanOrEqual(runs / 20)
  },
)
