import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import {
  ApiError,
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  GoogleGenAI,
  type GenerateContentResponse,
} from '@google/genai'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * Google's own client against a gateway, through three dialects: `cedar` speaks Gemini's, `acme`
 * OpenAI's, `birch` Anthropic's. Then the other clients through Gemini's.
 */
let town: Town
let client: GoogleGenAI

const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  cedar: { type: gemini-compatible, base_url: '{{cedar}}', api_key: cedar-key-0123456789 }
tasks:
  hello: cedar/small
  careful: { models: [cedar/medium, acme/echo] }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/echo: { input: 1, output: 2 }
  birch/echo: { input: 3, output: 15 }
  cedar/echo: { input: 0.30, output: 2.50 }
`,
    vendors: {
      acme: { key: 'acme-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
      cedar: { key: 'cedar-key-0123456789' },
    },
  })
  client = new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl: town.url, retryOptions: { attempts: 1 } },
  })
})
afterAll(() => town.close())

const weather = {
  name: 'get_weather',
  description: 'Current weather of a city',
  parametersJsonSchema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
    required: ['city'],
    additionalProperties: false,
  },
}
const tools: GenerateContentConfig['tools'] = [{ functionDeclarations: [weather] }]
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.each(['cedar', 'acme', 'birch'])('the google client through %s', (vendor) => {
  test('chats, and the counts are those on the ledger', async () => {
    const answer = await client.models.generateContent({
      model: `${vendor}/echo`,
      contents: 'héllo 🌍',
      config: { systemInstruction: 'Be brief.', maxOutputTokens: 100, temperature: 0.5 },
    })
    expect(answer.text).toBe('héllo 🌍')
    expect(answer.candidates![0]!.finishReason).toBe('STOP' as never)
    expect(answer.modelVersion).toContain('echo')
    const headers = answer.sdkHttpResponse!.headers!
    expect(headers['x-freehold-model']).toBe(`${vendor}/echo`)
    const call = await town.call(headers['x-request-id']!)
    expect(call).toMatchObject({ ok: true, model: `${vendor}/echo` })
    const { tokens } = call.attempts[0]!
    expect(tokens!['input']).toBe(answer.usageMetadata!.promptTokenCount)
    expect(tokens!['output']).toBe(answer.usageMetadata!.candidatesTokenCount)
    expect(call.cost_usd).toBe(headers['x-freehold-cost-usd']!)
  })

  test('streams, with the reason to end and the counts at the end', async () => {
    const stream = await client.models.generateContentStream({
      model: `${vendor}/echo`,
      contents: 'one two three four',
      config: { maxOutputTokens: 100 },
    })
    const chunks: GenerateContentResponse[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.length).toBeGreaterThan(3)
    expect(textOf(chunks)).toBe('one two three four')
    const last = chunks.at(-1)!
    expect(last.candidates![0]!.finishReason).toBe('STOP' as never)
    expect(last.usageMetadata!.candidatesTokenCount).toBeGreaterThan(0)
  })

  test('streams one list to whoever does not ask for events', async () => {
    const response = await fetch(`${town.url}/v1beta/models/${vendor}/echo:streamGenerateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'one two three four' }] }] }),
    })
    expect(response.headers.get('content-type')).toContain('application/json')
    const chunks = (await response.json()) as {
      candidates: { content: { parts: { text?: string }[] }; finishReason?: string }[]
    }[]
    const texts = chunks.flatMap((chunk) =>
      chunk.candidates[0]!.content.parts.map(({ text }) => text ?? ''),
    )
    expect(texts.join('')).toBe('one two three four')
    expect(chunks.at(-1)!.candidates[0]!.finishReason).toBe('STOP')
  })

  test('calls tools, whole and streamed, and takes their results', async () => {
    const contents = [
      { role: 'user', parts: [{ text: 'Use get_weather for the weather in Oslo' }] },
    ]
    const model = `${vendor}/large`
    const config = { tools, maxOutputTokens: 500 }
    const whole = await client.models.generateContent({ model, contents, config })
    const [call] = whole.functionCalls ?? []
    expect(call!.name).toBe('get_weather')
    expect(call!.args!['city']).toBeString()
    const streamed: GenerateContentResponse[] = []
    const stream = await client.models.generateContentStream({ model, contents, config })
    for await (const chunk of stream) streamed.push(chunk)
    expect(streamed.flatMap((chunk) => chunk.functionCalls ?? [])).toMatchObject([
      { name: 'get_weather', args: call!.args! },
    ])
    const result = {
      functionResponse: { id: call!.id!, name: call!.name!, response: { output: '4 degrees' } },
    }
    const after = await client.models.generateContent({
      model,
      contents: [...contents, whole.candidates![0]!.content!, { role: 'user', parts: [result] }],
      config,
    })
    expect(after.text).toContain('4 degrees')
  })

  test('must call the tool that it names', async () => {
    const answer = await client.models.generateContent({
      model: `${vendor}/large`,
      contents: 'Anything',
      config: {
        tools,
        toolConfig: {
          functionCallingConfig: {
            mode: FunctionCallingConfigMode.ANY,
            allowedFunctionNames: ['get_weather'],
          },
        },
        maxOutputTokens: 500,
      },
    })
    expect(answer.functionCalls?.map(({ name }) => name)).toEqual(['get_weather'])
  })

  test.each(['responseJsonSchema', 'responseSchema'])(
    'gets a document that fits its %s',
    async (field) => {
      const schema =
        field === 'responseSchema'
          ? { type: 'OBJECT', properties: { size: { type: 'INTEGER' } }, required: ['size'] }
          : { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] }
      const answer = await client.models.generateContent({
        model: `${vendor}/large`,
        contents: 'Describe Oslo',
        config: { responseMimeType: 'application/json', [field]: schema, maxOutputTokens: 500 },
      })
      expect((JSON.parse(answer.text!) as { size: unknown }).size).toBeNumber()
    },
  )

  test('shows pictures', async () => {
    const answer = await client.models.generateContent({
      model: `${vendor}/vision`,
      contents: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: pixel } }],
      config: { maxOutputTokens: 100 },
    })
    expect(answer.text).toContain('image/png')
  })

  test('sees the thoughts of a model that thinks', async () => {
    const config = {
      maxOutputTokens: 5_000,
      thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 },
    }
    const answer = await client.models.generateContent({
      model: `${vendor}/reasoner`,
      contents: 'What is 12 * 12?',
      config,
    })
    const parts = answer.candidates![0]!.content!.parts!
    const thoughts = parts.filter(({ thought }) => thought).map(({ text }) => text)
    expect(thoughts.join('').length).toBeGreaterThan(5)
    expect(answer.text).not.toContain(thoughts.join(''))
    // What is given back is taken back, signed or not.
    const again = await client.models.generateContent({
      model: `${vendor}/reasoner`,
      contents: [
        { role: 'user', parts: [{ text: 'What is 12 * 12?' }] },
        answer.candidates![0]!.content!,
        { role: 'user', parts: [{ text: 'What is 13 * 13?' }] },
      ],
      config,
    })
    expect(again.text!.length).toBeGreaterThan(0)
  })

  test('holds a chat', async () => {
    const chat = client.chats.create({ model: `${vendor}/echo`, config: { maxOutputTokens: 50 } })
    await chat.sendMessage({ message: 'first' })
    const second = await chat.sendMessage({ message: 'second' })
    expect(second.text).toBe('second')
    expect(chat.getHistory().map(({ role }) => role)).toEqual(['user', 'model', 'user', 'model'])
  })

  test('is told of a fault in the middle of a stream', async () => {
    town.vendors[vendor]!.behave({ model: 'echo', fault: 'error-event-mid-stream', times: 1 })
    const stream = await client.models.generateContentStream({
      model: `${vendor}/echo`,
      contents: 'one two three four five six seven eight',
    })
    let text = ''
    const drain = async (): Promise<void> => {
      for await (const chunk of stream) text += chunk.text ?? ''
    }
    expect(await drain().catch((error: unknown) => error)).toBeInstanceOf(ApiError)
    expect(text).not.toBe('')
  })

  test('leaves, and the vendor hears of it at once', async () => {
    const controller = new AbortController()
    town.vendors[vendor]!.behave({ model: 'echo', fault: 'stall-mid-stream', times: 1 })
    const stream = await client.models.generateContentStream({
      model: `${vendor}/echo`,
      contents: 'a long story about many things that never ends',
      config: { abortSignal: controller.signal },
    })
    await stream.next()
    controller.abort()
    await settles(() => town.vendors[vendor]!.history().at(-1)!.ending === 'left')
  })
})

describe.each(['cedar', 'acme'])('embeddings for the google client through %s', (vendor) => {
  test('come in their order and their length', async () => {
    const answer = await client.models.embedContent({
      model: `${vendor}/embed`,
      contents: ['a cat', 'a dog'],
      config: { outputDimensionality: 64 },
    })
    expect(answer.embeddings!.map(({ values }) => values!.length)).toEqual([64, 64])
    expect(answer.embeddings![0]!.values).not.toEqual(answer.embeddings![1]!.values!)
  })

  test('come for one text alone as well', async () => {
    const response = await fetch(`${town.url}/v1beta/models/${vendor}/embed:embedContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key },
      body: JSON.stringify({
        content: { parts: [{ text: 'a cat' }] },
        output_dimensionality: 64,
      }),
    })
    const { embedding } = (await response.json()) as { embedding: { values: number[] } }
    const { embeddings } = await client.models.embedContent({
      model: `${vendor}/embed`,
      contents: ['a cat'],
      config: { outputDimensionality: 64 },
    })
    expect(embedding.values).toEqual(embeddings![0]!.values!)
  })
})

test.each(['cedar', 'acme', 'birch'])('tokens are counted by %s, or estimated', async (vendor) => {
  const count = (contents: string) =>
    client.models.countTokens({ model: `${vendor}/small`, contents })
  const few = (await count('one')).totalTokens!
  const more = (await count('one two three four five six seven')).totalTokens!
  expect(few).toBeGreaterThan(0)
  expect(more).toBeGreaterThan(few)
})

test('a task is a model, and the next in line answers for the first', async () => {
  const hello = await client.models.generateContent({ model: 'hello', contents: 'Say something' })
  expect(hello.sdkHttpResponse!.headers!['x-freehold-model']).toBe('cedar/small')
  town.vendors['cedar']!.behave({ model: 'medium', fault: 'http-503', times: 1 })
  const careful = await client.models.generateContent({ model: 'careful', contents: 'still here' })
  expect(careful.sdkHttpResponse!.headers!['x-freehold-model']).toBe('acme/echo')
  expect(careful.text).toBe('still here')
})

describe('errors are said in the words of the dialect', () => {
  const refused = async (ask: Promise<unknown>): Promise<ApiError> => {
    const error: unknown = await ask.catch((thrown: unknown) => thrown)
    if (error instanceof ApiError) return error
    throw new Error('it was not refused')
  }

  test('an unknown model', async () => {
    const error = await refused(client.models.generateContent({ model: 'nobody', contents: 'x' }))
    expect(error.status).toBe(404)
    expect(JSON.parse(error.message)).toMatchObject({
      error: { code: 404, status: 'NOT_FOUND', details: [{ reason: 'MODEL_NOT_FOUND' }, {}] },
    })
  })

  test('a key that nobody has', async () => {
    const stranger = new GoogleGenAI({ apiKey: 'nobody', httpOptions: { baseUrl: town.url } })
    const error = await refused(stranger.models.generateContent({ model: 'hello', contents: 'x' }))
    expect([error.status, error.message]).toEqual([
      401,
      expect.stringContaining('UNAUTHENTICATED') as string,
    ])
  })

  test('a field that is none, by its path', async () => {
    const response = await fetch(`${town.url}/v1beta/models/hello:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key },
      body: JSON.stringify({ contents: [{ parts: 'x' }] }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: {
        status: 'INVALID_ARGUMENT',
        message: expect.stringContaining('contents[0].parts') as string,
        details: [{ metadata: { param: 'contents[0].parts' } }, {}],
      },
    })
  })

  test('a refusal of the vendor itself, and a path that is not there', async () => {
    const error = await refused(
      client.models.generateContent({
        model: 'cedar/small',
        contents: 'x',
        config: {
          tools,
          toolConfig: {
            functionCallingConfig: {
              mode: FunctionCallingConfigMode.ANY,
              allowedFunctionNames: ['nobody'],
            },
          },
        },
      }),
    )
    expect([error.status, error.message]).toEqual([
      400,
      expect.stringContaining('nobody') as string,
    ])
    const lost = await fetch(`${town.url}/v1beta/models/hello:translate`, { method: 'POST' })
    expect(await lost.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  })
})

describe('through gemini', () => {
  test('the openai client chats, streams, thinks and calls tools', async () => {
    const openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Use get_weather for both Oslo and Rome' },
    ]
    const { name, description, parametersJsonSchema: parameters } = weather
    const asked = {
      model: 'cedar/large',
      messages,
      tools: [{ type: 'function' as const, function: { name, description, parameters } }],
    }
    const whole = await openai.chat.completions.create(asked)
    const { message, finish_reason: finish } = whole.choices[0]!
    expect([message.tool_calls!.length, finish]).toEqual([2, 'tool_calls'])
    const streamed = await openai.chat.completions.stream(asked).finalChatCompletion()
    expect(streamed.choices[0]!.message.tool_calls!.length).toBe(2)
    const results = message.tool_calls!.map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: `rain at ${id}`,
    }))
    // The signature goes out beside each call, and the vendor checks that it comes back whole.
    const after = await openai.chat.completions.create({
      ...asked,
      messages: [...messages, message, ...results],
    })
    expect(after.choices[0]!.message.content).toContain('rain at')
    const thinking = await openai.chat.completions.create({
      model: 'cedar/reasoner',
      messages: [{ role: 'user', content: 'What is 12 * 12?' }],
      reasoning_effort: 'low',
    })
    expect(thinking.choices[0]!.message).toHaveProperty('reasoning_content')
    expect(thinking.usage!.completion_tokens_details!.reasoning_tokens).toBeGreaterThan(0)
    const { data } = await openai.embeddings.create({ model: 'cedar/embed', input: ['a', 'b'] })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([256, 256])
  })

  test('the anthropic client chats, streams and calls tools', async () => {
    const anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
    const { name, description, parametersJsonSchema: schema } = weather
    const asked = {
      model: 'cedar/large',
      max_tokens: 500,
      system: 'Be brief.',
      messages: [{ role: 'user' as const, content: 'Use get_weather for the weather in Oslo' }],
      tools: [{ name, description, input_schema: schema as Anthropic.Tool.InputSchema }],
    }
    const whole = await anthropic.messages.create(asked)
    expect(whole.stop_reason).toBe('tool_use')
    const streamed = await anthropic.messages.stream(asked).finalMessage()
    expect(streamed.stop_reason).toBe('tool_use')
    const used = whole.content.find((block) => block.type === 'tool_use')!
    const after = await anthropic.messages.create({
      ...asked,
      messages: [
        ...asked.messages,
        { role: 'assistant', content: whole.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: used.id, content: '4 degrees' }],
        },
      ],
    })
    expect(after.content).toMatchObject([{ text: expect.stringContaining('4 degrees') as string }])
  })
})

function textOf(chunks: readonly GenerateContentResponse[]): string {
  return chunks.map((chunk) => chunk.text ?? '').join('')
}

async function settles(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (holds()) return
    await Bun.sleep(25)
  }
  throw new Error('it never came to hold')
}
