import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { startSimulator, type Simulator } from '../server.ts'

let simulator: Simulator
let client: Anthropic

beforeAll(() => {
  simulator = startSimulator({ seed: 7, speed: 0 })
  const baseURL = simulator.url.replace(/\/v1$/, '')
  client = new Anthropic({ baseURL, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => simulator.stop())

const user = (content: string) => [{ role: 'user' as const, content }]

async function post(body: object, path = '/messages', version = '2023-06-01') {
  const response = await fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: version === '' ? {} : { 'anthropic-version': version },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { content: { text: string }[] }
  return { status: response.status, body: answer }
}

/** Name and data of every event. */
async function events(body: object): Promise<[string, Record<string, never>][]> {
  const response = await fetch(`${simulator.url}/messages`, {
    method: 'POST',
    headers: { 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ stream: true, ...body }),
  })
  const parts = (await response.text()).split('\n\n').filter((part) => part !== '')
  return parts.map((part) => {
    const [, name = '', data = ''] = /^event: (\S+)\ndata: (.*)$/s.exec(part) ?? []
    return [name, JSON.parse(data) as never]
  })
}

describe('an answer in one piece', () => {
  test('has the fields of the vendor in their order', async () => {
    const { body } = await post({ model: 'echo', max_tokens: 100, messages: user('Hello there') })
    expect(Object.keys(body)).toEqual([
      'model',
      'id',
      'type',
      'role',
      'content',
      'stop_reason',
      'stop_sequence',
      'stop_details',
      'usage',
    ])
    expect(body).toMatchObject({
      content: [{ type: 'text', text: 'Hello there' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 8,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 2,
      },
    })
  })

  test('count_tokens counts what the message then costs', async () => {
    const ask = { model: 'small', system: 'Be brief.', messages: user('What is 2 + 2?') }
    const { input_tokens } = await client.messages.countTokens(ask)
    const { usage } = await client.messages.create({ ...ask, max_tokens: 50 })
    expect(input_tokens).toBe(usage.input_tokens)
  })

  test('limits, stop sequences and refusals have their own reasons', async () => {
    const cut = await post({ model: 'echo', max_tokens: 1, messages: user('one two') })
    expect(cut.body).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'one' }] })
    const stopped = await post({
      model: 'echo',
      max_tokens: 9,
      stop_sequences: [' two'],
      messages: user('one two'),
    })
    expect(stopped.body).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' two' })
    const refused = await post({ model: 'small', max_tokens: 99, messages: user('refuse this') })
    expect(refused.body).toMatchObject({
      stop_reason: 'refusal',
      content: [],
      stop_details: { type: 'refusal' },
    })
  })

  test('a document fits the schema of output_config', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    const { body } = await post({
      model: 'large',
      max_tokens: 99,
      messages: user('Make a person called Ada'),
      output_config: { format: { type: 'json_schema', schema } },
    })
    expect(JSON.parse(body.content[0]!.text)).toMatchObject({ name: expect.any(String) })
  })

  test('a marked prefix is written, then read, and is no part of the input', async () => {
    const ask = {
      model: 'small',
      max_tokens: 9,
      system: [
        {
          type: 'text' as const,
          text: 'A rule of the house. '.repeat(400),
          cache_control: { type: 'ephemeral' as const },
        },
      ],
      messages: user('Hi'),
    }
    const first = (await client.messages.create(ask)).usage
    const second = (await client.messages.create(ask)).usage
    expect(first.cache_creation_input_tokens).toBeGreaterThan(1024)
    expect(first.cache_creation?.ephemeral_5m_input_tokens).toBe(first.cache_creation_input_tokens!)
    expect(second.cache_read_input_tokens).toBe(first.cache_creation_input_tokens)
    expect(second.input_tokens).toBe(first.input_tokens)
  })
})

describe('a stream', () => {
  test('has the events of the vendor in their order', async () => {
    const said = await events({ model: 'echo', max_tokens: 50, messages: user('Hello there') })
    expect(said.map(([name]) => name)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(said.every(([name, data]) => data.type === name)).toBe(true)
    expect(said[0]?.[1]).toMatchObject({
      message: { content: [], stop_reason: null, usage: { input_tokens: 8, output_tokens: 1 } },
    })
    expect(said.at(-2)?.[1]).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 8, output_tokens: 2 },
    })
  })

  test('the official client puts thoughts, texts and calls together again', async () => {
    const thinking = client.messages.stream({
      model: 'reasoner',
      max_tokens: 4000,
      messages: user('What is 2 + 2?'),
    })
    const thought = await thinking.finalMessage()
    expect(thought.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    expect(thought.content[0]).toMatchObject({ signature: expect.stringMatching(/^Es.{186}==$/) })

    const calling = client.messages.stream({
      model: 'small',
      max_tokens: 400,
      messages: user('Weather in Paris and Oslo?'),
      tools: [
        {
          name: 'get_weather',
          input_schema: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
          },
        },
      ],
    })
    const called = await calling.finalMessage()
    expect(called.stop_reason).toBe('tool_use')
    expect(called.content.map((block) => (block.type === 'tool_use' ? block.input : null))).toEqual(
      [{ city: 'Paris' }, { city: 'Oslo' }],
    )
  })
})

describe('the next turn', () => {
  const tool = {
    name: 'get_weather',
    description: 'Weather',
    input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
  }

  test('takes the thought back as it was said, with the same key, and in no other way', async () => {
    const first = await client.messages.create({
      model: 'reasoner',
      max_tokens: 4000,
      tools: [tool],
      messages: user('What is the weather in Oslo?'),
    })
    const [thought, call] = first.content
    if (thought?.type !== 'thinking' || call?.type !== 'tool_use') throw new Error('no call')
    const next = (thinking: string, apiKey: string) =>
      client.withOptions({ apiKey }).messages.create({
        model: 'reasoner',
        max_tokens: 4000,
        tools: [tool],
        messages: [
          ...user('What is the weather in Oslo?'),
          { role: 'assistant', content: [{ ...thought, thinking }, call] },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: call.id, content: '4 °C' }],
          },
        ],
      })
    const answer = await next(thought.thinking, 'sk-test')
    expect(answer.content.at(-1)).toMatchObject({
      text: 'Here is what the tools found. get_weather: 4 °C',
    })
    for (const [said, key] of [
      [`${thought.thinking}!`, 'sk-test'],
      [thought.thinking, 'sk-other'],
    ] as const) {
      const error: unknown = await next(said, key).catch((error: unknown) => error)
      expect(String(error)).toContain('Invalid `signature` in `thinking` block')
    }
  })
})

describe('a request that the vendor refuses', () => {
  const ask = { model: 'echo', max_tokens: 10, messages: user('Hi') }
  const call = { type: 'tool_use', id: 't1', name: 'f', input: {} }
  const mark = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }

  test.each<[string, object, number, string]>([
    ['no limit', { ...ask, max_tokens: undefined }, 400, 'max_tokens: Field required'],
    ['no messages', { ...ask, messages: [] }, 400, 'messages: at least one message is required'],
    ['an unknown field', { ...ask, foo: 1 }, 400, 'foo: Extra inputs are not permitted'],
    ['other metadata', { ...ask, metadata: { team: 1 } }, 400, 'metadata.team: Extra inputs'],
    ['an unknown model', { ...ask, model: 'claude-9' }, 404, 'model: claude-9'],
    [
      'a wrong role',
      { ...ask, messages: [{ role: 'tool', content: 'x' }] },
      400,
      'messages.0.role',
    ],
    ['a temperature of 2', { ...ask, temperature: 2 }, 400, 'temperature: range: 0..1'],
    [
      'a call without its result',
      {
        ...ask,
        messages: [...ask.messages, { role: 'assistant', content: [call] }, ...user('so?')],
      },
      400,
      'messages.1: `tool_use` ids were found without `tool_result` blocks',
    ],
    [
      'a result without its call',
      {
        ...ask,
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1' }] }],
      },
      400,
      'unexpected `tool_use_id`',
    ],
    [
      'two calls by one id',
      {
        ...ask,
        messages: [
          ...ask.messages,
          { role: 'assistant', content: [call] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'x' }] },
          { role: 'assistant', content: [call] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'y' }] },
        ],
      },
      400,
      'messages.3.content.0: `tool_use` ids must be unique',
    ],
    [
      'a call by an id of another vendor',
      {
        ...ask,
        messages: [{ role: 'assistant', content: [{ ...call, id: 'functions.f:0' }] }],
      },
      400,
      "messages.0.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
    ],
    [
      'a turn that says nothing, but for the last',
      {
        ...ask,
        messages: [...user('a'), { role: 'assistant', content: '' }, ...user('b')],
      },
      400,
      'messages.1: all messages must have non-empty content',
    ],
    [
      'a small thinking budget',
      { ...ask, thinking: { type: 'enabled', budget_tokens: 10 } },
      400,
      'thinking.enabled.budget_tokens',
    ],
    [
      'five marks',
      { ...ask, messages: [{ role: 'user', content: [mark, mark, mark, mark, mark] }] },
      400,
      'A maximum of 4 blocks',
    ],
    [
      'more than the model can read',
      { ...ask, model: 'small', messages: user('word '.repeat(40_000)) },
      400,
      'prompt is too long: 40',
    ],
  ])('%s', async (_, body, status, message) => {
    const refused = await post(body)
    expect(refused).toMatchObject({
      status,
      body: {
        type: 'error',
        error: { message: expect.stringContaining(message) },
        request_id: expect.stringMatching(/^req_/),
      },
    })
  })

  test('a request without its version header', async () => {
    const refused = await post(ask, '/messages', '')
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { message: 'anthropic-version: header is required' } },
    })
  })

  test('reaches the official client as an error of its class', async () => {
    const asked = client.messages.create({ ...ask, model: 'claude-9' })
    const error = await asked.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 404 })
  })
})

describe('the list of models', () => {
  test('comes in the shape of whoever asks', async () => {
    const theirs = await client.models.list()
    expect(theirs.data[0]).toMatchObject({ type: 'model', id: 'echo', display_name: 'Echo' })
    const plain = await fetch(`${simulator.url}/models`)
    expect(await plain.json()).toMatchObject({
      object: 'list',
      data: expect.arrayContaining(
        ['echo', 'embed', 'scribe'].map((id) => expect.objectContaining({ id })),
      ),
    })
    expect((await fetch(`${simulator.url}/models/small`)).status).toBe(200)
    expect((await fetch(`${simulator.url}/models/nobody`)).status).toBe(404)
  })
})
