import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { APIError } from 'openai'
import { type Simulator, startSimulator } from '../../simulator/server.ts'
import { startTown, type Town } from './town.ts'

/**
 * What is asked of models besides chats, and chats in Cohere's words: `acme` is anybody's compatible
 * address, `house` an engine with a door for completions, `birch` Anthropic, `cohere` itself.
 */
let town: Town
let cohere: Simulator
let openai: OpenAI
let anthropic: Anthropic

const key = 'web-secret-0123456789'
const vendorKey = 'acme-key-0123456789'

beforeAll(async () => {
  cohere = startSimulator({ speed: 0, seed: 7, waitMs: 50, key: vendorKey })
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: ${vendorKey} }
  house: { type: vllm, base_url: '{{acme}}', api_key: ${vendorKey} }
  judge: { type: openai, base_url: '{{acme}}', api_key: ${vendorKey} }
  birch: { type: anthropic, base_url: '{{acme}}', api_key: ${vendorKey} }
  cohere: { base_url: '${cohere.url.replace(/v1$/, 'v2')}', api_key: ${vendorKey} }
  sim: {}
tasks:
  short: { models: [judge/gpt-3.5-turbo] }
  counted: { models: [sim/small] }
  writer: { models: [acme/echo, house/echo] }
  ranker: { models: [cohere/fault/http-500, house/embed] }
keys:
  - { id: web, secret: ${key} }
  - { id: poor, secret: poor-secret-0123456789, budget: { limit: 0.003 USD, per: day } }
  - { id: slow, secret: slow-secret-0123456789, rate: { requests: 1/min } }
prices:
  acme/echo: { input: 1, output: 2 }
  house/echo: { input: 1, output: 2 }
  birch/echo: { input: 3, output: 15 }
  cohere/echo: { input: 2.5, output: 10 }
  cohere/reasoner: { input: 2.5, output: 10 }
  cohere/embed: { input: 0.12, search: 2000 }
  house/embed: { input: 0.02 }
`,
    vendors: { acme: { key: vendorKey } },
  })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
})
afterAll(async () => {
  await town.close()
  await cohere.stop()
})

function ask(path: string, body: unknown, secret = key): Promise<Response> {
  return fetch(town.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify(body),
  })
}

/** Paths that a vendor was asked at, oldest first. */
function askedPaths(vendor: Simulator): string[] {
  return vendor.history().map(({ path }) => path)
}

describe('completions', () => {
  test('go on with a text at an engine that has the door, word for word', async () => {
    const { data, response } = await openai.completions
      .create({ model: 'house/echo', prompt: 'naïve café', max_tokens: 50, echo: true })
      .withResponse()
    expect(data.object).toBe('text_completion')
    expect(data.choices[0]!.text).toBe('naïve cafénaïve café')
    expect(data.choices[0]!.finish_reason).toBe('stop')
    expect(response.headers.get('x-freehold-adapted')).toBeNull()
    expect(askedPaths(town.vendors['acme']!).at(-1)).toBe('/v1/completions')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ operation: 'chat', dialect: 'openai-completions' })
    expect(call.attempts[0]!.tokens!['input']).toBe(data.usage!.prompt_tokens)
    expect(call.cost_usd).toBe(response.headers.get('x-freehold-cost-usd'))
  })

  test('take several prompts there, and say which answer is whose', async () => {
    const { choices } = await openai.completions.create({
      model: 'house/echo',
      prompt: ['one', 'two'],
      max_tokens: 20,
    })
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'one'],
      [1, 'two'],
    ])
  })

  test('become a chat of one message everywhere else, which the answer says', async () => {
    const { data, response } = await openai.completions
      .create({
        model: 'acme/echo',
        prompt: 'a plain prompt',
        max_tokens: 50,
        suffix: ' and so on',
        logprobs: 2,
      })
      .withResponse()
    expect(data.object).toBe('text_completion')
    expect(data.choices[0]!.text).toBe('a plain prompt')
    expect(response.headers.get('x-freehold-adapted')).toBe('prompt>messages, -suffix')
    expect(askedPaths(town.vendors['acme']!).at(-1)).toBe('/v1/chat/completions')
    const { tokens, token_logprobs: chances, text_offset: offsets } = data.choices[0]!.logprobs!
    expect(tokens!.join('')).toBe('a plain prompt')
    expect(chances!.every((chance) => chance <= 0)).toBe(true)
    expect(
      offsets!.map((offset, index) => data.choices[0]!.text.startsWith(tokens![index]!, offset)),
    ).toEqual(tokens!.map(() => true))
  })

  test.each(['house/echo', 'acme/echo', 'birch/echo', 'cohere/echo'])(
    'stream from %s, with the usage when it is asked for and without when not',
    async (model) => {
      for (const asked of [true, false]) {
        const stream = await openai.completions.create({
          model,
          prompt: 'one two three',
          max_tokens: 50,
          stream: true,
          ...(asked ? { stream_options: { include_usage: true } } : {}),
        })
        let text = ''
        let finish: string | null = null
        let usage: unknown = null
        for await (const chunk of stream) {
          text += chunk.choices[0]?.text ?? ''
          finish = chunk.choices[0]?.finish_reason ?? finish
          usage = chunk.usage ?? usage
        }
        expect(text).toBe('one two three')
        expect(finish).toBe('stop')
        expect(usage !== null).toBe(asked)
      }
    },
  )

  test('of several prompts or of token numbers are refused where there is only a chat', async () => {
    for (const prompt of [['one', 'two'], [1, 2, 3], [[1, 2]]]) {
      const refused = await openai.completions
        .create({ model: 'acme/echo', prompt })
        .catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(APIError)
      expect((refused as APIError).status).toBe(400)
      expect((refused as APIError).code).toBe('unsupported_content')
      expect((refused as APIError).message).toMatch(/several prompts|token numbers/)
    }
  })

  test('and go to the next model of a task that can take them', async () => {
    const { data, response } = await openai.completions
      .create({ model: 'writer', prompt: ['one', 'two'], max_tokens: 20 })
      .withResponse()
    expect(data.choices.map(({ text }) => text)).toEqual(['one', 'two'])
    expect(response.headers.get('x-freehold-model')).toBe('house/echo')
  })

  test('are never the way of a chat', async () => {
    await openai.chat.completions.create({
      model: 'house/echo',
      messages: [{ role: 'user', content: 'hello' }],
    })
    expect(askedPaths(town.vendors['acme']!).at(-1)).toBe('/v1/chat/completions')
  })
})

describe('a count of tokens', () => {
  const messages = [{ role: 'user' as const, content: 'How long is this sentence, in tokens?' }]

  test('is made by a provider that counts, free of charge and on the ledger', async () => {
    const { data, response } = await anthropic.messages
      .countTokens({ model: 'birch/echo', messages })
      .withResponse()
    expect(data.input_tokens).toBeGreaterThan(5)
    expect(response.headers.get('x-freehold-adapted')).toBeNull()
    expect(response.headers.get('x-freehold-cost-usd')).toBe('0')
    expect(askedPaths(town.vendors['acme']!).at(-1)).toBe('/v1/messages/count_tokens')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call).toMatchObject({ ok: true, cost_usd: '0' })
    expect(call.attempts).toMatchObject([{ operation: 'count', cost_usd: '0', provider: 'birch' }])
    const message = await anthropic.messages.create({
      model: 'birch/echo',
      messages,
      max_tokens: 5,
    })
    expect(message.usage.input_tokens).toBe(data.input_tokens)
  })

  test('costs nothing where the model has no price either, and is asked under a budget', async () => {
    const response = await ask(
      '/v1/messages/count_tokens',
      { model: 'birch/small', messages },
      'poor-secret-0123456789',
    )
    expect(response.status).toBe(200)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts).toMatchObject([{ cost_usd: '0', model: 'small' }])
  })

  test('is estimated for one that does not count, said so, and no attempt', async () => {
    const before = askedPaths(town.vendors['acme']!).length
    const { data, response } = await anthropic.messages
      .countTokens({ model: 'acme/echo', messages, system: 'Be exact.' })
      .withResponse()
    expect(data.input_tokens).toBeGreaterThan(10)
    expect(data.input_tokens).toBeLessThan(100)
    expect(response.headers.get('x-freehold-adapted')).toBe('input_tokens~estimate')
    expect(response.headers.get('x-freehold-attempts')).toBe('0')
    expect(response.headers.get('x-freehold-model')).toBe('acme/echo')
    expect(askedPaths(town.vendors['acme']!).length).toBe(before)
    const longer = [{ role: 'user' as const, content: 'word '.repeat(1_000) }]
    const more = await anthropic.messages.countTokens({ model: 'acme/echo', messages: longer })
    expect(more.input_tokens).toBeGreaterThan(1_000)
    const image = {
      type: 'image' as const,
      source: { type: 'url' as const, url: 'https://acme.example/a.png' },
    }
    const seen = [{ role: 'user' as const, content: [image] }]
    const pictured = await anthropic.messages.countTokens({ model: 'acme/echo', messages: seen })
    expect(pictured.input_tokens).toBeGreaterThan(1_500)
  })

  test('tells of a task that the conversation is too long for it, rather than refusing to count', async () => {
    for (const [model, counted] of [
      ['short', 'judge/gpt-3.5-turbo'],
      ['counted', 'sim/small'],
    ] as const) {
      const long = [{ role: 'user' as const, content: 'word '.repeat(40_000) }]
      const { data, response } = await anthropic.messages
        .countTokens({ model, messages: long })
        .withResponse()
      expect(data.input_tokens).toBeGreaterThan(32_768)
      expect(response.headers.get('x-freehold-model')).toBe(counted)
    }
  })

  test('is refused as a chat would be: who may not, what is not there, too often', async () => {
    const unknown = await ask('/v1/messages/count_tokens', { model: 'nobody/x', messages })
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error', code: 'model_not_found' },
    })
    const vectors = await ask('/v1/messages/count_tokens', { model: 'acme/echo', messages: [] })
    expect(vectors.status).toBe(400)
    const body = { model: 'acme/echo', messages }
    const secret = 'slow-secret-0123456789'
    expect((await ask('/v1/messages/count_tokens', body, secret)).status).toBe(200)
    expect((await ask('/v1/messages/count_tokens', body, secret)).status).toBe(429)
  })
})

describe('rerank', () => {
  const documents = ['bananas are yellow', 'the capital of Norway is Oslo', 'rain in Bergen']
  const query = 'what is the capital of Norway'

  test('in the shape of Jina at an engine, counted in tokens', async () => {
    const response = await ask('/v1/rerank', { model: 'house/embed', query, documents, top_n: 2 })
    const answer = (await response.json()) as { results: { index: number }[] }
    expect(answer).toMatchObject({
      model: 'embed',
      results: [{ index: 1, document: { text: documents[1]! } }, {}],
      usage: { total_tokens: expect.any(Number) },
    })
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts).toMatchObject([{ operation: 'rerank', provider: 'house' }])
    expect(call.attempts[0]!.tokens!['input']).toBeGreaterThan(10)
    expect(Number(call.cost_usd)).toBeGreaterThan(0)
  })

  test('in the shape of Jina at Cohere: texts alone, paid by the search, documents told back', async () => {
    const response = await ask('/v1/rerank', {
      model: 'cohere/embed',
      query,
      documents: documents.map((text) => ({ text })),
      return_documents: true,
    })
    expect(response.headers.get('x-freehold-adapted')).toBe(
      'return_documents~gateway, documents>text',
    )
    expect(response.headers.get('x-freehold-cost-usd')).toBe('0.002')
    const answer = (await response.json()) as { results: { index: number }[] }
    expect(answer).toMatchObject({
      object: 'list',
      model: 'cohere/embed',
      results: [{ index: 1, document: { text: documents[1]! } }, {}, {}],
      usage: { search_units: 1 },
    })
    const sent = JSON.parse(cohere.history().at(-1)!.body) as unknown
    expect(sent).toEqual({ model: 'embed', query, documents })
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ units: { search: 1 } })
  })

  test('in the shape of Cohere at both, with the answer in it as well', async () => {
    for (const model of ['cohere/embed', 'house/embed']) {
      const response = await ask('/v2/rerank', { model, query, documents, top_n: 1 })
      const answer = (await response.json()) as { meta: unknown; results: unknown[] }
      expect(answer.results).toEqual([{ index: 1, relevance_score: expect.any(Number) }])
      expect(answer.meta).toMatchObject(
        model === 'cohere/embed'
          ? { billed_units: { search_units: 1 } }
          : { tokens: { input_tokens: expect.any(Number) } },
      )
    }
  })

  test('goes to the next of a task when the first fails', async () => {
    const response = await ask('/v1/rerank', { model: 'ranker', query, documents })
    expect(response.headers.get('x-freehold-model')).toBe('house/embed')
    expect(((await response.json()) as { results: unknown[] }).results.length).toBe(3)
  })

  test('holds what its searches may cost against a budget', async () => {
    const many = Array.from({ length: 101 }, (_, index) => `document ${index}`)
    const body = { model: 'cohere/embed', query, documents: many }
    const refused = await ask('/v2/rerank', body, 'poor-secret-0123456789')
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({ code: 'budget_spent', id: expect.any(String) })
    const one = await ask('/v2/rerank', { ...body, documents }, 'poor-secret-0123456789')
    expect(one.status).toBe(200)
  })

  test('is refused in the words of each shape', async () => {
    const jina = await ask('/v1/rerank', { model: 'house/embed', query, documents: [] })
    expect(jina.status).toBe(400)
    expect(await jina.json()).toMatchObject({
      error: { param: 'documents', code: 'invalid_request' },
    })
    const other = await ask('/v2/rerank', { model: 'house/embed', documents })
    expect(other.status).toBe(400)
    expect(await other.json()).toMatchObject({ message: expect.stringContaining("'query'") })
    const none = await ask('/v1/rerank', { model: 'birch/echo', query, documents })
    expect(none.status).toBe(400)
    expect(await none.json()).toMatchObject({ error: { code: 'operation_unsupported' } })
  })
})

describe('moderations', () => {
  test('judge texts, one by one, and what has no price costs nobody knows what', async () => {
    const { data, response } = await openai.moderations
      .create({ model: 'judge/small', input: ['a kind word', 'I will kill it'] })
      .withResponse()
    expect(data.results.map(({ flagged }) => flagged)).toEqual([false, true])
    expect(data.results[1]!.categories.violence).toBe(true)
    expect(response.headers.get('x-freehold-cost-usd')).toBeNull()
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts).toMatchObject([{ operation: 'moderate', cost_usd: null }])
  })

  test('name a model, because nobody here knows which one is meant', async () => {
    const refused = await openai.moderations.create({ input: 'x' }).catch((error: unknown) => error)
    expect((refused as APIError).status).toBe(400)
    expect((refused as APIError).param).toBe('model')
  })
})

interface CohereAnswer {
  readonly message: {
    readonly content?: readonly { readonly type: string; readonly text?: string }[]
    readonly tool_calls?: readonly {
      readonly id: string
      readonly function: { readonly name: string; readonly arguments: string }
    }[]
  }
  readonly finish_reason: string
  readonly usage: { readonly billed_units: { readonly input_tokens: number } }
}

describe('in the words of Cohere', () => {
  const weather = {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Current weather of a city',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  }

  test.each(['cohere/echo', 'acme/echo', 'birch/echo'])('a chat with %s', async (model) => {
    const response = await ask('/v2/chat', {
      model,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'héllo 🌍' }] }],
    })
    const answer = (await response.json()) as CohereAnswer
    expect(answer.message.content).toEqual([{ type: 'text', text: 'héllo 🌍' }])
    expect(answer.finish_reason).toBe('COMPLETE')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]!.tokens!['input']).toBe(answer.usage.billed_units.input_tokens)
    expect(call.cost_usd).toBe(response.headers.get('x-freehold-cost-usd'))
  })

  test.each(['cohere/large', 'acme/large', 'birch/large'])(
    'tools of %s, and back',
    async (model) => {
      const question = { role: 'user', content: 'Use get_weather for the weather in Oslo' }
      const first = await ask('/v2/chat', { model, messages: [question], tools: [weather] })
      const answer = (await first.json()) as CohereAnswer
      expect(answer.finish_reason).toBe('TOOL_CALL')
      const [call] = answer.message.tool_calls!
      expect(call!.function.name).toBe('get_weather')
      expect(JSON.parse(call!.function.arguments)).toHaveProperty('city')
      const result = {
        role: 'tool',
        tool_call_id: call!.id,
        content: [{ type: 'document', document: { data: '4 degrees and rain' } }],
      }
      const second = await ask('/v2/chat', {
        model,
        messages: [question, { role: 'assistant', tool_calls: [call] }, result],
        tools: [weather],
      })
      const after = (await second.json()) as CohereAnswer
      expect(after.message.content![0]!.text).toContain('4 degrees and rain')
    },
  )

  test.each(['cohere/reasoner', 'acme/reasoner', 'birch/reasoner'])(
    'a stream of %s: thoughts, text, the end and the usage',
    async (model) => {
      const response = await ask('/v2/chat', {
        model,
        messages: [{ role: 'user', content: 'What is 17 * 23?' }],
        thinking: { type: 'enabled', token_budget: 2_000 },
        max_tokens: 4_000,
        stream: true,
      })
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '))
      expect(lines.at(-1)).toBe('data: [DONE]')
      const events = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)) as CohereEvent)
      expect(events[0]!.type).toBe('message-start')
      const contents = events.flatMap(({ delta }) => delta?.message?.content ?? [])
      expect(contents.map(({ thinking }) => thinking ?? '').join('').length).toBeGreaterThan(20)
      expect(contents.map(({ text }) => text ?? '').join('')).toContain('391')
      const end = events.at(-1)!
      expect(end.type).toBe('message-end')
      expect(end.delta!.finish_reason).toBe('COMPLETE')
      expect(end.delta!.usage!.billed_units.output_tokens).toBeGreaterThan(10)
    },
  )

  test('documents are part of the conversation elsewhere, which the answer says', async () => {
    const response = await ask('/v2/chat', {
      model: 'acme/echo',
      messages: [{ role: 'user', content: 'Who built it?' }],
      documents: [{ id: 'd1', data: { text: 'Ada Miller built the tower.' } }],
      safety_mode: 'STRICT',
    })
    expect(response.headers.get('x-freehold-adapted')).toBe('documents>messages, -safety_mode')
    expect(town.vendors['acme']!.history().at(-1)!.body).toContain('Ada Miller built the tower.')
  })

  test('vectors of Cohere and of others, for callers of both', async () => {
    const texts = ['eleven', 'twelve']
    const asked = { texts, input_type: 'search_query', embedding_types: ['float'] }
    const native = await ask('/v2/embed', { model: 'cohere/embed', ...asked })
    const own = (await native.json()) as { embeddings: { float: number[][] } }
    expect(own.embeddings.float.map(({ length }) => length)).toEqual([256, 256])
    const elsewhere = await ask('/v2/embed', { model: 'house/embed', ...asked })
    expect(elsewhere.headers.get('x-freehold-adapted')).toContain('texts>input')
    const other = (await elsewhere.json()) as { embeddings: { float: number[][] } }
    expect(other.embeddings.float.map(({ length }) => length)).toEqual([256, 256])
    const { data } = await openai.embeddings.create({ model: 'cohere/embed', input: texts })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([256, 256])
  })

  test('errors are sentences with an id, and say what a chat of any dialect would', async () => {
    const unknown = await ask('/v2/chat', {
      model: 'nobody/x',
      messages: [{ role: 'user', content: 'x' }],
    })
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({
      id: expect.any(String),
      message: expect.stringContaining('nobody'),
    })
    const wrong = await ask('/v2/chat', { model: 'cohere/echo', messages: [{ role: 'user' }] })
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toMatchObject({
      message: expect.stringContaining('messages[0].content'),
    })
    const missing = await ask('/v2/nothing', {})
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ message: expect.stringContaining('/v2/nothing') })
  })

  test('a stream that breaks off says so in its last event', async () => {
    const response = await ask('/v2/chat', {
      model: 'cohere/fault/reset-mid-stream',
      messages: [{ role: 'user', content: 'one two three four five six seven eight' }],
      stream: true,
    })
    const text = await response.text()
    expect(text).toContain('"finish_reason":"ERROR"')
    expect(text).not.toContain('[DONE]')
  })
})

interface CohereEvent {
  readonly type: string
  readonly delta?: {
    readonly message?: { readonly content?: { readonly text?: string; readonly thinking?: string } }
    readonly finish_reason?: string
    readonly usage?: { readonly billed_units: { readonly output_tokens: number } }
  }
}
