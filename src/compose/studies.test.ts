import { afterAll, expect, test } from 'bun:test'
import { measuredPoints, rents } from '../catalog/machines.ts'
import { readQuestion } from '../control/economics/breakeven-question.ts'
import { breakEvenStudy, type StudyOrder } from '../control/economics/breakeven-study.ts'
import { workloadByHand } from '../control/economics/breakeven-traffic.ts'
import { StudyThread } from './studies.ts'

const studies = new StudyThread()
afterAll(() => studies.stop())

function order(words: Readonly<Record<string, string>> = {}): StudyOrder {
  const question = readQuestion({
    text: (name) => ({ model: 'qwen3-32b', 'tokens-per-day': '50M', ...words })[name],
    flag: () => false,
    shown: (name) => name,
    duration: () => null,
  })
  const perCall = { numerator: 1n, denominator: 100n, source: 'a test' }
  return { question, workload: workloadByHand(question)!, perCall }
}

test('a study on its thread is the study', async () => {
  const here = breakEvenStudy(order(), { points: measuredPoints(), rents: rents() })
  expect(await studies.breakEven(order())).toEqual(here)
})

test('what an order lacks comes back as a sentence, and the next one is carried out', async () => {
  const nothing = order()
  const workload = { ...nothing.workload, inputTokens: 0, outputTokens: 0 }
  const failed = studies.breakEven({ ...nothing, workload })
  const after = studies.breakEven(order())
  await expect(failed).rejects.toThrow(RangeError)
  expect((await after).result).not.toBeNull()
})

test('a crowd is turned away, and none is left waiting by a stop', async () => {
  const asked = Array.from({ length: 20 }, () => studies.breakEven(order()))
  const settled = Promise.allSettled(asked)
  studies.stop()
  const reasons = (await settled).map((each) =>
    each.status === 'rejected' ? String(each.reason) : 'done',
  )
  expect(reasons.filter((reason) => reason.includes('under way already')).length).toBe(4)
  expect(reasons.filter((reason) => reason.includes('stops')).length).toBe(16)
  // The next one finds a thread of its own.
  expect((await studies.breakEven(order())).unknown).toBeNull()
})
