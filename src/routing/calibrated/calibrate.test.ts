import { describe, expect, test } from 'bun:test'
import { seeded } from '../../core/random.ts'
import { type Calibration, calibrate, levelFor, tripsOf, type Wish } from './calibrate.ts'
import { explain } from './explain.ts'
import { PolicyFault, readRule, writeRule } from './policy-file.ts'
import type { Row } from './table.ts'
import { totalsOf } from './totals.ts'
import { townOf } from './town.suite.ts'

const wish: Wish = { cheap: ['small'], strong: 'large', quality: 0.95, confidence: 0.95, seed: 1 }

function calibrated(rows: readonly Row[], over: Partial<Wish> = {}): Calibration {
  const steps = calibrate(rows, { ...wish, ...over })
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

const told = { easy: 0.93, hard: 0.3, strong: 0.92 }

describe('a table whose hard prompts show', () => {
  const rows = townOf({ ...told, rows: 3_000, seed: 2 })
  const found = calibrated(rows)

  test('gets a router that keeps its promise on other rows, and saves more than chance', () => {
    expect(found.rule.method).not.toBe('static')
    const others = townOf({ ...told, rows: 4_000, seed: 3 })
    const totals = totalsOf(tripsOf(found.rule, others, 'large'))
    expect(totals.qualityRatio).toBeGreaterThan(0.95)
    expect(totals.saving).toBeGreaterThan(found.report!.targets[0]!.random + 0.2)
    expect(found.certificate!.pValue).toBeLessThanOrEqual(levelFor(0.95, 0.6) * 1.1)
  })

  test('gets the same again, with the same seed', () => {
    expect(writeRule(calibrated(rows).rule)).toEqual(writeRule(found.rule))
  })

  test('is read back from its file as it was', () => {
    const again = readRule(JSON.parse(JSON.stringify(writeRule(found.rule))))
    const paid = (rule: typeof again) => totalsOf(tripsOf(rule, rows, 'large'))
    expect(paid(again)).toEqual(paid(found.rule))
  })

  test('reports between chance and knowledge', () => {
    const { targets, apgr, cpt, aiq } = found.report!
    for (const { curve, oracle, interval } of targets) {
      if (curve === null) continue
      expect(curve).toBeLessThanOrEqual(oracle! + 1e-9)
      expect(interval!.low).toBeLessThanOrEqual(curve)
      expect(interval!.high).toBeGreaterThanOrEqual(curve)
    }
    expect(apgr).toBeGreaterThan(0.6)
    expect(cpt['50']!).toBeLessThanOrEqual(cpt['80']!)
    expect(aiq).toBeGreaterThan(0.6)
  })
})

test('a confidence decides after the cheap answer, its check is paid, and its absence escalates', () => {
  const rows = townOf({ rows: 2_500, seed: 4, easy: 0.8, hard: 0.8, strong: 0.93, confident: true })
  const { rule } = calibrated(rows)
  if (rule.method === 'static') throw new Error('no routing was found')
  expect(['cascade', 'combined']).toContain(rule.method)
  const dumb = rows.map((row): Row => {
    const small = { ...row.results.get('small')!, response: null, confidence: null }
    return { ...row, results: new Map([...row.results, ['small', small]]) }
  })
  expect(totalsOf(tripsOf(rule, dumb, 'large')).escalated).toBe(1)
  const checked = rows.map((row): Row => {
    const small = { ...row.results.get('small')!, checkUsd: 5e-5 }
    return { ...row, results: new Map([...row.results, ['small', small]]) }
  })
  if (rule.scorer!.reads.keys.length > 0)
    expect(totalsOf(tripsOf(rule, checked, 'large')).costUsd).toBeGreaterThan(
      totalsOf(tripsOf(rule, rows, 'large')).costUsd,
    )
})

test('two cheap models that agree are taken at their word', () => {
  const random = seeded(10)
  const number = () => String(100 + Math.floor(900 * random.next()))
  const base = townOf({ rows: 1_500, seed: 9, easy: 0.8, hard: 0.8, strong: 0.95 })
  const rows = base.map((row): Row => {
    const small = row.results.get('small')!
    const truth = number()
    const says = (right: boolean) => ({
      ...small,
      score: Number(right),
      response: null,
      answer: right ? truth : number(),
    })
    const results = new Map(row.results)
    results.set('small', says(small.score === 1))
    results.set('twin', says(random.next() < 0.8))
    return { ...row, results }
  })
  const { rule } = calibrated(rows, { cheap: ['small', 'twin'] })
  expect(['agreement', 'combined']).toContain(rule.method)
})

describe('no routing', () => {
  test('is the answer where the cheap model is better', () => {
    const rows = townOf({ rows: 600, seed: 5, easy: 0.95, hard: 0.9, strong: 0.7 })
    const { rule, certificate } = calibrated(rows)
    expect(rule).toEqual({ method: 'static', model: 'small' })
    expect(certificate!.totals.qualityRatio).toBeGreaterThan(1)
  })

  test('is the answer where it never suffices', () => {
    const rows = townOf({ rows: 1_500, seed: 6, easy: 0, hard: 0, strong: 0.9 })
    const { rule, certificate, reason } = calibrated(rows)
    expect(rule).toEqual({ method: 'static', model: 'large' })
    expect(certificate).toBeNull()
    expect(reason).toMatch(/\w+\.$/)
  })

  test('is the answer to too few rows, and says how many it takes', () => {
    const { rule, reason } = calibrated(townOf({ ...told, rows: 40, seed: 7 }))
    expect(rule).toEqual({ method: 'static', model: 'large' })
    expect(reason).toMatch(
      /There are 40 rows, and quality 0.95 at confidence 0.95 takes about \d{3}/,
    )
  })

  test('is the answer where the cheap model is the dearer one', () => {
    const rows = townOf({ ...told, rows: 1_500, seed: 8, hard: 0.93, costs: [2e-4, 1e-4] })
    expect(calibrated(rows).rule).toEqual({ method: 'static', model: 'large' })
  })
})

test('a candidate a hair below the target is let through as rarely as promised', () => {
  let missed = 0
  const runs = 30
  for (let run = 0; run < runs; run += 1) {
    // Nothing tells prompts apart, and always small keeps 94.5 %.
    const rows = townOf({ rows: 500, seed: 100 + run, easy: 0.85, hard: 0.85, strong: 0.9 })
    const { rule } = calibrated(rows, { seed: run })
    if (rule.method === 'static' && rule.model === 'small') missed += 1
  }
  expect(missed).toBeLessThanOrEqual(3)
}, 60_000)

describe('a prompt explained', () => {
  test('names the words that weigh, and decides as the rule does', () => {
    const { rule } = calibrated(
      townOf({ ...told, rows: 2_500, seed: 2 }).map((row): Row => {
        const small = { ...row.results.get('small')!, response: null }
        return { ...row, results: new Map([...row.results, ['small', small]]) }
      }),
    )
    if (rule.method !== 'prompt-route') throw new Error(`not a prompt route: ${rule.method}`)
    const hard = explain(rule, 'Case 7: derive the general law of salt and show each step.')
    const easy = explain(rule, 'Case 8: name a colour of salt.')
    expect([hard.decision, easy.decision]).toEqual(['strong', 'cheap'])
    expect(hard.worth!).toBeGreaterThan(easy.worth!)
    expect(hard.words.length).toBeGreaterThan(3)
  })
})

test('a policy that is damaged is refused with a sentence', () => {
  for (const broken of [
    null,
    {},
    { method: 'static' },
    {
      method: 'cascade',
      cheap: 'a',
      strong: 'b',
      second: null,
      threshold: 1,
      scorer: null,
      direct: null,
    },
    {
      method: 'agreement',
      cheap: 'a',
      strong: 'b',
      second: null,
      threshold: 1,
      scorer: null,
      direct: null,
    },
  ])
    expect(() => readRule(broken)).toThrow(PolicyFault)
})
