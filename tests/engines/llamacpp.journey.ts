import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startTown, type Town } from '../journeys/town.ts'

/** llama.cpp's own server with a model of random weights. `npm run engines` installs and starts it. */

const python = process.env['ENGINE_PYTHON']
const model = process.env['ENGINE_MODEL']
if (python === undefined || model === undefined) throw new Error('Run it by: npm run engines')

const callerKey = 'caller-secret-0123456789'
const asked = { model: 'house/random', messages: [{ role: 'user' as const, content: 'A prime?' }] }

let engine: Bun.Subprocess
let town: Town
let openai: OpenAI
let anthropic: Anthropic

beforeAll(async () => {
  const port = await freePort()
  const server = ['--host', '127.0.0.1', '--port', `${port}`, '--embedding', 'true']
  engine = Bun.spawn(
    [python, '-m', 'llama_cpp.server', '--model', model, '--n_ctx', '2048', ...server],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  )
  await answering(`http://127.0.0.1:${port}/v1/models`)
  town = await startTown({
    config: `
providers:
  house: { type: llamacpp, base_url: "http://127.0.0.1:${port}/v1", data: on-premises }
keys:
  - { id: web, secret: ${callerKey} }
prices:
  house/random: { gpus: 1, usd_per_gpu_hour: 1.79 }
`,
  })
  openai = new OpenAI({ baseURL: `${town.url}/v1`, apiKey: callerKey, maxRetries: 0 })
  anthropic = new Anthropic({ baseURL: town.url, apiKey: callerKey, maxRetries: 0 })
}, 60_000)

afterAll(async () => {
  await town?.close()
  engine?.kill()
  await engine?.exited
})

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('') })
  const { port } = server
  await server.stop(true)
  return port!
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    )
      return
    await Bun.sleep(100)
  }
  throw new Error(`${url} never answered`)
}

describe('chat', () => {
  test('an answer is counted by the engine and paid by the hour', async () => {
    const { data, response } = await openai.chat.completions
      .create({ ...asked, max_tokens: 12 })
      .withResponse()
    expect(data.choices[0]?.finish_reason).toMatch(/^(stop|length)$/)
    expect(data.usage?.prompt_tokens).toBeGreaterThan(10)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts).toMatchObject([{ end_state: 'complete', usage_source: 'provider' }])
    expect(Number(call.cost_usd)).toBeGreaterThan(0)
  })

  test('a limit holds under its newer name', async () => {
    const { usage } = await openai.chat.completions.create({ ...asked, max_completion_tokens: 4 })
    expect(usage?.completion_tokens).toBeLessThanOrEqual(4)
  })

  test('parameters that are null and the developer role do not disturb it', async () => {
    const { choices } = await openai.chat.completions.create({
      ...asked,
      messages: [{ role: 'developer', content: 'Be brief.' }, ...asked.messages],
      temperature: null,
      stop: null,
      max_tokens: 4,
    })
    expect(choices).toHaveLength(1)
  })

  test('Messages reach it too', async () => {
    const message = await anthropic.messages.create({ ...asked, max_tokens: 8 })
    expect(message.usage.input_tokens).toBeGreaterThan(10)
    expect(message.stop_reason).toMatch(/^(end_turn|max_tokens)$/)
  })
})

describe('streams', () => {
  test('come in pieces, with an estimate for the count that the engine does not send', async () => {
    const { data, response } = await openai.chat.completions
      .create({ ...asked, max_tokens: 40, stream: true, stream_options: { include_usage: true } })
      .withResponse()
    let pieces = 0
    let finish: string | null = null
    for await (const { choices } of data) {
      if (choices[0]?.delta.content !== undefined) pieces += 1
      finish = choices[0]?.finish_reason ?? finish
    }
    expect(pieces).toBeGreaterThan(1)
    expect(finish).toMatch(/^(stop|length)$/)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts).toMatchObject([{ end_state: 'complete', usage_source: 'estimate' }])
  })

  test('are the same as Messages', async () => {
    const stream = anthropic.messages.stream({ ...asked, max_tokens: 20 })
    expect((await stream.finalMessage()).stop_reason).toMatch(/^(end_turn|max_tokens)$/)
  })

  test('end at the engine when the caller leaves, and it answers the next one', async () => {
    const stop = new AbortController()
    const stream = await openai.chat.completions.create(
      { ...asked, max_tokens: 1_500, stream: true },
      { signal: stop.signal },
    )
    let pieces = 0
    for await (const _ of stream) {
      pieces += 1
      if (pieces === 3) break
    }
    stop.abort()
    const next = await openai.chat.completions.create({ ...asked, max_tokens: 3 })
    expect(next.choices).toHaveLength(1)
    const { calls } = await town.api<{ calls: { attempts: { end_state: string }[] }[] }>(
      '/api/calls?limit=10',
    )
    const ends = calls.flatMap(({ attempts }) => attempts.map(({ end_state }) => end_state))
    expect(ends).toContain('caller_left')
  })
})

const schema = {
  type: 'object',
  properties: { prime: { type: 'boolean' }, kind: { enum: ['odd', 'even'] } },
  required: ['prime', 'kind'],
}

describe('structure', () => {
  test('a schema binds even random weights', async () => {
    const { choices } = await openai.chat.completions.create({
      ...asked,
      max_tokens: 200,
      response_format: { type: 'json_schema', json_schema: { name: 'verdict', schema } },
    })
    const verdict = JSON.parse(choices[0]!.message.content!) as { prime: unknown; kind: unknown }
    expect(typeof verdict.prime).toBe('boolean')
    expect(['odd', 'even']).toContain(verdict.kind as string)
  })

  test('a tool that is named is called with arguments that fit', async () => {
    const { choices } = await openai.chat.completions.create({
      ...asked,
      max_tokens: 200,
      tools: [{ type: 'function', function: { name: 'judge', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'judge' } },
    })
    const [call] = choices[0]!.message.tool_calls ?? []
    if (call?.type !== 'function') throw new Error('no call')
    expect(call.function.name).toBe('judge')
    expect(JSON.parse(call.function.arguments)).toHaveProperty('prime')
    expect(choices[0]!.finish_reason).toBe('tool_calls')
  })
})

test('embeddings are one vector for each text', async () => {
  const { data } = await openai.embeddings.create({
    model: 'house/random',
    input: ['one', 'two'],
    encoding_format: 'float',
  })
  expect(data.map(({ embedding }) => embedding.length)).toEqual([128, 128])
})

describe('what it refuses', () => {
  const refusalOf = async (request: object): Promise<unknown> =>
    openai.chat.completions.create({ ...asked, ...request }).catch((error: unknown) => error)

  test('a prompt that is too long is a 400 of that name', async () => {
    const messages = [{ role: 'user' as const, content: 'word '.repeat(3_000) }]
    expect(await refusalOf({ messages, max_tokens: 4 })).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    })
  })

  test("a parameter of the wrong type is the caller's fault, though the engine says 500", async () => {
    expect(await refusalOf({ temperature: 'warm' })).toMatchObject({
      status: 400,
      code: 'provider_refused',
    })
  })
})
