import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Simulator, startSimulator } from '../server.ts'

let simulator: Simulator

beforeAll(() => {
  simulator = startSimulator({ speed: 0, seed: 3 })
})
afterAll(() => simulator.stop())

function ask(path: string, body: object): Promise<Response> {
  return fetch(simulator.url.replace(/v1$/, path), { method: 'POST', body: JSON.stringify(body) })
}

const messages = [{ role: 'user', content: 'Use look for both Oslo and Rome' }]
const tools = [
  {
    type: 'function',
    function: {
      name: 'look',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  },
]

interface Answer {
  readonly message: Readonly<Record<string, unknown>> & {
    readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[]
  }
  readonly finish_reason: string
  readonly usage: Readonly<Record<string, Readonly<Record<string, number>>>>
}

interface Event {
  readonly type: string
  readonly delta?: {
    readonly message?: {
      readonly content?: { readonly text?: string }
      readonly tool_calls?: { readonly function?: { readonly arguments: string } }
    }
    readonly usage?: Answer['usage']
  }
}

async function eventsOf(response: Response): Promise<Event[]> {
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'))
  return lines.map((line) => JSON.parse(line.slice(6)) as Event)
}

describe('a chat', () => {
  test('is billed less than it read', async () => {
    const answer = (await (await ask('v2/chat', { model: 'echo', messages })).json()) as Answer
    expect(answer.message['content']).toEqual([{ type: 'text', text: messages[0]!.content }])
    expect(answer.finish_reason).toBe('COMPLETE')
    const { billed_units: billed, tokens } = answer.usage
    expect(tokens!['input_tokens']).toBeGreaterThan(billed!['input_tokens']!)
  })

  test('plans before it calls its tools, whole and streamed alike', async () => {
    const body = { model: 'large', messages, tools }
    const answer = (await (await ask('v2/chat', body)).json()) as Answer
    expect(answer.finish_reason).toBe('TOOL_CALL')
    expect(answer.message['tool_plan']).toBe('I will use look and look.')
    const events = await eventsOf(await ask('v2/chat', { ...body, stream: true }))
    const streamed = events
      .map(({ delta }) => delta?.message?.tool_calls?.function?.arguments ?? '')
      .join('')
    expect(streamed).toBe(
      answer.message.tool_calls!.map((call) => call.function.arguments).join(''),
    )
    expect(events.map(({ type }) => type)).toContain('tool-plan-delta')
    expect(events.at(-1)!.delta!.usage).toEqual(answer.usage)
  })

  test('thinks in a content of its own', async () => {
    const body = { model: 'reasoner', messages: [{ role: 'user', content: 'What is 2 + 2?' }] }
    const answer = (await (await ask('v2/chat', body)).json()) as Answer
    const content = answer.message['content'] as { type: string }[]
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    expect(answer.usage['tokens']!['reasoning_tokens']).toBeGreaterThan(0)
  })

  test.each([
    [{ messages: [] }, 400],
    [{ messages, model: 'nobody' }, 404],
    [{ messages, p: 1 }, 400],
    [{ messages, top_p: 0.5 }, 422],
    [{ messages: [{ role: 'developer', content: 'x' }] }, 400],
  ])('%j is refused in a sentence', async (body, status) => {
    const response = await ask('v2/chat', { model: 'echo', ...body })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ message: expect.any(String) })
  })

  test('breaks off in its last event', async () => {
    const response = await ask('v2/chat', {
      model: 'fault/error-event-mid-stream',
      messages,
      stream: true,
    })
    expect(await response.text()).toContain('"finish_reason":"ERROR"')
  })
})

describe('vectors and orders', () => {
  test('texts are embedded in each kind that is asked for, once it is said what for', async () => {
    const body = { model: 'embed', texts: ['a', 'b'], embedding_types: ['float', 'base64'] }
    expect((await ask('v2/embed', body)).status).toBe(400)
    const answer = (await (
      await ask('v2/embed', { ...body, input_type: 'search_query' })
    ).json()) as { embeddings: { float: number[][]; base64: string[] } }
    expect(answer.embeddings.float.length).toBe(2)
    const bytes = Buffer.from(answer.embeddings.base64[0]!, 'base64')
    expect(bytes.readFloatLE(0)).toBe(answer.embeddings.float[0]![0]!)
  })

  test('what is nearer to the query stands first, in both shapes', async () => {
    const body = { model: 'embed', query: 'red apples', documents: ['grey stones', 'red apple'] }
    for (const path of ['v1/rerank', 'v2/rerank']) {
      const answer = (await (await ask(path, body)).json()) as { results: { index: number }[] }
      expect(answer.results.map(({ index }) => index)).toEqual([1, 0])
    }
  })
})

test('a text is judged by its words', async () => {
  const body = { model: 'small', input: ['a kind word', 'you idiot'] }
  const answer = (await (await ask('v1/moderations', body)).json()) as {
    results: { flagged: boolean }[]
  }
  expect(answer.results.map(({ flagged }) => flagged)).toEqual([false, true])
})
