import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type AnthropicProvider, createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle, type GoogleProvider } from '@ai-sdk/google'
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai'
import {
  APICallError,
  embed,
  embedMany,
  type EmbeddingModel,
  generateObject,
  generateText,
  isStepCount,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai'
import { z } from 'zod'
import {
  apiKey,
  callsOf,
  pixel,
  place,
  rejected,
  startFourVendors,
  vendors,
} from './four-vendors.ts'
import type { CallFacts, Town } from './town.ts'

/**
 * The Vercel AI SDK against a gateway: each of its providers, to a vendor of each dialect.
 */
let town: Town
let openai: OpenAIProvider
let anthropic: AnthropicProvider
let google: GoogleProvider

beforeAll(async () => {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  town = await startFourVendors()
  openai = createOpenAI({ apiKey, baseURL: `${town.url}/v1` })
  anthropic = createAnthropic({ apiKey, baseURL: `${town.url}/v1` })
  google = createGoogle({ apiKey, baseURL: `${town.url}/v1beta` })
})
afterAll(() => town.close())

const embedders: Readonly<Record<string, (name: string) => EmbeddingModel>> = {
  openai: (name) => openai.embeddingModel(name),
  google: (name) => google.embeddingModel(name),
}

const clients: Readonly<Record<string, (name: string) => LanguageModel>> = {
  'openai, chat': (name) => openai.chat(name),
  'openai, responses': (name) => openai.responses(name),
  anthropic: (name) => anthropic(name),
  google: (name) => google(name),
}
const pairs = Object.entries(clients).flatMap(([client, model]) =>
  vendors.map((vendor) => ({
    client,
    vendor,
    model: (name: string) => model(`${vendor}/${name}`),
  })),
)

const tools = {
  get_weather: tool({
    description: 'Current weather of a city',
    inputSchema: z.object({ city: z.string(), unit: z.enum(['c', 'f']).optional() }),
    execute: ({ city }) => `4 degrees and rain in ${city}`,
  }),
  tell_time: tool({
    description: 'Local clock of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: () => ({ hours: 17, minutes: null }),
  }),
}

/** The model calls the weather first, then the clock, and then says what it found. */
const inThreeSteps = {
  prompt: 'How is it in Oslo?',
  tools,
  stopWhen: isStepCount(5),
  prepareStep: ({ stepNumber }: { stepNumber: number }) => {
    const toolName = (['get_weather', 'tell_time'] as const)[stepNumber]
    return toolName === undefined ? {} : { toolChoice: { type: 'tool', toolName } as const }
  },
}

/** Each provider shows thoughts when it is asked for them by a name of its own. */
const thoughtful = {
  openai: { forceReasoning: true, reasoningSummary: 'auto' },
  google: { thinkingConfig: { includeThoughts: true } },
  anthropic: { thinking: { type: 'enabled', budgetTokens: 2_000 } },
}

describe.each(pairs)('the $client provider through $vendor', ({ client, vendor, model }) => {
  const sessionOf = (what: string): string => `${what}-${client.replaceAll(/\W/g, '')}-${vendor}`
  // Chat completions have no field for thoughts that this SDK reads, and an Anthropic client does not say
  // that it wants the summary, without which Responses tell nothing.
  const showsThoughts = client !== 'openai, chat' && (vendor !== 'dover' || client !== 'anthropic')

  test('generates text, and its usage is that of the ledger', async () => {
    const answer = await generateText({
      model: model('echo'),
      instructions: 'Be brief.',
      prompt: 'héllo 🌍',
      maxOutputTokens: 100,
      maxRetries: 0,
      headers: { 'x-freehold-customer': 'ada' },
    })
    expect([answer.text, answer.finishReason]).toEqual(['héllo 🌍', 'stop'])
    const headers = answer.finalStep.response.headers!
    expect(headers['x-freehold-model']).toBe(`${vendor}/echo`)
    const call = await town.call(headers['x-request-id'] ?? headers['request-id']!)
    expect(call.attempts[0]).toMatchObject({ customer: 'ada', provider: vendor, key: 'web' })
    expect(call.cost_usd).toBe(headers['x-freehold-cost-usd']!)
    expectSame(call, answer.usage)
  })

  test('streams text, and its usage is that of the ledger', async () => {
    const answer = streamText({
      model: model('echo'),
      prompt: 'one two three four',
      maxRetries: 0,
    })
    const pieces: string[] = []
    for await (const piece of answer.textStream) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toBe('one two three four')
    expect(await answer.finishReason).toBe('stop')
    const { headers } = await answer.response
    expectSame(await town.call(headers!['x-request-id']!), await answer.usage)
  })

  test('loops over tools, whole and streamed', async () => {
    const whole = await generateText({ ...inThreeSteps, model: model('large'), maxRetries: 0 })
    const streamed = streamText({ ...inThreeSteps, model: model('large'), maxRetries: 0 })
    await streamed.consumeStream()
    for (const steps of [whole.steps, await streamed.steps]) {
      expect(steps.map(({ finishReason }) => finishReason)).toEqual([
        'tool-calls',
        'tool-calls',
        'stop',
      ])
      expect(steps.flatMap(({ toolCalls }) => toolCalls.map((call) => call.toolName))).toEqual([
        'get_weather',
        'tell_time',
      ])
      expect(steps[0]!.toolCalls[0]!.input).toMatchObject({ city: 'Oslo' })
      expect(steps.at(-1)!.text).toContain('"minutes":null')
    }
    expect(town.vendors[vendor]!.history().at(-1)!.body).toContain('4 degrees and rain in Oslo')
  })

  test('calls several tools at once', async () => {
    const { toolCalls } = await generateText({
      model: model('large'),
      prompt: 'Use get_weather for both Oslo and Rome',
      tools,
      maxRetries: 0,
    })
    expect(toolCalls.map(({ input }) => input)).toMatchObject([{ city: 'Oslo' }, { city: 'Rome' }])
    expect(new Set(toolCalls.map(({ toolCallId }) => toolCallId)).size).toBe(2)
  })

  test('gets an object that fits its schema, whole, streamed and by the older name', async () => {
    const asked = { model: model('large'), prompt: 'Describe Oslo', maxRetries: 0 }
    const output = Output.object({ schema: place })
    const whole = await generateText({ ...asked, output })
    const streamed = streamText({ ...asked, output })
    let partials = 0
    for await (const partial of streamed.partialOutputStream)
      partials += partial === undefined ? 0 : 1
    expect(partials).toBeGreaterThan(0)
    const older = await generateObject({ ...asked, schema: place })
    for (const found of [whole.output, await streamed.output, older.object])
      expect(place.parse(found)).toEqual(found)
  })

  test('shows pictures', async () => {
    const { text } = await generateText({
      model: model('vision'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'file', mediaType: 'image/png', data: pixel },
          ],
        },
      ],
      maxRetries: 0,
    })
    expect(text).toContain('image/png')
  })

  test('sees thoughts, and gives them back with the results of tools', async () => {
    const asked = {
      prompt: 'Use get_weather for the weather in Oslo',
      tools,
      stopWhen: isStepCount(3),
      model: model('reasoner'),
      reasoning: 'medium' as const,
      maxOutputTokens: 8_000,
      maxRetries: 0,
      providerOptions: thoughtful,
    }
    const whole = await generateText(asked)
    const streamed = streamText(asked)
    await streamed.consumeStream()
    for (const steps of [whole.steps, await streamed.steps]) {
      expect(steps.at(-1)!.text).toContain('4 degrees and rain in Oslo')
      expect(steps[0]!.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0)
      if (!showsThoughts) continue
      expect(steps[0]!.reasoningText!.length).toBeGreaterThan(5)
      // It warns of a thought that it cannot give back.
      expect(steps.flatMap(({ warnings }) => warnings ?? [])).toEqual([])
    }
  })

  test.each([
    ['http-400', 400],
    ['http-429', 429],
    ['http-500', 502],
  ] as const)('throws its own error of %s, and asks once', async (fault, status) => {
    const session = sessionOf(fault)
    const error = await rejected(
      generateText({
        model: model(`fault/${fault}`),
        prompt: 'x',
        maxRetries: 0,
        headers: { 'x-freehold-session': session },
      }),
    )
    if (!APICallError.isInstance(error)) throw error
    expect(error.statusCode).toBe(status)
    expect(error.message).toStartWith(`${vendor} `)
    expect(error.isRetryable).toBe(status !== 400)
    const calls = await callsOf(town, session)
    expect(calls.length).toBe(1)
  })

  test('hears of a stream that breaks off', async () => {
    const answer = streamText({
      model: model('fault/close-mid-stream'),
      prompt: 'a story of some length that can be cut in two',
      maxRetries: 0,
      onError: () => {},
    })
    const parts = await Array.fromAsync(answer.stream)
    expect(parts.some(({ type }) => type === 'text-delta')).toBe(true)
    expect(parts.find(({ type }) => type === 'error')).toMatchObject({
      error: expect.anything() as unknown,
    })
    expect(await answer.finishReason).toBe('error')
  })

  test('leaves in the middle of a stream, and the ledger says so', async () => {
    const session = sessionOf('left')
    const leaving = new AbortController()
    const answer = streamText({
      model: model('fault/stall-mid-stream'),
      prompt: 'a long story about many things that never ends',
      maxRetries: 0,
      abortSignal: leaving.signal,
      headers: { 'x-freehold-session': session },
    })
    const kinds: string[] = []
    for await (const part of answer.stream) {
      kinds.push(part.type)
      if (part.type === 'text-delta') leaving.abort()
    }
    expect(kinds).toContain('abort')
    const [call] = await callsOf(town, session)
    expect(call!.attempts.map(({ end_state: state }) => state)).toEqual(['caller_left'])
  })
})

const moves = vendors.flatMap((from) =>
  vendors.filter((to) => to !== from).map((to) => [from, to] as const),
)

describe.each(Object.entries(clients))('the %s provider in a conversation', (_client, model) => {
  test.each(moves)('takes calls and thoughts from %s to %s and back', async (from, to) => {
    const asked = { tools, maxOutputTokens: 8_000, maxRetries: 0, providerOptions: thoughtful }
    const way = (...stops: readonly string[]) => ({
      model: model(`${stops[0]}/reasoner`),
      stopWhen: isStepCount(stops.length),
      prepareStep: ({ stepNumber }: { stepNumber: number }) => ({
        model: model(`${stops[stepNumber]}/reasoner`),
      }),
    })
    const messages: ModelMessage[] = [
      { role: 'user', content: 'Use get_weather for the weather in Oslo' },
    ]
    const first = streamText({ ...asked, ...way(from, to), messages })
    expect(await first.text).toContain('4 degrees and rain in Oslo')
    messages.push(...(await first.responseMessages))
    messages.push({ role: 'user', content: 'Use tell_time for the clock in Oslo' })
    const second = await generateText({ ...asked, ...way(to, from), messages })
    expect(second.text).toContain('"hours":17')
    messages.push(...second.responseMessages, { role: 'user', content: 'Thank you.' })
    const third = await generateText({ ...asked, ...way(to), messages })
    expect(third.finishReason).toBe('stop')
  })
})

describe.each(Object.entries(embedders))('the %s provider', (client, model) => {
  test.each(['acme', 'cedar'])('embeds one text and many through %s', async (vendor) => {
    const asked = {
      model: model(`${vendor}/embed`),
      maxRetries: 0,
      headers: { 'x-freehold-session': `embed-${client}-${vendor}` },
      providerOptions: { openai: { dimensions: 64 }, google: { outputDimensionality: 64 } },
    }
    const one = await embed({ ...asked, value: 'one text' })
    const many = await embedMany({ ...asked, values: ['one text', 'another text'] })
    expect(many.embeddings.map((vector) => vector.length)).toEqual([64, 64])
    const difference = one.embedding.map((value, at) => Math.abs(value - many.embeddings[0]![at]!))
    expect(Math.max(...difference)).toBeLessThan(1e-6)
    const calls = await callsOf(town, `embed-${client}-${vendor}`)
    expect(calls.map(({ model: served }) => served)).toContain(`${vendor}/embed`)
    // Gemini's answers have no place for a count.
    if (client === 'openai') {
      const call = await town.call(one.response!.headers!['x-request-id']!)
      expect(call.attempts[0]!.tokens!['input']).toBe(one.usage.tokens)
    }
  })
})

test('a task, a key that is none and a model that is none are what they are', async () => {
  const stranger = createOpenAI({ apiKey: 'fh_not-a-key-at-all', baseURL: `${town.url}/v1` })
  const asked = { prompt: 'What is 17 * 23?', maxRetries: 0 }
  expect((await generateText({ ...asked, model: google('hello') })).text).not.toBe('')
  for (const [model, status] of [
    [stranger('hello'), 401],
    [openai('nobody/knows'), 404],
    [anthropic('nobody/knows'), 404],
    [google('nobody/knows'), 404],
  ] as const) {
    const error = await rejected(generateText({ ...asked, model }))
    expect(APICallError.isInstance(error) && error.statusCode).toBe(status)
  }
})

function expectSame(
  { attempts }: CallFacts,
  { inputTokens, outputTokens }: LanguageModelUsage,
): void {
  const { tokens } = attempts[0]!
  expect([inputTokens, outputTokens]).toEqual([tokens!['input'], tokens!['output']])
}
