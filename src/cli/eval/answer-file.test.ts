import { afterAll, expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anAnswer } from '../../control/evals/scene.suite.ts'
import { usd } from '../../core/money.ts'
import { AnswerFile, RunMark } from './answer-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'freehold-answers-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('answers are there for the next run, to the picodollar, also behind a line that a crash cut off', () => {
  const answer = anAnswer({ text: 'null\n"and" 漢', cost: usd('0.000000000001'), logprobs: [-0.5] })
  new AnswerFile(folder, 'suite', 'run-1', null).put('k1', answer)
  const path = join(folder, 'evals', readdirSync(join(folder, 'evals'))[0]!)
  appendFileSync(path, '{"key":"k2","run":"run-1","answ')
  const next = new AnswerFile(folder, 'suite', 'run-2', null)
  next.put('k3', anAnswer({ cost: null }))
  const last = new AnswerFile(folder, 'suite', 'run-3', null)
  expect(last.get('k1')).toEqual(answer)
  expect(last.get('k2')).toBeUndefined()
  expect(last.get('k3')?.cost).toBeNull()
  expect(statSync(path).mode & 0o077).toBe(0)
  // A run of its own sees its own, and another suite none.
  const own = new AnswerFile(folder, 'suite', 'run-2', 'run-2')
  expect([own.get('k1'), own.get('k3')?.text]).toEqual([undefined, ''])
  expect(new AnswerFile(folder, 'other', 'run-4', null).get('k1')).toBeUndefined()
})

test('a run that was not finished is remembered until one is', () => {
  const mark = new RunMark(folder, 'suite')
  expect(mark.get()).toBeNull()
  mark.set('run-5')
  expect(new RunMark(folder, 'suite').get()).toBe('run-5')
  mark.clear()
  expect(mark.get()).toBeNull()
})
