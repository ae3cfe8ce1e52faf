import { describe, expect, test } from 'bun:test'
import type { Caller } from '../../../core/caller.ts'
import type { Instant } from '../../../core/clock.ts'
import { nothing, usd } from '../../../core/money.ts'
import { seeded } from '../../../core/random.ts'
import { gradeAnswer } from '../grade.ts'
import type { JudgeLabel } from '../grader.ts'
import { planOf } from '../plan.ts'
import { reportOf } from '../report.ts'
import type { Result } from '../run.ts'
import { anAnswer, faultsOf, suiteOf, toolsOf } from '../scene.suite.ts'
import type { Suite } from '../suite.ts'
import { type Calibrated, calibrate } from './calibrate.ts'
import { calibrationOf, type Reading, whyNoVerdict } from './calibration.ts'
import { withJudge } from './correct.ts'
import { judgesOf, soleJudge } from './judges.ts'
import { judge, shown } from './scene.suite.ts'

const now = 1_700_000_000_000_000 as Instant
const dayUs = 86_400_000_000

function readings(counts: readonly [number, number, number, number]): readonly Reading[] {
  const [both, missed, passed, neither] = counts
  const of = (count: number, right: boolean, said: boolean): readonly Reading[] =>
    Array.from({ length: count }, (_, index) => ({
      right,
      said,
      length: 100 + index,
      positions: null,
    }))
  return [
    ...of(both, true, true),
    ...of(missed, true, false),
    ...of(passed, false, true),
    ...of(neither, false, false),
  ]
}

function calibration(...counts: readonly [number, number, number, number]) {
  const facts = { identity: 'i', judges: ['birch/judge'], at: now, validDays: 90, silent: 0 }
  return calibrationOf(readings(counts), facts)
}

describe('a calibration', () => {
  test('says how the judge fared, each figure with its interval', () => {
    const { tpr, tnr, kappa, counts } = calibration(45, 5, 9, 21)
    expect(counts).toEqual({ positives: 50, truePositives: 45, negatives: 30, trueNegatives: 21 })
    expect([tpr!.estimate, tnr!.estimate]).toEqual([0.9, 0.7])
    expect(tpr!.interval.low).toBeGreaterThan(0.75)
    expect(kappa!.interval.low).toBeLessThan(kappa!.estimate)
  })

  test('finds a preference for the first place, and for long answers', () => {
    const random = seeded(41)
    const facts = { identity: 'i', judges: ['j'], at: now, validDays: 90, silent: 0 }
    const made = calibrationOf(
      Array.from({ length: 200 }, () => {
        const length = 50 * 2 ** (8 * random.next())
        const right = random.next() < 0.5
        const said = random.next() < (length > 800 ? 0.95 : 0.3)
        const biased = random.next() < 0.4
        const first = biased ? 1 : Number(right)
        return { right, said, length, positions: { first, second: biased ? 0 : Number(right) } }
      }),
      facts,
    )
    expect(made.positionBias!.interval.low).toBeGreaterThan(0.1)
    expect(made.lengthSlope!.interval.low).toBeGreaterThan(0.02)
  })

  test('carries a verdict only with labels enough, of both kinds, by a judge that says something, in time', () => {
    expect(whyNoVerdict(null, now)).toContain('50 to 200 answers')
    expect(whyNoVerdict(calibration(18, 2, 3, 7), now)).toContain('20 more are missing')
    expect(whyNoVerdict(calibration(60, 4, 1, 2), now)).toContain('7 more such are missing')
    expect(whyNoVerdict(calibration(30, 20, 20, 30), now)).toContain('are 1.20 together')
    expect(whyNoVerdict(calibration(45, 5, 9, 21), now)).toBeNull()
    const late = (now + 90 * dayUs) as Instant
    expect(whyNoVerdict(calibration(45, 5, 9, 21), late)).toContain('ended on')
  })
})

describe('a judge that people have labelled', () => {
  const labels = (count: number): string =>
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({
        question: `q${index}`,
        answer: `${index % 2 === 0 ? 'good' : 'bad'} ${index}`,
        label: index % 2 === 0,
      }),
    ).join('\n')
  const text = `
prompt: '{{q}}'
cases: file://cases.jsonl
graders: [{ type: rubric, rubric: 'Is it good?', judge: birch/judge, labels: labels.jsonl }]`
  const cases = Array.from(
    { length: 120 },
    (_, index) => `{"id": "${index}", "q": "q${index}"}\n`,
  ).join('')
  const read = (count: number): Promise<Suite> =>
    suiteOf(text, { files: { 'cases.jsonl': cases, 'labels.jsonl': labels(count) } })
  const honest = () =>
    judge((asked) => ({ reason: 'r', score: shown('answer', asked).includes('good') ? 5 : 1 }))

  async function run(suite: Suite, share: Readonly<Record<string, number>>, ask: Caller) {
    const models = Object.keys(share)
    const plan = planOf(suite, {
      models,
      repeats: 1,
      limit: null,
      seed: 1,
      version: (name) => name,
    })
    const random = seeded(51)
    const results: Result[] = []
    for (const job of plan.jobs) {
      const good = random.next() < share[job.model]!
      const answer = anAnswer({ model: job.model, text: good ? 'good' : 'bad' })
      const grade = await gradeAnswer(job.each, answer, toolsOf({ ask }))
      results.push({ job, answer, failure: null, grade, kept: false })
    }
    const report = reportOf(suite, plan, results, { models, repeats: 1, seed: 1, margin: 0.1 })
    const kept = new Map<string, NonNullable<Calibrated['calibration']>>()
    const parts = {
      tools: toolsOf({ ask }),
      store: {
        get: (identity: string) => kept.get(identity) ?? null,
        put: (made: NonNullable<Calibrated['calibration']>) => void kept.set(made.identity, made),
      },
      clock: { now: () => now },
      concurrency: 4,
    }
    const sole = soleJudge(suite)
    if (sole === null || typeof sole === 'string') throw new Error(String(sole))
    const first = await calibrate(sole, suite.cases, results, parts)
    return { report, sole, first, again: () => calibrate(sole, suite.cases, results, parts) }
  }

  test('is asked of the labelled answers once, and not again while all stays as it is', async () => {
    const { asked, ask } = honest()
    const { first, again } = await run(await read(60), { 'acme/one': 0.8, 'acme/two': 0.8 }, ask)
    const calls = asked.length
    expect(first.calibration).toMatchObject({
      silent: 0,
      tpr: { estimate: 1 },
      tnr: { estimate: 1 },
    })
    expect(first.cost).toBe(usd('0.06'))
    expect(await again()).toMatchObject({ cost: nothing, calibration: first.calibration })
    expect(asked.length).toBe(calls)
  })

  test('with too few labels leaves the figures, and no verdict on anybody', async () => {
    const { report, sole, first } = await run(
      await read(30),
      { 'acme/one': 0.8, 'acme/two': 0.8 },
      honest().ask,
    )
    const judged = withJudge(report, sole, first, now)
    expect(judged.conclusive).toBe(false)
    expect(judged.comparisons[0]).toMatchObject({
      verdict: 'no verdict',
      why: expect.stringContaining('20 more are missing'),
    })
    expect(judged.models[0]!.score).toEqual(report.models[0]!.score)
  })

  test('with labels enough has its errors reckoned out of shares and differences', async () => {
    const random = seeded(61)
    const rough = judge((asked) => {
      const right = shown('answer', asked).includes('good')
      return { reason: 'r', score: random.next() < (right ? 0.9 : 0.3) ? 5 : 1 }
    })
    const suite = await read(200)
    const { report, sole, first } = await run(
      suite,
      { 'acme/one': 0.9, 'acme/two': 0.3 },
      rough.ask,
    )
    const judged = withJudge(report, sole, first, now)
    const [one, two] = judged.models
    expect(one!.score.method).toBe('rogan-gladen')
    expect(one!.score.interval!.low).toBeLessThan(0.9)
    expect(one!.score.interval!.high).toBeGreaterThan(0.9)
    // Of itself the judge would call 48 % of these right.
    expect(judged.judge!.said['acme/two']!.mean).toBeGreaterThan(0.4)
    expect(two!.score.interval!.low).toBeLessThan(0.3)
    expect(two!.score.mean).toBeLessThan(0.42)
    expect(judged.comparisons[0]!.verdict).toBe('worse')
    expect(judged.comparisons[0]!.difference.mean).toBeLessThan(
      report.comparisons[0]!.difference.mean!,
    )
  })

  test("is corrected by labels of the run's own answers where there are enough", async () => {
    const { ask } = honest()
    const made: JudgeLabel[] = []
    for (const model of ['acme/one', 'acme/two'])
      for (let index = 0; index < 60; index += 1)
        made.push({
          case: String(index),
          model,
          answer: null,
          question: null,
          expected: undefined,
          label: index % 3 === 0 ? 0 : 1,
        })
    const inline = JSON.stringify(
      made.map(({ case: id, model, label }) => ({ case: id, model, label })),
    )
    const suite = await suiteOf(
      `prompt: '{{q}}'\ncases: file://cases.jsonl\ngraders: [{ type: rubric, rubric: 'Is it good?', judge: birch/judge, labels: ${inline} }]`,
      { files: { 'cases.jsonl': cases } },
    )
    expect(judgesOf(suite)[0]!.judging.labels).toHaveLength(120)
    const { report, sole, first } = await run(suite, { 'acme/one': 0.7, 'acme/two': 0.7 }, ask)
    const loose = { ...first, calibration: calibration(70, 10, 10, 30) }
    const judged = withJudge(report, sole, loose, now)
    expect(judged.models[0]!.score.method).toBe('prediction-powered')
    expect(judged.comparisons[0]!.difference.method).toBe('prediction-powered')
  })

  test('beside another grader that counts leaves no verdict, and a gate beside it does not matter', async () => {
    const mixed = await suiteOf(
      `prompt: x\ncases: [{ id: a, expected: y }]\ngraders: [exact, { type: rubric, rubric: r, judge: a/j }]`,
    )
    expect(soleJudge(mixed)).toContain('mixes a judge')
    const gated = await suiteOf(
      `prompt: x\ncases: [{ id: a, expected: y }]\ngraders: [{ type: exact, weight: 0 }, { type: rubric, rubric: r, judge: a/j }]`,
    )
    expect(typeof soleJudge(gated)).toBe('object')
    const none = await suiteOf('prompt: x\ncases: [{ id: a, expected: y }]\ngraders: [exact]')
    expect(soleJudge(none)).toBeNull()
  })

  test('beside graders that leave nothing to judgement is corrected for what passes them alone', async () => {
    const random = seeded(81)
    const rough = judge((asked) => {
      const right = shown('answer', asked).includes('good')
      return { reason: 'r', score: random.next() < (right ? 0.9 : 0.3) ? 5 : 1 }
    })
    const suite = await suiteOf(
      `${text.replace('graders: [', "metric: pass\ngraders: [{ type: contains, value: 'o' }, ")}`,
      { files: { 'cases.jsonl': cases, 'labels.jsonl': labels(200) } },
    )
    // What is bad has no o in it, and never gets as far as the judge.
    const { report, sole, first } = await run(
      suite,
      { 'acme/one': 0.9, 'acme/two': 0.4 },
      rough.ask,
    )
    const judged = withJudge(report, sole, first, now)
    const [one, two] = judged.models
    for (const [model, share] of [
      [one!, 0.9],
      [two!, 0.4],
    ] as const) {
      expect(model.score.interval!.low).toBeLessThan(share + 0.05)
      expect(model.score.interval!.high).toBeGreaterThan(share - 0.05)
      expect(model.score.mean! - judged.judge!.said[model.model]!.mean!).toBeGreaterThan(0)
    }
    const { interval } = judged.comparisons[0]!.difference
    expect(interval!.low).toBeLessThan(-0.5)
    expect(interval!.high).toBeGreaterThan(-0.5)
  })

  test.each([
    ['{"label": 1, "answer": "x"}', 'neither which case'],
    ['{"case": "1", "answer": "x", "label": "maybe"}', 'needs a label'],
    ['{"case": "1", "label": 1}', 'neither what was answered'],
    ['{"case": 1', 'Line 1 of the labels is no JSON'],
  ])('is told what is wrong with %p', async (line, why) => {
    const faults = await faultsOf(text, { files: { 'cases.jsonl': cases, 'labels.jsonl': line } })
    expect(faults.join(' ')).toContain(why)
  })
})
