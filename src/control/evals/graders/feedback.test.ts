import { describe, expect, test } from 'bun:test'
import { usd } from '../../../core/money.ts'
import { answerWords, feedbackRow, type ScoredCall } from '../feedback-table.ts'
import { gradeAnswer } from '../grade.ts'
import { judgeLabelOf } from '../judge/from-feedback.ts'
import { withLogged } from '../kept-caller.ts'
import { planOf } from '../plan.ts'
import { type AskApi, loggedCalls } from '../reading/from-calls.ts'
import { anAnswer, suiteOf, toolsOf } from '../scene.suite.ts'

interface Given {
  readonly name: string
  readonly source: string
  readonly score: number | null
  readonly correction?: unknown
}

/** A gateway's /api with one answered call for each of these, and what was said of it. */
function apiOf(calls: Readonly<Record<string, readonly Given[]>>): AskApi {
  const attempt = {
    attempt: 1,
    operation: 'chat',
    feature: null,
    dialect: 'openai-chat',
    session: null,
    end_state: 'complete',
    tokens: { input: 7, output: 3, reasoning: 2 },
    timings_us: { total: 1_500_000 },
  }
  return async <Answer>(path: string) => {
    const one = /^\/api\/calls\/(.+)$/.exec(path)?.[1]
    if (one !== undefined)
      return {
        id: one,
        model: 'acme/small',
        cost_usd: '0.002',
        attempts: [attempt],
        request: { model: 'hello', messages: [{ role: 'user', content: `ask ${one}` }] },
        answers: { 1: { choices: [{ message: { content: `said ${one}` } }] } },
        feedback: calls[one] ?? [],
        payload_note: null,
      } as Answer
    if (path.startsWith('/api/feedback'))
      return {
        feedback: Object.entries(calls).flatMap(([id, given]) =>
          given.map(({ score, correction }) => ({
            call_id: id,
            score,
            correction: correction ?? null,
          })),
        ),
        next: null,
      } as Answer
    const ids = Object.keys(calls)
    return { calls: ids.map((id) => ({ id, ok: true, attempts: [attempt] })), next: null } as Answer
  }
}

const calls = {
  c1: [
    { name: 'quality', source: 'end_user', score: 1 },
    { name: 'quality', source: 'human', score: 0.5 },
    { name: 'tone', source: 'end_user', score: 0 },
  ],
  c2: [{ name: 'quality', source: 'human', score: 0, correction: 'better' }],
  c3: [],
} satisfies Record<string, readonly Given[]>

const read = (filter: string, grader = 'feedback') =>
  suiteOf(`from_calls: { task: hello${filter} }\ngraders: [${grader}]\n`, {
    logged: loggedCalls(apiOf(calls)),
  })

async function scores(answers: Readonly<Record<string, string>>, grader?: string) {
  const { cases } = await read('', grader)
  const graded = cases
    .filter(({ id }) => answers[id] !== undefined)
    .map(async (each) => {
      const grade = await gradeAnswer(each, anAnswer({ text: answers[each.id]! }), toolsOf())
      return [each.id, grade.score] as const
    })
  return Object.fromEntries(await Promise.all(graded))
}

describe('what people said of an answer', () => {
  test('is its score when it is given again, and says nothing of another answer', async () => {
    const found = await scores({ c1: ' said c1\n', c2: 'another', c3: 'said c3' })
    expect(found).toEqual({ c1: 0.75, c2: null, c3: null })
    expect(await scores({ c2: 'said c2' })).toEqual({ c2: 0 })
    expect(await scores({ c2: 'better' })).toEqual({ c2: 1 })
  })

  test('counts by name and source', async () => {
    const one = { c1: 'said c1' }
    expect(await scores(one, '{ type: feedback, of: tone }')).toEqual({ c1: 0 })
    expect(await scores(one, '{ type: feedback, sources: [human] }')).toEqual({ c1: 0.5 })
    expect(await scores(one, '{ type: feedback, of: speed }')).toEqual({ c1: null })
  })

  test('chooses the calls that become cases', async () => {
    const ids = async (filter: string) => (await read(filter)).cases.map(({ id }) => id).toSorted()
    expect(await ids('')).toEqual(['c1', 'c2', 'c3'])
    expect(await ids(', feedback: any')).toEqual(['c1', 'c2'])
    expect(await ids(', feedback: corrected')).toEqual(['c2'])
    const { cases } = await read(', feedback: corrected')
    expect(cases[0]!.expected).toBe('better')
  })

  test('is of the answer of then, which stands for a new one by the same model and no other', async () => {
    const suite = await read(', answers: logged')
    const models = ['acme/small', 'acme/large']
    const plan = planOf(suite, {
      models,
      repeats: 2,
      limit: null,
      seed: 1,
      version: (name) => name,
    })
    const answers = withLogged(plan, { get: () => undefined, put: () => {} })
    const kept = plan.jobs.filter(({ key }) => answers.get(key) !== undefined)
    expect(kept.map(({ model, repeat }) => [model, repeat])).toEqual(
      suite.cases.map(() => ['acme/small', 0]),
    )
    expect(answers.get(kept[0]!.key)).toMatchObject({
      cost: usd('0.002'),
      inputTokens: 7,
      outputTokens: 5,
      latencyMs: 1_500,
    })
    expect((await read('')).cases[0]!.logged).toBeUndefined()
  })
})

describe('feedback for whoever learns from it', () => {
  const call: ScoredCall = {
    cost_usd: '0.002',
    attempts: [
      {
        attempt: 2,
        end_state: 'complete',
        tokens: { input: 7, cache_read: 3, output: 4 },
        timings_us: { total: 2_500_000 },
      },
    ],
    request: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What?' },
      ],
    },
    answers: { 2: { choices: [{ message: { content: 'That.' } }] } },
  }
  const given = { call_id: 'c1', task: 'hello', model: 'acme/small', score: 0.5 }

  test('is a label and a row of a table, without the words of the system', () => {
    expect(judgeLabelOf(given, call)).toEqual({
      case: 'c1',
      question: 'What?',
      answer: 'That.',
      model: 'acme/small',
      label: 0.5,
    })
    expect(feedbackRow(given, call)).toEqual({
      id: 'c1',
      benchmark: 'hello',
      prompt: 'What?',
      results: {
        'acme/small': {
          score: 0.5,
          cost_usd: 0.002,
          prompt_tokens: 10,
          completion_tokens: 4,
          latency_ms: 2_500,
          response: 'That.',
        },
      },
    })
  })

  test('reads answers that were streamed, in both formats', () => {
    const events = (...some: readonly unknown[]): string =>
      [...some.map((event) => `data: ${JSON.stringify(event)}\n`), 'data: [DONE]\n'].join('\n')
    const chat = events(
      { choices: [{ delta: { content: 'Th' } }] },
      { choices: [{ delta: { content: 'at.' } }] },
      { choices: [] },
    )
    const messages = events({
      type: 'content_block_delta',
      delta: { type: 'text_delta', text: 'That.' },
    })
    expect(answerWords({ ...call, answers: { 2: chat } })).toBe('That.')
    expect(answerWords({ ...call, answers: { 2: messages } })).toBe('That.')
  })

  test('is nothing where words or costs are not known', () => {
    expect(feedbackRow(given, null)).toBeNull()
    expect(feedbackRow(given, { ...call, cost_usd: null })).toBeNull()
    expect(judgeLabelOf(given, { ...call, request: null })).toBeNull()
    expect(judgeLabelOf(given, { ...call, answers: {} })).toBeNull()
  })
})
