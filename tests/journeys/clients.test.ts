import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * The official clients against a gateway, each through both dialects: `acme` speaks OpenAI's, `birch`
 * Anthropic's. Whatever a client can ask of one it can ask of the other.
 */
let town: Town
let openai: OpenAI
let anthropic: Anthropic

const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
tasks:
  hello: acme/small
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 0.15, output: 0.60, cache_read: 0.015 }
  acme/echo: { input: 1, output: 2 }
  birch/echo: { input: 3, output: 15 }
  acme/embed: { input: 0.02 }
`,
    vendors: { acme: { key: 'acme-key-0123456789' }, birch: { key: 'birch-key-0123456789' } },
  })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
})
afterAll(() => town.close())

const tool = {
  name: 'get_weather',
  description: 'Current weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
    required: ['city'],
    additionalProperties: false,
  },
}
const askWeather = 'Use get_weather for the weather in Oslo'
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.each(['acme', 'birch'])('the openai client through %s', (vendor) => {
  test('chats, and the answer says what it cost', async () => {
    const { data, response } = await openai.chat.completions
      .create({
        model: `${vendor}/echo`,
        messages: [{ role: 'user', content: 'héllo 🌍' }],
        max_tokens: 100,
      })
      .withResponse()
    expect(data.choices[0]!.message.content).toBe('héllo 🌍')
    expect(data.choices[0]!.finish_reason).toBe('stop')
    expect(response.headers.get('x-freehold-model')).toBe(`${vendor}/echo`)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call).toMatchObject({ ok: true, model: `${vendor}/echo` })
    expect(call.cost_usd).toBe(response.headers.get('x-freehold-cost-usd'))
    const { tokens } = call.attempts[0]!
    expect(tokens!['input']).toBe(data.usage!.prompt_tokens)
    expect(tokens!['output']).toBe(data.usage!.completion_tokens)
  })

  test('streams, with the usage when it asks for it and without when not', async () => {
    for (const asked of [true, false]) {
      const stream = await openai.chat.completions.create({
        model: `${vendor}/echo`,
        messages: [{ role: 'user', content: 'one two three four' }],
        stream: true,
        ...(asked ? { stream_options: { include_usage: true } } : {}),
      })
      let text = ''
      let usages = 0
      let finish: string | null = null
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        finish = chunk.choices[0]?.finish_reason ?? finish
        if (chunk.usage) usages += 1
        if (!asked) expect(chunk.choices.length).toBe(1)
      }
      expect([text, finish, usages]).toEqual(['one two three four', 'stop', asked ? 1 : 0])
    }
  })

  test('calls tools, whole and streamed, and takes their results', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: askWeather }]
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: tool }]
    const whole = await openai.chat.completions.create({
      model: `${vendor}/large`,
      messages,
      tools,
    })
    const [call] = whole.choices[0]!.message.tool_calls ?? []
    expect(whole.choices[0]!.finish_reason).toBe('tool_calls')
    if (call?.type !== 'function') throw new Error('no call')
    expect(call.function.name).toBe('get_weather')
    expect(JSON.parse(call.function.arguments)).toHaveProperty('city')

    const runner = openai.chat.completions.stream({ model: `${vendor}/large`, messages, tools })
    const streamed = await runner.finalChatCompletion()
    const [same] = streamed.choices[0]!.message.tool_calls ?? []
    expect(JSON.parse((same as typeof call).function.arguments)).toEqual(
      JSON.parse(call.function.arguments),
    )

    const after = await openai.chat.completions.create({
      model: `${vendor}/large`,
      messages: [
        ...messages,
        whole.choices[0]!.message,
        { role: 'tool', tool_call_id: call.id, content: '4 degrees and rain' },
      ],
      tools,
    })
    expect(after.choices[0]!.message.content).toContain('4 degrees and rain')
  })

  test('calls several tools at once', async () => {
    const answer = await openai.chat.completions.create({
      model: `${vendor}/large`,
      messages: [{ role: 'user', content: 'Use get_weather for both Oslo and Rome' }],
      tools: [{ type: 'function', function: tool }],
    })
    const calls = answer.choices[0]!.message.tool_calls ?? []
    expect(calls.length).toBe(2)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })

  test('must call the tool that it names', async () => {
    const answer = await openai.chat.completions.create({
      model: `${vendor}/large`,
      messages: [{ role: 'user', content: 'Anything' }],
      tools: [{ type: 'function', function: tool }],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    })
    expect(answer.choices[0]!.message.tool_calls?.length).toBe(1)
  })

  test('gets a document that fits its schema', async () => {
    const answer = await openai.chat.completions.create({
      model: `${vendor}/large`,
      messages: [{ role: 'user', content: 'Describe Oslo' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'place',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, size: { type: 'integer', minimum: 1 } },
            required: ['name', 'size'],
            additionalProperties: false,
          },
        },
      },
    })
    const place = JSON.parse(answer.choices[0]!.message.content!) as {
      name: unknown
      size: unknown
    }
    expect(place.name).toBeString()
    expect(place.size).toBeGreaterThanOrEqual(1)
  })

  test('shows pictures', async () => {
    const answer = await openai.chat.completions.create({
      model: `${vendor}/vision`,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        },
      ],
    })
    expect(answer.choices[0]!.message.content).toContain('image/png')
  })

  test('sees the thoughts of a model that thinks', async () => {
    const answer = await openai.chat.completions.create({
      model: `${vendor}/reasoner`,
      messages: [{ role: 'user', content: 'What is 12 * 12?' }],
      max_tokens: 5_000,
      reasoning_effort: 'medium',
    })
    const message = answer.choices[0]!.message as { content: string; reasoning_content?: string }
    expect(message.reasoning_content?.length ?? 0).toBeGreaterThan(5)
    expect(message.content).not.toContain(message.reasoning_content!)
  })

  test('leaves, and the vendor hears of it at once', async () => {
    const stream = await openai.chat.completions.create({
      model: `${vendor}/fault/stall-mid-stream`,
      messages: [{ role: 'user', content: 'a long story about many things that never ends' }],
      stream: true,
    })
    const id = stream.controller
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    id.abort()
    await settles(() => town.vendors[vendor]!.history().at(-1)!.ending === 'left')
  })
})

describe.each(['birch', 'acme'])('the anthropic client through %s', (vendor) => {
  test('sends messages', async () => {
    const { data, response } = await anthropic.messages
      .create({
        model: `${vendor}/echo`,
        max_tokens: 100,
        system: 'Be brief.',
        messages: [{ role: 'user', content: 'héllo 🌍' }],
      })
      .withResponse()
    expect(data.content).toMatchObject([{ type: 'text', text: 'héllo 🌍' }])
    expect(data.stop_reason).toBe('end_turn')
    const call = await town.call(response.headers.get('request-id')!)
    expect(call.attempts[0]!.tokens!['input']).toBe(data.usage.input_tokens)
    expect(call.attempts[0]!.tokens!['output']).toBe(data.usage.output_tokens)
  })

  test('streams', async () => {
    const stream = anthropic.messages.stream({
      model: `${vendor}/echo`,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'one two three four' }],
    })
    let text = ''
    stream.on('text', (piece) => (text += piece))
    const message = await stream.finalMessage()
    expect(text).toBe('one two three four')
    expect(message.stop_reason).toBe('end_turn')
    expect(message.usage.output_tokens).toBeGreaterThan(0)
  })

  test('calls tools, whole and streamed, and takes their results', async () => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: askWeather }]
    const tools: Anthropic.Tool[] = [
      {
        name: tool.name,
        description: tool.description,
        input_schema: tool.parameters as Anthropic.Tool.InputSchema,
      },
    ]
    const whole = await anthropic.messages.create({
      model: `${vendor}/large`,
      max_tokens: 500,
      messages,
      tools,
    })
    const used = whole.content.find((block) => block.type === 'tool_use')
    expect(whole.stop_reason).toBe('tool_use')
    expect(used).toMatchObject({ name: 'get_weather' })
    const streamed = await anthropic.messages
      .stream({ model: `${vendor}/large`, max_tokens: 500, messages, tools })
      .finalMessage()
    expect(streamed.content.find((block) => block.type === 'tool_use')!.input).toEqual(used!.input)

    const after = await anthropic.messages.create({
      model: `${vendor}/large`,
      max_tokens: 500,
      tools,
      messages: [
        ...messages,
        { role: 'assistant', content: whole.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: used!.id, content: '4 degrees and rain' }],
        },
      ],
    })
    expect(after.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('4 degrees and rain') as string },
    ])
  })

  test('gets a document that fits its schema', async () => {
    const answer = await anthropic.messages.create({
      model: `${vendor}/large`,
      max_tokens: 500,
      messages: [{ role: 'user', content: 'Describe Oslo' }],
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { size: { type: 'integer' } },
            required: ['size'],
            additionalProperties: false,
          },
        },
      },
    })
    const [block] = answer.content
    if (block?.type !== 'text') throw new Error('no text')
    expect(JSON.parse(block.text)).toEqual({ size: expect.any(Number) as number })
  })

  test('shows pictures', async () => {
    const answer = await anthropic.messages.create({
      model: `${vendor}/vision`,
      max_tokens: 200,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
            { type: 'text', text: 'What is this?' },
          ],
        },
      ],
    })
    expect(answer.content).toMatchObject([{ text: expect.stringContaining('image/png') as string }])
  })

  test('sees the thoughts of a model that thinks, and gives them back', async () => {
    const request = {
      model: `${vendor}/reasoner`,
      max_tokens: 5_000,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      messages: [{ role: 'user', content: 'What is 12 * 12?' }],
    } satisfies Anthropic.MessageCreateParamsNonStreaming
    const answer = await anthropic.messages.create(request)
    expect(answer.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    const again = await anthropic.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: answer.content },
        { role: 'user', content: 'And 13 * 13?' },
      ],
    })
    expect(again.content.at(-1)).toMatchObject({ type: 'text' })
  })
})

describe('what only one dialect has', () => {
  test('the openai client embeds, as numbers and as base64, with as many dimensions as it wants', async () => {
    const answer = await openai.embeddings.create({
      model: 'acme/embed',
      input: ['one text', 'another text'],
      dimensions: 64,
    })
    expect(answer.data.map(({ embedding }) => embedding.length)).toEqual([64, 64])
    const floats = await openai.embeddings.create({
      model: 'acme/embed',
      input: 'one text',
      dimensions: 64,
      encoding_format: 'float',
    })
    const difference = floats.data[0]!.embedding.map((value, index) =>
      Math.abs(value - answer.data[0]!.embedding[index]!),
    )
    expect(Math.max(...difference)).toBeLessThan(1e-6)
  })

  test('several answers, their probabilities and a stop word pass through untouched', async () => {
    const answer = await openai.chat.completions.create({
      model: 'acme/small',
      messages: [{ role: 'user', content: 'Tell me something' }],
      n: 3,
      logprobs: true,
      top_logprobs: 2,
      stop: ['zebra'],
    })
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(answer.choices[0]!.logprobs?.content?.[0]?.top_logprobs.length).toBe(2)
  })

  test('more answers than are asked for one by one cannot be had from a dialect that gives one', async () => {
    const asked = openai.chat.completions.create({
      model: 'birch/echo',
      messages: [{ role: 'user', content: 'x' }],
      n: 17,
    })
    expect(await rejected(asked)).toMatchObject({ status: 400, code: 'unsupported_content' })
  })

  test('what has no counterpart is left out and said', async () => {
    const { response } = await openai.chat.completions
      .create({
        model: 'birch/echo',
        messages: [{ role: 'user', content: 'x' }],
        seed: 5,
        temperature: 1.7,
        max_tokens: 10,
      })
      .withResponse()
    expect(response.headers.get('x-freehold-adapted')).toBe('-seed, temperature=1')
  })

  test('a field that nobody knows reaches the vendor', async () => {
    await openai.chat.completions.create({
      model: 'acme/echo',
      messages: [{ role: 'user', content: 'x' }],
      // @ts-expect-error -- vendors have parameters of their own
      chat_template_kwargs: { enable_thinking: false },
    })
    expect(JSON.parse(town.vendors['acme']!.history().at(-1)!.body)).toMatchObject({
      chat_template_kwargs: { enable_thinking: false },
    })
  })
})

describe('models', () => {
  test('the openai client lists tasks and models, and finds one of them', async () => {
    const ids: string[] = []
    for await (const model of openai.models.list()) ids.push(model.id)
    expect(ids).toContain('hello')
    expect(ids).toContain('sim/small')
    expect((await openai.models.retrieve('sim/small')).id).toBe('sim/small')
    expect(await rejected(openai.models.retrieve('nobody/knows'))).toMatchObject({ status: 404 })
  })

  test('the anthropic client gets them in its own shape', async () => {
    const page = await anthropic.models.list()
    expect(page.data.map(({ id }) => id)).toContain('hello')
    expect(page.data[0]).toMatchObject({
      type: 'model',
      display_name: expect.any(String) as string,
    })
    expect((await anthropic.models.retrieve('sim/small')).id).toBe('sim/small')
  })
})

describe('errors', () => {
  const chat = (model: string) =>
    openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] })
  const send = (model: string) =>
    anthropic.messages.create({ model, max_tokens: 5, messages: [{ role: 'user', content: 'x' }] })

  test.each([
    ['http-400', 400, OpenAI.BadRequestError, Anthropic.BadRequestError],
    ['http-404', 404, OpenAI.NotFoundError, Anthropic.NotFoundError],
    ['http-422', 422, OpenAI.UnprocessableEntityError, Anthropic.UnprocessableEntityError],
    ['http-429', 429, OpenAI.RateLimitError, Anthropic.RateLimitError],
    // The gateway's own key was refused: that is not the caller's 401.
    ['http-401', 502, OpenAI.InternalServerError, Anthropic.InternalServerError],
    ['http-403', 502, OpenAI.InternalServerError, Anthropic.InternalServerError],
    ['http-500', 502, OpenAI.InternalServerError, Anthropic.InternalServerError],
    ['http-502-html', 502, OpenAI.InternalServerError, Anthropic.InternalServerError],
    ['http-503-empty', 503, OpenAI.InternalServerError, Anthropic.InternalServerError],
    ['http-529', 503, OpenAI.InternalServerError, Anthropic.InternalServerError],
  ] as const)(
    '%s of a vendor is %d in both clients',
    async (fault, status, openaiError, anthropicError) => {
      for (const vendor of ['acme', 'birch']) {
        const first = await rejected(chat(`${vendor}/fault/${fault}`))
        expect(first).toBeInstanceOf(openaiError)
        expect(first).toMatchObject({
          status,
          requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        })
        const second = await rejected(send(`${vendor}/fault/${fault}`))
        expect(second).toBeInstanceOf(anthropicError)
        expect(second).toMatchObject({
          status,
          requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        })
        for (const error of [first, second])
          expect(String((error as Error).message)).not.toContain('key-0123456789')
      }
    },
  )

  test('a key that is none is a 401 in both', async () => {
    const stranger = { apiKey: 'fh_not-a-key-at-all', maxRetries: 0 }
    const openaiStranger = new OpenAI({ ...stranger, baseURL: `${town.url}/v1` })
    const anthropicStranger = new Anthropic({ ...stranger, baseURL: town.url })
    const body = { model: 'hello', messages: [{ role: 'user' as const, content: 'x' }] }
    const refusals = await Promise.all([
      rejected(openaiStranger.models.list()),
      rejected(openaiStranger.chat.completions.create(body)),
      rejected(anthropicStranger.messages.create({ ...body, max_tokens: 5 })),
    ])
    expect(refusals[0]).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(refusals[1]).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(refusals[2]).toBeInstanceOf(Anthropic.AuthenticationError)
  })

  test('a model that is none is a 404 that says what there is', async () => {
    expect(await rejected(chat('nobody/knows'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining('acme') as string,
    })
    expect(await rejected(send('helo'))).toMatchObject({ status: 404 })
  })

  test('a stream that breaks off is an error, and no silent end', async () => {
    for (const fault of [
      'error-event-mid-stream',
      'close-mid-stream',
      'clean-end-mid-stream',
      'reset-mid-stream',
    ]) {
      for (const vendor of ['acme', 'birch']) {
        const read = async () => {
          const stream = await openai.chat.completions.create({
            model: `${vendor}/fault/${fault}`,
            messages: [{ role: 'user', content: 'a story of some length that can be cut in two' }],
            stream: true,
          })
          for await (const chunk of stream) void chunk
        }
        expect(await rejected(read())).not.toBeNull()
        const stream = anthropic.messages.stream({
          model: `${vendor}/fault/${fault}`,
          max_tokens: 50,
          messages: [{ role: 'user', content: 'a story of some length that can be cut in two' }],
        })
        expect(await rejected(stream.finalMessage())).not.toBeNull()
      }
    }
  })
})

describe('retries', () => {
  test('the gateway asks once more, and the client does not ask on top of it', async () => {
    const acme = town.vendors['acme']!
    const patient = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 2 })
    acme.behave({ model: 'medium', fault: 'http-500', times: 1 })
    const before = acme.history().length
    const { response } = await patient.chat.completions
      .create({ model: 'acme/medium', messages: [{ role: 'user', content: 'x' }] })
      .withResponse()
    expect(response.headers.get('x-freehold-attempts')).toBe('2')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts.map(({ role, end_state: state }) => [role, state])).toEqual([
      ['served', 'provider_error'],
      ['retry', 'complete'],
    ])
    expect(acme.history().length).toBe(before + 2)

    const failing = acme.history().length
    expect(
      await rejected(
        patient.chat.completions.create({
          model: 'acme/fault/http-500',
          messages: [{ role: 'user', content: 'x' }],
        }),
      ),
    ).not.toBeNull()
    expect(acme.history().length).toBe(failing + 2)
  })
})

/** What a request of a client was rejected with; null when it was not. */
async function rejected(request: PromiseLike<unknown>): Promise<unknown> {
  try {
    await request
    return null
  } catch (error) {
    return error
  }
}

async function settles(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if (holds()) return
    await Bun.sleep(50)
  }
  expect(holds()).toBe(true)
}
