import { describe, expect, test } from 'bun:test'
import { faultsOf, suiteOf } from '../scene.suite.ts'
import { type AskApi, loggedCalls } from './from-calls.ts'

interface Logged {
  readonly id: string
  readonly feature?: string | null
  readonly dialect?: string
  readonly request?: unknown
  readonly answer?: unknown
  readonly session?: string | null
  readonly feedback?: readonly { readonly correction?: unknown }[]
}

/** A gateway's /api with these calls, in pages of two. */
function apiOf(calls: readonly Logged[]) {
  const asked: URLSearchParams[] = []
  const ask: AskApi = async <Answer>(path: string) => {
    const attempt = ({ feature = null, dialect = 'openai-chat', session = null }: Logged) => ({
      attempt: 1,
      operation: 'chat',
      feature,
      dialect,
      session,
      end_state: 'complete',
    })
    const one = /^\/api\/calls\/(.+)$/.exec(path)?.[1]
    if (one !== undefined) {
      const call = calls.find(({ id }) => id === one)!
      return {
        id: one,
        attempts: [attempt(call)],
        request: call.request ?? null,
        answers: { 1: call.answer },
        feedback: call.feedback ?? [],
        payload_note: call.request === undefined ? 'not kept' : null,
      } as Answer
    }
    const query = new URLSearchParams(path.split('?')[1])
    asked.push(query)
    const from = calls.findIndex(({ id }) => id === query.get('before')) + 1
    const page = calls.slice(from, from + 2)
    return {
      calls: page.map((call) => ({ id: call.id, ok: true, attempts: [attempt(call)] })),
      next: from + 2 < calls.length ? page.at(-1)!.id : null,
    } as Answer
  }
  return { ask, asked }
}

const chat = (content: string) => ({
  model: 'hello',
  stream: true,
  temperature: 0,
  user: 'anna',
  messages: [{ role: 'user', content }],
})
const said = (content: string) => ({ choices: [{ message: { role: 'assistant', content } }] })
const suite = 'from_calls: { task: hello, since: 7d, sample: 10 }\ngraders: [exact]\n'

describe('cases from logged calls', () => {
  test('are what was asked, with what was answered as expected', async () => {
    const { ask, asked } = apiOf([
      { id: 'c1', request: chat('one'), answer: said('1'), session: 's' },
      { id: 'c2', request: chat('two'), answer: said('2') },
      {
        id: 'c3',
        dialect: 'anthropic-messages',
        request: {
          max_tokens: 9,
          system: 'Be brief.',
          messages: [{ role: 'user', content: [{ type: 'text', text: 'three' }] }],
        },
        answer: { content: [{ type: 'text', text: '3' }] },
      },
      { id: 'e1', feature: 'eval', request: chat('graded'), answer: said('x') },
      { id: 'r1', dialect: 'openai-responses', request: { input: 'four' }, answer: {} },
      { id: 'n1' },
    ])
    const { cases, notes } = await suiteOf(suite, { logged: loggedCalls(ask) })
    const seen = cases
      .map(({ id, cluster, messages, params, expected }) => ({
        id,
        cluster,
        messages,
        params,
        expected,
      }))
      .toSorted((one, other) => one.id.localeCompare(other.id))
    expect(seen).toEqual([
      {
        id: 'c1',
        cluster: 's',
        messages: [{ role: 'user', content: 'one' }],
        params: { temperature: 0 },
        expected: '1',
      },
      {
        id: 'c2',
        cluster: 'case c2',
        messages: [{ role: 'user', content: 'two' }],
        params: { temperature: 0 },
        expected: '2',
      },
      {
        id: 'c3',
        cluster: 'case c3',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'three' },
        ],
        params: { max_tokens: 9 },
        expected: '3',
      },
    ])
    expect(Object.fromEntries(asked[0]!)).toEqual({
      limit: '1000',
      status: 'ok',
      task: 'hello',
      since: '7d',
    })
    expect(notes.map(({ sentence }) => sentence).toSorted()).toEqual([
      '1 logged call was left out: calls of openai-responses cannot be asked again here yet.',
      '1 logged call was left out: what was asked was not kept (not kept).',
      'A sample of 10 was asked for, and 3 calls could be had.',
    ])
  })

  test('expect what was corrected by hand, where somebody did', async () => {
    const feedback = [{ correction: 'first' }, { correction: 'last' }, { correction: null }, {}]
    const { ask } = apiOf([{ id: 'c1', request: chat('one'), answer: said('1'), feedback }])
    const { cases } = await suiteOf(suite, { logged: loggedCalls(ask) })
    expect(cases[0]!.expected).toBe('last')
  })

  test('are drawn by a seed', async () => {
    const calls = Array.from({ length: 40 }, (_, index) => ({
      id: `c${index}`,
      request: chat(`q${index}`),
      answer: said('x'),
    }))
    const drawn = async (seed: number) => {
      const text = suite.replace('sample: 10', `sample: 5, seed: ${seed}`)
      const { cases } = await suiteOf(text, { logged: loggedCalls(apiOf(calls).ask) })
      return cases.map(({ id }) => id).join()
    }
    expect(await drawn(1)).toBe(await drawn(1))
    expect(await drawn(1)).not.toBe(await drawn(2))
    expect((await drawn(1)).split(',').length).toBe(5)
  })

  test('say so when nothing fits, or nothing was kept', async () => {
    expect(await faultsOf(suite, { logged: loggedCalls(apiOf([]).ask) })).toEqual([
      'suite.yaml:1:13: No call on the ledger fits this filter. Look with: freehold logs',
    ])
    const [sentence] = await faultsOf(suite, { logged: loggedCalls(apiOf([{ id: 'a' }]).ask) })
    expect(sentence).toContain('payloads: full or payloads: redacted')
  })
})
