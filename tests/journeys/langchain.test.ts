import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ChatAnthropic } from '@langchain/anthropic'
import type {
  BaseChatModel,
  BaseChatModelCallOptions,
} from '@langchain/core/language_models/chat_models'
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  type ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatGoogle } from '@langchain/google'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
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
 * LangChain.js against a gateway: each of its chat models, to a vendor of each dialect.
 */
let town: Town

beforeAll(async () => {
  town = await startFourVendors()
})
afterAll(() => town.close())

type Chat = BaseChatModel<BaseChatModelCallOptions, AIMessageChunk>

interface Asked {
  readonly headers?: Record<string, string>
  readonly thinks?: boolean
}

const openai = (model: string, useResponsesApi: boolean, { headers, thinks }: Asked) =>
  new ChatOpenAI({
    model,
    apiKey,
    useResponsesApi,
    configuration: { baseURL: `${town.url}/v1`, defaultHeaders: headers },
    maxRetries: 0,
    ...(thinks === true ? { reasoning: { effort: 'medium', summary: 'auto' } } : {}),
  })

const chats: Readonly<Record<string, (model: string, asked?: Asked) => Chat>> = {
  'openai, chat': (model: string, asked: Asked = {}) => openai(model, false, asked),
  'openai, responses': (model: string, asked: Asked = {}) => openai(model, true, asked),
  anthropic: (model: string, { headers, thinks }: Asked = {}) =>
    new ChatAnthropic({
      model,
      apiKey,
      anthropicApiUrl: town.url,
      clientOptions: { defaultHeaders: headers },
      maxRetries: 0,
      maxTokens: 8_000,
      ...(thinks === true ? { thinking: { type: 'enabled', budget_tokens: 2_000 } } : {}),
    }),
  google: (model: string, { headers, thinks }: Asked = {}) =>
    new ChatGoogle({
      model,
      apiKey,
      platformType: 'gai',
      endpoint: town.url,
      customHeaders: headers ?? {},
      maxRetries: 0,
      ...(thinks === true ? { reasoningEffort: 'MEDIUM' } : {}),
    }),
}

const pairs = Object.entries(chats).flatMap(([client, model]) =>
  vendors.map((vendor) => ({
    client,
    vendor,
    chat: (name: string, asked?: Asked) => model(`${vendor}/${name}`, asked),
  })),
)

const getWeather = tool(({ city }) => `4 degrees and rain in ${city}`, {
  name: 'get_weather',
  description: 'Current weather of a city',
  schema: z.object({ city: z.string(), unit: z.enum(['c', 'f']).optional() }),
})
const tellTime = tool(() => JSON.stringify({ hours: 17, minutes: null }), {
  name: 'tell_time',
  description: 'Local clock of a city',
  schema: z.object({ city: z.string() }),
})
const tools = [getWeather, tellTime]

describe.each(pairs)('the $client model through $vendor', ({ client, vendor, chat }) => {
  const session = (what: string) => `${what}-${client.replaceAll(/\W/g, '')}-${vendor}`
  const headersOf = (what: string) => ({
    'x-freehold-session': session(what),
    'x-freehold-customer': 'ada',
  })

  // Chat completions have no field for thoughts that LangChain reads, and an Anthropic client does not say
  // that it wants the summary, without which Responses tell nothing.
  const showsThoughts = client !== 'openai, chat' && (vendor !== 'dover' || client !== 'anthropic')

  test('invokes, and its usage is that of the ledger', async () => {
    const answer = await chat('echo', { headers: headersOf('invoke') }).invoke([
      ['system', 'Be brief.'],
      ['user', 'héllo 🌍'],
    ])
    expect(answer.text).toBe('héllo 🌍')
    const call = (await callsOf(town, session('invoke')))[0]!
    expect(call.attempts[0]).toMatchObject({ customer: 'ada', provider: vendor, key: 'web' })
    expectSame(call, answer)
  })

  test('streams, and its usage is that of the ledger', async () => {
    const stream = await chat('echo', { headers: headersOf('stream') }).stream('one two three four')
    const { whole, pieces } = await gather(stream)
    expect(pieces).toBeGreaterThan(1)
    expect(whole.text).toBe('one two three four')
    if (client === 'google') expect(whole.additional_kwargs['finishReason']).toBe('STOP')
    const [call] = await callsOf(town, session('stream'))
    if (client !== 'anthropic') return expectSame(call!, whole)
    // LangChain takes the input from the first event, which only the vendor's own dialect knows by
    // then, and adds up what the first and the last say of the output.
    const kind = vendor === 'birch' ? 'input' : 'output'
    expect(usageOf(whole)[`${kind}_tokens`]).toBe(call!.attempts[0]!.tokens![kind]!)
  })

  test('loops over tools, whole and streamed', async () => {
    for (const streams of [false, true]) {
      const messages: BaseMessage[] = [new HumanMessage('How is it in Oslo?')]
      for (const name of ['get_weather', 'tell_time']) {
        const model = chat('large').bindTools!(tools, { tool_choice: name })
        const turn = streams
          ? (await gather(await model.stream(messages))).whole
          : await model.invoke(messages)
        expect(turn.tool_calls).toMatchObject([{ name, args: { city: 'Oslo' } }])
        messages.push(turn, ...(await results(turn)))
      }
      const last = await chat('large').bindTools!(tools).invoke(messages)
      expect(last.tool_calls).toEqual([])
      expect(last.text).toMatch(/minutes\W+null/)
      expect(town.vendors[vendor]!.history().at(-1)!.body).toContain('4 degrees and rain in Oslo')
    }
  })

  test('calls several tools at once', async () => {
    const turn = await chat('large').bindTools!(tools).invoke(
      'Use get_weather for both Oslo and Rome',
    )
    expect(turn.tool_calls).toMatchObject([{ args: { city: 'Oslo' } }, { args: { city: 'Rome' } }])
    expect(new Set(turn.tool_calls!.map(({ id }) => id)).size).toBe(2)
  })

  test('gets an object that fits its schema, by a call of a tool and by a format', async () => {
    for (const method of ['functionCalling', 'jsonSchema'] as const) {
      const found = await chat('large')
        .withStructuredOutput(place, { name: 'place', method })
        .invoke('Describe Oslo')
      expect(place.parse(found)).toEqual(found)
    }
  })

  test('shows pictures', async () => {
    const answer = await chat('vision').invoke([
      new HumanMessage({
        contentBlocks: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', mimeType: 'image/png', data: pixel },
        ],
      }),
    ])
    expect(answer.text).toContain('image/png')
  })

  test('sees thoughts, and gives them back with the results of tools', async () => {
    for (const streams of [false, true]) {
      const model = chat('reasoner', { thinks: true }).bindTools!(tools)
      const messages: BaseMessage[] = [new HumanMessage('Use get_weather for the weather in Oslo')]
      const turn = streams
        ? (await gather(await model.stream(messages))).whole
        : await model.invoke(messages)
      if (showsThoughts)
        expect(turn.contentBlocks.map(({ type }) => type as string)).toContain('reasoning')
      // LangChain reads no such count of Anthropic's.
      if (client !== 'anthropic')
        expect(usageOf(turn).output_token_details!.reasoning).toBeGreaterThan(0)
      messages.push(turn, ...(await results(turn)))
      expect((await model.invoke(messages)).text).toContain('4 degrees and rain in Oslo')
    }
  })

  test.each([
    ['http-400', 400],
    ['http-429', 429],
    ['http-500', 502],
  ] as const)(
    'throws an error of %s with status and message, and asks once',
    async (fault, status) => {
      const error = await rejected(
        chat(`fault/${fault}`, { headers: headersOf(fault) }).invoke('x'),
      )
      const field = client === 'google' ? 'statusCode' : 'status'
      expect(error).toMatchObject({
        [field]: status,
        message: expect.stringContaining(`${vendor} `) as string,
      })
      expect((await callsOf(town, session(fault))).length).toBe(1)
    },
  )

  test('hears of a stream that breaks off', async () => {
    const stream = chat('fault/close-mid-stream').stream('a story of some length to be cut in two')
    const reading = stream.then(gather)
    if (client !== 'google') return expect(await rejected(reading)).toBeInstanceOf(Error)
    // This model passes over the event that tells the error; what it gathered lacks a reason to end.
    expect((await reading).whole.additional_kwargs['finishReason']).toBeUndefined()
  })

  test('leaves in the middle of a stream, and the ledger says so', async () => {
    const leaving = new AbortController()
    const read = async () => {
      const stream = await chat('fault/stall-mid-stream', { headers: headersOf('leave') }).stream(
        'a long story about many things that never ends',
        { signal: leaving.signal },
      )
      for await (const chunk of stream) if (chunk.text !== '') leaving.abort()
    }
    expect(await rejected(read())).toBeInstanceOf(Error)
    const call = (await callsOf(town, session('leave')))[0]!
    expect(call.attempts.map(({ end_state: state }) => state)).toEqual(['caller_left'])
  })
})

test.each(['acme', 'cedar'])('embeds one text and many through %s', async (vendor) => {
  const embeddings = new OpenAIEmbeddings({
    model: `${vendor}/embed`,
    apiKey,
    dimensions: 64,
    maxRetries: 0,
    configuration: { baseURL: `${town.url}/v1` },
  })
  const one = await embeddings.embedQuery('one text')
  const many = await embeddings.embedDocuments(['one text', 'another text'])
  expect(many.map((vector) => vector.length)).toEqual([64, 64])
  const difference = one.map((value, at) => Math.abs(value - many[0]![at]!))
  expect(Math.max(...difference)).toBeLessThan(1e-6)
})

/** What the tools say to a turn that calls them. */
function results({ tool_calls: calls = [] }: AIMessageChunk): Promise<ToolMessage[]> {
  return Promise.all(
    calls.map((call) =>
      call.name === 'get_weather'
        ? getWeather.invoke({ ...call, type: 'tool_call', args: call.args as { city: string } })
        : tellTime.invoke({ ...call, type: 'tool_call', args: call.args as { city: string } }),
    ),
  )
}

async function gather(
  stream: AsyncIterable<AIMessageChunk>,
): Promise<{ whole: AIMessageChunk; pieces: number }> {
  let whole: AIMessageChunk | null = null
  let pieces = 0
  for await (const chunk of stream) {
    whole = whole === null ? chunk : whole.concat(chunk)
    if (chunk.text !== '') pieces += 1
  }
  return { whole: whole!, pieces }
}

function expectSame({ attempts }: CallFacts, message: AIMessageChunk): void {
  const { tokens } = attempts[0]!
  const { input_tokens: input, output_tokens: output } = usageOf(message)
  expect([input, output]).toEqual([tokens!['input']!, tokens!['output']!])
}

function usageOf(message: AIMessageChunk): UsageMetadata {
  const usage: UsageMetadata | undefined = message.usage_metadata
  if (usage === undefined) throw new Error('no usage')
  return usage
}
