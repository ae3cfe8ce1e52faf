import { describe, expect, test } from 'bun:test'
import { type Answered, CallFailed, type Question } from '../../core/caller.ts'
import type { Clock, Instant } from '../../core/clock.ts'
import { type AnswerStore, planOf } from './plan.ts'
import { type Result, type RunParts, runJobs } from './run.ts'
import { anAnswer, suiteOf, toolsOf } from './scene.suite.ts'

/** Time that passes only when somebody sleeps. */
function aClock() {
  let us = 0
  const slept: number[] = []
  const clock: Clock = {
    now: () => us as Instant,
    elapsedUs: () => us,
    sleep: async (ms) => {
      slept.push(ms)
      us += ms * 1_000
    },
  }
  return { clock, ms: () => us / 1_000 }
}

const text = `prompt: 'n {{n}}'
cases: [{ n: 1, expected: ok }, { n: 2, expected: ok }, { n: 3, expected: ok }]
graders: [exact]`
const options = {
  models: ['a', 'b'],
  repeats: 1,
  limit: null,
  seed: 1,
  version: (model: string) => model,
}

async function scene(
  ask: (question: Question) => Answered | CallFailed,
  parts: Partial<RunParts> = {},
) {
  const plan = planOf(await suiteOf(text), options)
  const asked: string[] = []
  const kept = new Map<string, Answered>()
  const answers: AnswerStore = {
    get: (key) => kept.get(key),
    put: (key, answer) => void kept.set(key, answer),
  }
  const { clock, ms } = aClock()
  const run = (): Promise<readonly Result[]> =>
    runJobs(plan.jobs, {
      ask: async (question) => {
        asked.push(`${question.model} ${String(question.messages[0]!.content)}`)
        const answer = ask(question)
        if (answer instanceof CallFailed) throw answer
        return answer
      },
      tools: toolsOf(),
      answers,
      clock,
      concurrency: 2,
      signal: new AbortController().signal,
      onResult: () => {},
      ...parts,
    })
  return { plan, asked, kept, ms, run }
}

const busy = new CallFailed('Too many.', 429, 'provider_rate_limited', 3_000)

describe('a run', () => {
  test('asks every case of every model once, side by side, as eval on the ledger', async () => {
    const features = new Set<string>()
    const { run, asked } = await scene(({ feature }) => {
      features.add(feature)
      return anAnswer({ text: 'ok' })
    })
    const results = await run()
    expect(asked.toSorted()).toEqual(['a n 1', 'a n 2', 'a n 3', 'b n 1', 'b n 2', 'b n 3'])
    expect(asked.slice(0, 2).map((each) => each.slice(2))).toEqual([
      asked[0]!.slice(2),
      asked[0]!.slice(2),
    ])
    expect(results.map(({ grade }) => grade?.score)).toEqual([1, 1, 1, 1, 1, 1])
    expect([...features]).toEqual(['eval'])
  })

  test('asks nothing again that was answered', async () => {
    const { run, asked } = await scene(() => anAnswer({ text: 'ok' }))
    await run()
    const again = await run()
    expect(asked.length).toBe(6)
    expect(again.every(({ kept }) => kept)).toBe(true)
  })

  test('leaves a model that is full alone for as long as it says, and asks it again', async () => {
    let refused = 0
    const { run, ms } = await scene(({ model }) => {
      if (model === 'a' && refused < 2) {
        refused += 1
        return busy
      }
      return anAnswer({ text: 'ok' })
    })
    const results = await run()
    expect(results.every(({ answer }) => answer !== null)).toBe(true)
    expect(ms()).toBeGreaterThanOrEqual(3_000)
  })

  test('gives a case up after six tries, and errors that stay at once', async () => {
    const broken = new CallFailed('No such model.', 404, 'model_not_found', null)
    const { run, asked } = await scene(({ model }) => (model === 'a' ? busy : broken))
    const results = await run()
    const failures = new Set(results.map(({ failure }) => failure))
    expect(failures).toEqual(
      new Set(['provider_rate_limited: Too many.', 'model_not_found: No such model.']),
    )
    expect(asked.filter((each) => each.startsWith('a')).length).toBe(18)
    expect(asked.filter((each) => each.startsWith('b')).length).toBe(3)
  })

  test('a spent budget is not waited for', async () => {
    const spent = new CallFailed('Spent.', 429, 'budget_spent', null)
    const { run, asked } = await scene(() => spent)
    await run()
    expect(asked.length).toBe(6)
  })

  test('ends at once when the key is refused', async () => {
    const { run, asked } = await scene(
      () => new CallFailed('Unknown key.', 401, 'key_unknown', null),
    )
    await expect(run()).rejects.toThrow('Unknown key.')
    expect(asked.length).toBeLessThanOrEqual(2)
  })

  test('ends when the gateway is gone, after it was waited for', async () => {
    const gone = new CallFailed('The gateway does not answer.', null, null, null)
    const { run, asked, ms } = await scene(() => gone)
    await expect(run()).rejects.toThrow('The gateway does not answer.')
    expect(ms()).toBeGreaterThan(10_000)
    expect(asked.length).toBeLessThanOrEqual(12)
  })

  test('that is stopped keeps what was answered, and goes on there', async () => {
    const controller = new AbortController()
    const { run, asked, kept } = await scene(() => anAnswer({ text: 'ok' }), {
      signal: controller.signal,
      concurrency: 1,
      onResult: () => {
        if (asked.length === 3) controller.abort(new Error('stopped'))
      },
    })
    await expect(run()).rejects.toThrow('stopped')
    await Bun.sleep(0)
    expect([asked.length, kept.size]).toEqual([3, 3])
  })
})

describe('a plan', () => {
  test('draws the same cases in the same order by the same seed', async () => {
    const suite = await suiteOf(text)
    const order = (seed: number, limit: number | null) =>
      planOf(suite, { ...options, seed, limit }).cases.map(({ id }) => id)
    expect(order(4, null)).toEqual(order(4, null))
    expect(order(4, 2)).toEqual(order(4, null).slice(0, 2))
    const orders = new Set(Array.from({ length: 30 }, (_, seed) => order(seed, null).join('')))
    expect(orders.size).toBeGreaterThan(3)
  })

  test('counts a question that is asked twice as one piece of evidence', async () => {
    const twice = text.replace('{ n: 3, expected: ok }', '{ n: 1, expected: ok }')
    const { cases } = planOf(await suiteOf(twice), options)
    expect(cases.length).toBe(3)
    expect(new Set(cases.map(({ cluster }) => cluster)).size).toBe(2)
  })

  test('knows a question again by all that decides the answer', async () => {
    const keyOf = async (yaml: string, more: object = {}) =>
      planOf(await suiteOf(yaml), { ...options, models: ['a'], ...more })
        .jobs.map(({ key }) => key)
        .toSorted()
    const base = await keyOf(text)
    expect(await keyOf(text)).toEqual(base)
    expect(await keyOf(text.replace('[exact]', '[numeric]'))).toEqual(base)
    const others = [
      await keyOf(text.replace("'n {{n}}'", "'m {{n}}'")),
      await keyOf(`${text}\nparams: { temperature: 0 }`),
      await keyOf(`${text}\nsystem: be brief`),
      await keyOf(text, { models: ['b'] }),
      await keyOf(text, { version: (model: string) => `${model} bound anew` }),
    ]
    for (const keys of others) expect(keys.some((key) => base.includes(key))).toBe(false)
  })
})
