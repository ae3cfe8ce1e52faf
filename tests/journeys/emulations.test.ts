import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** What a provider lacks and the gateway does in its stead: every exchange is on the ledger. */
const key = 'web-secret-0123456789'

interface Sent {
  readonly model: string
  readonly stream?: boolean
  readonly n?: number
  readonly stop?: unknown
  readonly tool_choice?: unknown
  readonly response_format?: { readonly type: string }
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

/** A vendor that says what it is told to, in order; then the last of it again. */
let says: (string | { readonly call: string })[] = []
const sent: Sent[] = []
const vendor = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async (request) => {
    const asked = (await request.json()) as Sent
    sent.push(asked)
    const said = says.length > 1 ? says.shift()! : says[0]!
    const message =
      typeof said === 'string'
        ? { role: 'assistant', content: said }
        : {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: 'call_1234567890abcdef',
                type: 'function',
                function: { name: said.call, arguments: '{}' },
              },
            ],
          }
    return Response.json({
      id: 'a',
      object: 'chat.completion',
      created: 1,
      model: asked.model,
      choices: [
        { index: 0, message, finish_reason: typeof said === 'string' ? 'stop' : 'tool_calls' },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    })
  },
})

let town: Town
beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  deepseek: { base_url: "${vendor.url.origin}", api_key: deepseek-key-0123456789 }
  zhipu: { base_url: "${vendor.url.origin}", api_key: zhipu-key-0123456789 }
  openai: { base_url: "${vendor.url.origin}", api_key: openai-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
tasks:
  strict: { models: [birch/echo, openai/gpt-4o-mini], strict: true }
  loose: { models: [birch/echo, openai/gpt-4o-mini] }
  places: { models: [deepseek/deepseek-v4-flash, openai/gpt-4o-mini] }
  cheap_first: { policy: cascade, models: [deepseek/deepseek-v4-flash, openai/gpt-4o], cache: { ttl: 1h } }
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { birch: { key: 'birch-key-0123456789' } },
  })
})
afterAll(async () => {
  await town.close()
  await vendor.stop(true)
})

interface Completion {
  readonly choices: readonly {
    readonly index: number
    readonly message: { readonly content: string | null; readonly tool_calls?: readonly object[] }
    readonly finish_reason: string
  }[]
  readonly usage: { readonly completion_tokens: number }
  readonly error?: { readonly message: string; readonly code: string }
}

async function chat(model: string, more: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Where?' }], ...more }),
  })
  const text = await response.text()
  return {
    status: response.status,
    adapted: response.headers.get('x-freehold-adapted') ?? '',
    by: response.headers.get('x-freehold-model'),
    cost: response.headers.get('x-freehold-cost-usd'),
    call: await town.call(response.headers.get('x-request-id')!),
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Completion,
  }
}

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const format = { response_format: { type: 'json_schema', json_schema: { name: 'place', schema } } }

describe('a JSON Schema at a provider that has none', () => {
  test('is told in words, and kept', async () => {
    says = ['```json\n{"city":"Oslo"}\n```']
    const { adapted, body, call } = await chat('deepseek/deepseek-v4-flash', format)
    expect(adapted.split(', ')).toContain('response_format~prompt')
    expect(body.choices[0]!.message.content).toBe('{"city":"Oslo"}')
    expect(sent.at(-1)!.response_format).toEqual({ type: 'json_object' })
    expect(sent.at(-1)!.messages[0]!.content).toContain('JSON Schema')
    expect(call.attempts).toHaveLength(1)
  })

  test('is asked for once more when the answer does not fit; both are on the ledger', async () => {
    says = ['{"city":7}', '{"city":"Oslo"}']
    const { body, call, cost } = await chat('deepseek/deepseek-v4-flash', format)
    expect(body.choices[0]!.message.content).toBe('{"city":"Oslo"}')
    expect(call.attempts.map(({ role, end_state }) => [role, end_state])).toEqual([
      ['served', 'complete'],
      ['retry', 'complete'],
    ])
    const costs = call.attempts.map(({ cost_usd }) => Number(cost_usd))
    expect(Number(cost)).toBeCloseTo(costs[0]! + costs[1]!, 12)
    expect(costs[0]).toBeGreaterThan(0)
    expect(sent.at(-1)!.messages.at(-1)!.content).toContain('city has to be string, not 7')
  })

  test('that is missed twice is asked of the next model of the task, else it is an error', async () => {
    says = ['Oslo.', 'Oslo!', '{"city":"Oslo"}']
    const other = await chat('places', format)
    expect([other.status, other.by]).toEqual([200, 'openai/gpt-4o-mini'])
    says = ['Oslo.']
    const { status, body } = await chat('deepseek/deepseek-v4-flash', format)
    expect([status, body.error!.code]).toEqual([502, 'answer_unfit'])
    expect(body.error!.message).toContain('it is no JSON')
  })

  test('is kept under a cascade too, which counts what it saved and remembers the answer', async () => {
    interface Route {
      readonly task: string
      readonly saved: {
        readonly calls: number
        readonly escalated: number
        readonly net_usd: string
      }
    }
    const saved = async () =>
      (await town.api<{ routes: readonly Route[] }>('/api/routes')).routes.find(
        ({ task }) => task === 'cheap_first',
      )!.saved
    says = ['{"city":"Oslo"}']
    const first = await chat('cheap_first', format)
    expect([first.by, first.call.attempts.length]).toEqual(['deepseek/deepseek-v4-flash', 1])
    expect(await saved()).toMatchObject({ calls: 1, escalated: 0 })
    expect(Number((await saved()).net_usd)).toBeGreaterThan(0)
    const again = await chat('cheap_first', format)
    expect(again.call.attempts).toMatchObject([{ role: 'cache_hit' }])
    // One that is missed twice is the strong model's to answer.
    says = ['Oslo.', 'Oslo!', '{"city":"Bergen"}']
    const other = await chat('cheap_first', { ...format, temperature: 0.5 })
    expect([other.by, other.call.attempts.length]).toEqual(['openai/gpt-4o', 3])
    expect(await saved()).toMatchObject({ calls: 2, escalated: 1 })
  })

  test('is kept in streams, which then come in one piece', async () => {
    says = ['{"city":7}', '{"city":"Oslo"}']
    const { adapted, text, call } = await chat('deepseek/deepseek-v4-flash', {
      ...format,
      stream: true,
    })
    expect(adapted.split(', ')).toContain('stream~whole')
    expect(text).toContain('{\\"city\\":\\"Oslo\\"}')
    expect(text).not.toContain('7}')
    expect(text).toEndWith('data: [DONE]\n\n')
    expect(sent.at(-1)!.stream).toBeUndefined()
    expect(call.attempts).toHaveLength(2)
  })
})

describe('several answers from a provider that gives one', () => {
  test('are several calls, and one answer', async () => {
    const { adapted, body, call } = await chat('birch/echo', { n: 3 })
    expect(adapted.split(', ')).toContain('n~calls')
    expect(body.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Where?'],
      [1, 'Where?'],
      [2, 'Where?'],
    ])
    expect(call.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    const outputs = call.attempts.map(({ tokens }) => tokens!['output']!)
    expect(body.usage.completion_tokens).toBe(outputs[0]! + outputs[1]! + outputs[2]!)
  })

  test('come as one stream', async () => {
    const { text } = await chat('birch/echo', { n: 2, stream: true })
    expect(text).toContain('"index":1')
    expect(text.match(/"finish_reason":"stop"/g)).toHaveLength(2)
  })
})

test('a tool that has to be called is asked for in words, and again when none is', async () => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]
  says = ['I would rather not.', { call: 'look' }]
  const more = { tools, tool_choice: 'required' }
  const { adapted, body, call } = await chat('zhipu/glm-4-plus', more)
  expect(adapted.split(', ')).toContain('tool_choice~prompt')
  expect(body.choices[0]!.message.tool_calls).toHaveLength(1)
  expect(body.choices[0]!.finish_reason).toBe('tool_calls')
  expect(sent.at(-1)!.tool_choice).toBeUndefined()
  expect(call.attempts).toHaveLength(2)
})

test('an answer is cut at stop sequences that a model does not take', async () => {
  says = ['one END two']
  const { body, adapted } = await chat('openai/o4-mini', { stop: ['END'] })
  expect(adapted.split(', ')).toContain('stop~gateway')
  expect(body.choices[0]!.message.content).toBe('one ')
  expect(sent.at(-1)!.stop).toBeUndefined()
})

describe('a strict call', () => {
  test('goes to the model that takes all of it', async () => {
    says = ['Here.']
    const { by } = await chat('strict', { seed: 7 })
    expect(by).toBe('openai/gpt-4o-mini')
    expect((await chat('loose', { seed: 7 })).by).toBe('birch/echo')
    expect((await chat('loose', { seed: 7 }, { 'x-freehold-strict': '1' })).by).toBe(
      'openai/gpt-4o-mini',
    )
    expect((await chat('strict', {})).by).toBe('birch/echo')
  })

  test('is refused before anything is sent when there is none', async () => {
    const before = town.vendors['birch']!.history().length
    const more = { seed: 7, logit_bias: { '1': 1 } }
    const { status, body, call } = await chat('birch/echo', more, { 'x-freehold-strict': '1' })
    expect([status, body.error!.code]).toEqual([400, 'parameters_dropped'])
    expect(body.error!.message).toContain('birch/echo has no way to take seed, logit_bias')
    expect(town.vendors['birch']!.history()).toHaveLength(before)
    expect(call.attempts.map(({ role }) => role)).toEqual(['refused'])
  })
})
