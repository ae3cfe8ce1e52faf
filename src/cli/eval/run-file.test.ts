import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EvalRuns } from '../../compose/eval-runs.ts'
import { judged, noVerdict } from '../../control/evals/grader.ts'
import { planOf } from '../../control/evals/plan.ts'
import { reportOf } from '../../control/evals/report.ts'
import type { Result } from '../../control/evals/run.ts'
import { anAnswer, suiteOf } from '../../control/evals/scene.suite.ts'
import { instant } from '../../core/clock.ts'
import { keepRun } from './run-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'freehold-runs-'))
afterAll(() => rmSync(folder, { recursive: true }))

const models = ['acme/large', 'acme/small']

async function aReport() {
  const suite = await suiteOf(`
name: 漢字 and "quotes"
prompt: 'Say {{word}}'
cases:
  - { id: one, word: yes, expected: yes }
  - { id: "<b>two", word: no, expected: no }
  - { id: three, word: 東京, expected: 東京 }
graders: [exact]
`)
  const options = { models, repeats: 2, limit: null, seed: 1, version: (model: string) => model }
  const plan = planOf(suite, options)
  // The small one is right once of two times on the first case, and nobody could grade the third.
  const results = plan.jobs.map((job): Result => {
    const isRight = job.model === models[0] || (job.each.id === 'one' && job.repeat === 0)
    const graded = job.each.id === 'three' ? noVerdict('it is not known') : judged(isRight, 'seen')
    const { score, why } = graded
    const passed = score === null ? null : score === 1
    const check = { name: 'exact', metric: 'exact', weight: 1, score, passed, why, details: [] }
    const grade = { score, passed, checks: [check], cost: null }
    return { job, answer: anAnswer({ text: 'é\n"' }), failure: null, grade, kept: false }
  })
  return reportOf(suite, plan, results, { models, repeats: 2, seed: 1, margin: 0.05 })
}

test('a run that was kept is read as it was, each of its cases by itself, and no verdict is no zero', async () => {
  const id = keepRun(folder, await aReport(), instant('2026-11-22T08:40:11Z'))
  const runs = new EvalRuns(folder)
  const [head] = await runs.list(10)
  expect(head).toMatchObject({ id, name: '漢字 and "quotes"', cases: 3, calls: 12 })
  const run = (await runs.run(id))!
  const values = Object.fromEntries(run.rows.map((row) => [row.id, row.values]))
  expect(values).toEqual({ one: [1, 0.5], '<b>two': [1, 0], three: [null, null] })
  for (const [at, row] of run.rows.entries()) {
    const found = (await runs.case(id, at))!
    expect(found.id).toBe(row.id)
    expect(found.answers).toHaveLength(4)
    expect(found.answers[0]!.answer!.text).toBe('é\n"')
  }
  expect(await runs.case(id, 3)).toBeNull()
  for (const name of readdirSync(join(folder, 'evals', 'runs')))
    expect(statSync(join(folder, 'evals', 'runs', name)).mode & 0o077).toBe(0)
})

test('no other file is read by the name of a run, and one that was cut off is left out', async () => {
  const runs = new EvalRuns(folder)
  const cut = '20261122T084012-00000000'
  writeFileSync(join(folder, 'evals', 'runs', `${cut}.json`), '{"id":')
  writeFileSync(join(folder, 'evals', 'secret.json'), '{"id":"secret"}')
  expect(await runs.run('../secret')).toBeNull()
  expect(await runs.run(cut)).toBeNull()
  expect((await runs.list(10)).map(({ id }) => id)).not.toContain(cut)
  expect(await new EvalRuns(join(folder, 'nowhere')).list(10)).toEqual([])
})

test('the last 200 runs are kept', async () => {
  const own = join(folder, 'many')
  mkdirSync(join(own, 'evals', 'runs'), { recursive: true })
  for (let nth = 0; nth < 200; nth += 1)
    for (const ending of ['json', 'rows', 'jsonl'])
      writeFileSync(
        join(own, 'evals', 'runs', `20261101T000000-${String(nth).padStart(8, '0')}.${ending}`),
        '{}',
      )
  const id = keepRun(own, await aReport(), instant('2026-11-22T08:40:11Z'))
  const names = readdirSync(join(own, 'evals', 'runs'))
  expect(names).toHaveLength(600)
  expect(names).toContain(`${id}.json`)
  expect(names).not.toContain('20261101T000000-00000000.jsonl')
})
