import { describe, expect, test } from 'bun:test'
import type { Answered } from '../../core/caller.ts'
import { decimal, usd } from '../../core/money.ts'
import { type EstimateSources, estimateOf, wholeCost } from './estimate.ts'
import { keptCaller } from './kept-caller.ts'
import { type AnswerStore, planOf } from './plan.ts'
import { anAnswer, suiteOf } from './scene.suite.ts'

const nothingKnown = { calls: 0, outputTokens: null, latencyMs: null }
const price = { input: decimal('1'), output: decimal('10') }

function storeOf(
  known: ReadonlyMap<string, Answered> = new Map(),
): AnswerStore & { readonly all: Map<string, Answered> } {
  const all = new Map(known)
  return { all, get: (key) => all.get(key), put: (key, answer) => void all.set(key, answer) }
}

async function estimated(yaml: string, sources: Partial<EstimateSources> = {}) {
  const suite = await suiteOf(
    `cases: [{ q: ${'x'.repeat(371)} }, { q: ${'y'.repeat(371)} }]\nprompt: '{{q}}'\ngraders: [{ contains: x }]\n${yaml}`,
  )
  const plan = planOf(suite, {
    models: ['a', 'b'],
    repeats: 1,
    limit: null,
    seed: 1,
    version: (model) => model,
  })
  const all = estimateOf(plan, ['a', 'b'], {
    prices: (model) => (model === 'a' ? price : null),
    past: () => nothingKnown,
    answers: storeOf(),
    concurrency: 4,
    ...sources,
  })
  return { plan, all }
}

describe('what a run will take', () => {
  test('is told by calls and tokens; a price that is not known stays unknown, and so does the sum', async () => {
    const { all } = await estimated('params: { max_tokens: 50 }')
    // 400 characters of JSON around each prompt are 100 tokens.
    expect(all[0]).toEqual({
      model: 'a',
      calls: 2,
      kept: 0,
      inputTokens: 202,
      outputTokens: 100,
      outputBy: 'max_tokens',
      cost: usd('0.001202'),
      seconds: null,
    })
    expect(all[1]!.cost).toBeNull()
    expect(wholeCost(all)).toBeNull()
    expect(wholeCost(all.slice(0, 1))).toBe(usd('0.001202'))
  })

  test('goes by the answers of the past where there are any', async () => {
    const past = () => ({ calls: 9, outputTokens: 30, latencyMs: 4_000 })
    const { all } = await estimated('', { past })
    expect(all[0]).toMatchObject({ outputTokens: 60, outputBy: 'earlier answers', seconds: 4 })
  })

  test('leaves out what is answered already', async () => {
    const { plan } = await estimated('')
    const answers = storeOf(
      new Map(plan.jobs.filter(({ model }) => model === 'a').map(({ key }) => [key, anAnswer()])),
    )
    const { all } = await estimated('', { answers })
    expect(all[0]).toMatchObject({ calls: 0, kept: 2, inputTokens: 0, cost: 0n, seconds: 0 })
    expect(all[1]).toMatchObject({ calls: 2, kept: 0 })
  })
})

test('what a judge said once is not paid for again', async () => {
  let asked = 0
  const answers = storeOf()
  const caller = keptCaller(async () => {
    asked += 1
    return anAnswer({ text: `said ${asked}`, cost: usd('0.5') })
  }, answers)
  const question = {
    model: 'judge',
    messages: [{ role: 'user', content: 'Is it?' }],
    params: {},
    feature: 'judge',
  }
  const { signal } = new AbortController()
  expect(await caller(question, signal)).toMatchObject({ text: 'said 1', cost: usd('0.5') })
  expect(await caller(question, signal)).toMatchObject({ text: 'said 1', cost: 0n })
  expect(await caller({ ...question, params: { seed: 2 } }, signal)).toMatchObject({
    text: 'said 2',
  })
  expect(await caller({ ...question, feature: 'eval' }, signal)).toMatchObject({ text: 'said 3' })
})
