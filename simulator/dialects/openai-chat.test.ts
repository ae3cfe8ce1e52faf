import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI, { APIError } from 'openai'
import { startSimulator, type Simulator } from '../server.ts'

let simulator: Simulator
let client: OpenAI

beforeAll(() => {
  simulator = startSimulator({ seed: 7, speed: 0 })
  client = new OpenAI({ baseURL: simulator.url, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => simulator.stop())

const user = (content: string) => [{ role: 'user', content }] as const

/** What the tests look at in an answer or in one event of it. */
interface Wire {
  readonly id: string
  readonly usage: {
    readonly completion_tokens: number
    readonly completion_tokens_details: { readonly reasoning_tokens: number }
  } | null
  readonly choices: readonly {
    readonly index: number
    readonly message: { readonly content: string }
    readonly delta: { readonly content?: string | null; readonly reasoning_content?: string | null }
  }[]
}

/** The answer to a body as it stands. */
async function post(body: unknown, path = '/chat/completions') {
  const response = await fetch(`${simulator.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Wire }
}

/** The data of every event. */
async function events(body: object): Promise<Wire[]> {
  const response = await fetch(`${simulator.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ stream: true, ...body }),
  })
  const text = await response.text()
  const data = text.split('\n\n').filter((part) => part !== '')
  expect(data.at(-1)).toBe('data: [DONE]')
  return data.slice(0, -1).map((part) => JSON.parse(part.slice('data: '.length)) as Wire)
}

describe('an answer in one piece', () => {
  test('has the fields of the vendor in their order', async () => {
    const { body } = await post({ model: 'echo', messages: user('Hello there') })
    expect(Object.keys(body)).toEqual([
      'id',
      'object',
      'created',
      'model',
      'choices',
      'usage',
      'service_tier',
      'system_fingerprint',
    ])
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there', refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 8,
        completion_tokens: 2,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    })
  })

  test.each([
    ['half characters', 'a\ud800b\udc00c'],
    ['control characters', '\u0000\u0001\u001f\u007f\u0085'],
    ['line ends of all kinds', 'a\nb\rc\r\nd\u2028e\u2029f'],
    ['characters outside the first plane', '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 𝒳 漢字'],
    ['marks and directions', 'e\u0301 \u202e abc \u200b\ufeff'],
    ['what looks like the protocol', 'data: [DONE]\n\nevent: x\n\n{"error":1}\\n\\u0000'],
    ['prototype bait', '__proto__ constructor'],
    ['nothing but spaces', '   \n\t '],
  ])('the echo returns %s exactly, streamed or not', async (_, text) => {
    const { body } = await post({ model: 'echo', messages: user(text) })
    expect(body).toMatchObject({ choices: [{ message: { content: text } }] })
    const said = await events({ model: 'echo', messages: user(text) })
    const pieces = said.map(({ choices }) => choices[0]?.delta.content ?? '')
    expect(pieces.join('')).toBe(text)
  })

  test('the echo joins the texts of a message in parts without a seam', async () => {
    const content = ['a ', 'b'].map((text) => ({ type: 'text' as const, text }))
    const { choices } = await client.chat.completions.create({
      model: 'echo',
      messages: [{ role: 'user', content }],
    })
    expect(choices[0]?.message.content).toBe('a b')
  })

  test('n, stop, max_tokens and seed do what they do at the vendor', async () => {
    const ask = { model: 'small', messages: user('Tell me about rivers.') }
    const { body } = await post({ ...ask, n: 2, max_tokens: 5 })
    expect(body).toMatchObject({
      choices: [
        { index: 0, finish_reason: 'length' },
        { index: 1, finish_reason: 'length' },
      ],
      usage: { completion_tokens: 10 },
    })
    const stopped = await post({ model: 'echo', messages: user('one END two'), stop: ' END' })
    expect(stopped.body).toMatchObject({
      choices: [{ message: { content: 'one' }, finish_reason: 'stop' }],
    })
    const content = async (seed: number) =>
      (await client.chat.completions.create({ ...ask, messages: [...ask.messages], seed }))
        .choices[0]?.message.content
    expect(await content(1)).toBe(await content(1))
    expect(await content(1)).not.toBe(await content(2))
  })

  test('log probabilities are listed token by token', async () => {
    const answer = await client.chat.completions.create({
      model: 'echo',
      messages: [...user('Hi né')],
      logprobs: true,
      top_logprobs: 2,
    })
    const listed = answer.choices[0]?.logprobs?.content ?? []
    expect(listed.map(({ token }) => token)).toEqual(['Hi', ' né'])
    expect(listed[1]?.bytes).toEqual([32, 110, 195, 169])
    expect(listed[0]?.top_logprobs).toHaveLength(2)
    expect(listed[0]?.top_logprobs[0]?.token).toBe('Hi')
    expect(listed[0]!.top_logprobs[1]!.logprob).toBeLessThan(listed[0]!.logprob)
  })

  test('a refusal stands beside the content, which is null', async () => {
    const { body } = await post({ model: 'small', messages: user('refuse this') })
    expect(body).toMatchObject({
      choices: [{ message: { content: null, refusal: expect.stringContaining('sorry') } }],
    })
  })

  test('the vision model names what it got', async () => {
    const images = ['data:image/png;base64,AAAA', 'https://example.com/a.webp?x=1']
    const answer = await client.chat.completions.create({
      model: 'vision',
      messages: [
        {
          role: 'user',
          content: images.map((url) => ({ type: 'image_url' as const, image_url: { url } })),
        },
      ],
    })
    expect(answer.choices[0]?.message.content).toBe('I see 2 images: image/png, image/webp.')
    expect(answer.usage?.prompt_tokens).toBe(85 * 2 + 6)
  })

  test('the document of a schema fits it, and json_object wants the word JSON', async () => {
    const schema = {
      type: 'object',
      properties: { sum: { type: 'integer' } },
      required: ['sum'],
      additionalProperties: false,
    }
    const { body } = await post({
      model: 'large',
      messages: user('What is 20 + 22?'),
      response_format: { type: 'json_schema', json_schema: { name: 'sum', schema, strict: true } },
    })
    expect(JSON.parse(body.choices[0]!.message.content)).toEqual({ sum: 42 })
    const json = { model: 'large', response_format: { type: 'json_object' } }
    expect(await post({ ...json, messages: user('Say it.') })).toMatchObject({
      status: 400,
      body: { error: { param: 'messages' } },
    })
    const said = await post({ ...json, messages: user('Say it in JSON.') })
    expect(JSON.parse(said.body.choices[0]!.message.content)).toHaveProperty('answer')
  })
})

describe('a stream', () => {
  test('opens with the role, says the content and ends with the reason; usage only when asked', async () => {
    const ask = { model: 'echo', messages: user('Hello there') }
    const bare = await events(ask)
    expect<unknown>(bare.map(({ choices }) => choices[0])).toEqual([
      {
        index: 0,
        delta: { role: 'assistant', content: '', refusal: null },
        logprobs: null,
        finish_reason: null,
      },
      { index: 0, delta: { content: 'Hello' }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: ' there' }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
    ])
    expect(bare.some((chunk) => 'usage' in chunk)).toBe(false)

    const counted = await events({ ...ask, stream_options: { include_usage: true } })
    expect(counted.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } })
    expect(new Set(counted.map(({ id }) => id)).size).toBe(1)
  })

  test('thoughts come first, in reasoning_content', async () => {
    const said = await events({
      model: 'reasoner',
      messages: user('What is 2 + 2?'),
      stream_options: { include_usage: true },
    })
    const deltas = said.slice(0, -1).map(({ choices }) => choices[0]!.delta)
    expect<unknown>(deltas[0]).toEqual({ role: 'assistant', content: null, reasoning_content: '' })
    const lastThought = deltas.findLastIndex((delta) => typeof delta.reasoning_content === 'string')
    const firstWord = deltas.findIndex((delta) => delta.content)
    expect(lastThought).toBeLessThan(firstWord)
    const usage = said.at(-1)!.usage!
    expect(usage.completion_tokens_details.reasoning_tokens).toBe(lastThought)
    expect(usage.completion_tokens).toBeGreaterThan(lastThought)
  })

  test('parallel calls come one after the other, each under its index', async () => {
    const stream = client.chat.completions.stream({
      model: 'small',
      messages: [{ role: 'user', content: 'Weather in Paris and Oslo?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            parameters: {
              type: 'object',
              properties: { city: { type: 'string' } },
              required: ['city'],
            },
          },
        },
      ],
    })
    const { choices } = await stream.finalChatCompletion()
    expect(choices[0]?.finish_reason).toBe('tool_calls')
    const calls = (choices[0]?.message.tool_calls ?? []) as {
      id: string
      function: { arguments: string }
    }[]
    expect(calls.map((call) => call.function.arguments)).toEqual([
      '{"city":"Paris"}',
      '{"city":"Oslo"}',
    ])
    expect(calls.every(({ id }) => /^call_\w{24}$/.test(id))).toBe(true)
  })

  test('several answers come interleaved', async () => {
    const said = await events({ model: 'echo', n: 2, messages: user('one two three') })
    const indexes = said.map(({ choices }) => choices[0]!.index)
    expect(indexes.slice(0, 6)).toEqual([0, 1, 0, 1, 0, 1])
  })
})

describe('a request that the vendor refuses', () => {
  const messages = user('Hi')
  const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }

  test.each<[string, unknown, number, object]>([
    ['no JSON', '{"model":', 400, { type: 'invalid_request_error', param: null, code: null }],
    ['no model', { messages }, 400, { message: 'you must provide a model parameter' }],
    ['an unknown model', { model: 'gpt-9', messages }, 404, { code: 'model_not_found' }],
    ['a model without chat', { model: 'embed', messages }, 404, { param: 'model' }],
    ['no messages', { model: 'echo' }, 400, { code: 'missing_required_parameter' }],
    ['empty messages', { model: 'echo', messages: [] }, 400, { code: 'empty_array' }],
    [
      'an unknown role',
      { model: 'echo', messages: [{ role: 'boss', content: 'x' }] },
      400,
      { param: 'messages[0].role', code: 'invalid_value' },
    ],
    [
      'a result without a call',
      { model: 'echo', messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] },
      400,
      { param: 'messages.[0].role' },
    ],
    [
      'a call without a result',
      { model: 'echo', messages: [{ role: 'assistant', tool_calls: [call] }, ...messages] },
      400,
      { param: 'messages.[1].role' },
    ],
    [
      'a call by a long id',
      {
        model: 'echo',
        messages: [{ role: 'assistant', tool_calls: [{ ...call, id: 'c'.repeat(41) }] }],
      },
      400,
      { param: 'messages[0].tool_calls[0].id', code: 'string_above_max_length' },
    ],
    [
      'text for a number',
      { model: 'echo', messages, temperature: 'hot' },
      400,
      { code: 'invalid_type' },
    ],
    [
      'a number too high',
      { model: 'echo', messages, temperature: 3 },
      400,
      { code: 'decimal_above_max_value' },
    ],
    [
      'no tokens at all',
      { model: 'echo', messages, max_tokens: 0 },
      400,
      { code: 'integer_below_min_value' },
    ],
    [
      'stream_options without a stream',
      { model: 'echo', messages, stream_options: { include_usage: true } },
      400,
      { param: 'stream_options' },
    ],
    [
      'a tool choice without tools',
      { model: 'echo', messages, tool_choice: 'auto' },
      400,
      { param: 'tool_choice' },
    ],
    [
      'top_logprobs alone',
      { model: 'echo', messages, top_logprobs: 2 },
      400,
      { param: 'top_logprobs' },
    ],
    [
      'an image of no known kind',
      {
        model: 'vision',
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } }],
          },
        ],
      },
      400,
      { code: 'invalid_image_format' },
    ],
    [
      'more than the model can read',
      { model: 'small', messages: user('word '.repeat(40_000)) },
      400,
      { code: 'context_length_exceeded' },
    ],
  ])('%s', async (_, body, status, error) => {
    expect(await post(body)).toMatchObject({ status, body: { error } })
  })

  test('reaches the official client as an error of its class', async () => {
    const asked = client.chat.completions.create({ model: 'gpt-9', messages: [...messages] })
    const error = await asked.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' })
  })

  test('a path that is not there', async () => {
    expect(await post({}, '/threads')).toMatchObject({
      status: 404,
      body: { error: { message: 'Invalid URL (POST /v1/threads)' } },
    })
    expect(await post({}, '/models')).toMatchObject({ status: 405 })
  })
})
