import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/** The official clients, which do not send an `Idempotency-Key` by themselves, told to send one. */
let town: Town
let openai: OpenAI
let anthropic: Anthropic

const key = 'web-secret-0123456789'
const other = 'app-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
tasks:
  hello: acme/echo
  paced: { models: [acme/echo], rate: { requests: 3/h } }
keys:
  - { id: web, secret: ${key} }
  - { id: app, secret: ${other} }
prices:
  acme/echo: { input: 1, output: 2 }
`,
    vendors: { acme: {} },
  })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
})
afterAll(() => town.close())
beforeEach(() => town.vendors['acme']!.reset())

const asked = (): number => town.vendors['acme']!.history().length

let keys = 0
/** A key that nobody has sent before. */
function fresh(): { readonly headers: Record<string, string> } {
  keys += 1
  return { headers: { 'idempotency-key': `key-${keys}` } }
}

function chat(content = 'What is 17 * 23?', model = 'hello') {
  return { model, messages: [{ role: 'user' as const, content }], max_tokens: 50 }
}

/** As it is sent, without a client. */
function post(body: string, headers: Record<string, string>, path = '/v1/chat/completions') {
  return fetch(town.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body,
  })
}

describe('a call that is sent again with its key', () => {
  test('gets the answer of the first time, for nothing, and has a row that says so', async () => {
    const with1 = fresh()
    const first = await openai.chat.completions.create(chat(), with1).withResponse()
    const again = await openai.chat.completions.create(chat(), with1).withResponse()
    expect(again.data).toEqual(first.data)
    expect(asked()).toBe(1)
    const told = (name: string): (string | null)[] =>
      [first, again].map(({ response }) => response.headers.get(name))
    expect(told('idempotent-replayed')).toEqual([null, 'true'])
    expect(told('original-request')).toEqual([null, first.request_id])
    expect(told('x-freehold-model')).toEqual(['acme/echo', 'acme/echo'])
    expect(told('x-freehold-attempts')).toEqual(['1', '0'])
    expect(told('x-freehold-cost-usd')[1]).toBe('0')
    expect(again.request_id).not.toBe(first.request_id)
    const call = await town.call(again.request_id!)
    expect(call).toMatchObject({ ok: true, cost_usd: '0' })
    expect(call.attempts).toMatchObject([
      { role: 'replay', task: 'hello', reason: `the answer of call ${first.request_id}` },
    ])
    expect(call.attempts[0]!.tokens).toBeNull()
  })

  test('gets a stream as the same stream', async () => {
    const with1 = fresh()
    const streamed = async (): Promise<unknown[]> => {
      const chunks: unknown[] = []
      const asks = { ...chat(), stream: true as const, stream_options: { include_usage: true } }
      const stream = await openai.chat.completions.create(asks, with1)
      for await (const chunk of stream) chunks.push(chunk)
      return chunks
    }
    const first = await streamed()
    expect(first.length).toBeGreaterThan(2)
    expect(await streamed()).toEqual(first)
    expect(asked()).toBe(1)
  })

  test('gets it in the dialect in which it asked, also as a stream that was written anew', async () => {
    const with1 = fresh()
    const say = () => anthropic.messages.stream(chat(), with1).finalMessage()
    const first = await say()
    expect(await say()).toEqual(first)
    expect(first.content).toMatchObject([{ type: 'text' }])
    expect(asked()).toBe(1)
  })

  test('is the same in whichever order its fields stand', async () => {
    const { headers } = fresh()
    const first = await post(JSON.stringify({ ...chat(), temperature: 0.5 }), headers)
    const { model, messages, max_tokens } = chat()
    const turned = JSON.stringify({ temperature: 0.5, max_tokens, messages, model }, null, 2)
    const again = await post(turned, headers)
    expect(await again.text()).toBe(await first.text())
    expect(asked()).toBe(1)
  })

  test('gets the same after a restart', async () => {
    const with1 = fresh()
    const first = await openai.chat.completions.create(chat('Before the end'), with1)
    await town.end()
    await town.restart()
    openai.baseURL = `${town.url}/v1`
    anthropic.baseURL = town.url
    const again = await openai.chat.completions.create(chat('Before the end'), with1)
    expect(again).toEqual(first)
    expect(asked()).toBe(1)
  })

  test('counts against the rate', async () => {
    const { headers } = fresh()
    const send = () => post(JSON.stringify(chat('pace', 'paced')), headers)
    const statuses: number[] = []
    for (let times = 0; times < 4; times += 1) statuses.push((await send()).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    expect(asked()).toBe(1)
  })
})

describe('the key', () => {
  test('of one request is refused for another', async () => {
    const with1 = fresh()
    await openai.chat.completions.create(chat(), with1)
    const thrown = await openai.chat.completions
      .create(chat('Something else'), with1)
      .catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(OpenAI.UnprocessableEntityError)
    expect(thrown).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(asked()).toBe(1)
  })

  test('belongs to a caller and a path', async () => {
    const { headers } = fresh()
    const body = JSON.stringify(chat())
    const answers = [
      await post(body, headers),
      await post(body, { ...headers, authorization: `Bearer ${other}` }),
      await post(body, headers, '/v1/messages'),
    ]
    expect(answers.map((answer) => answer.headers.get('idempotent-replayed'))).toEqual([
      null,
      null,
      null,
    ])
    expect(asked()).toBe(3)
  })

  test('may not be longer than 255 characters', async () => {
    const answer = await post(JSON.stringify(chat()), { 'idempotency-key': 'k'.repeat(256) })
    expect(answer.status).toBe(400)
    expect(asked()).toBe(0)
  })
})

describe('while the first call is under way', () => {
  test('a repeat is told to come back, and gets its answer then', async () => {
    const { headers } = fresh()
    town.vendors['acme']!.behave({ fault: 'slow-headers', times: 1, waitMs: 400 })
    const body = JSON.stringify(chat())
    const first = post(body, headers)
    while (asked() === 0) await Bun.sleep(5)
    const early = await post(body, headers)
    expect(early.status).toBe(409)
    expect(early.headers.get('retry-after')).toBe('1')
    expect(early.headers.get('x-should-retry')).not.toBe('false')
    expect(await early.json()).toMatchObject({ error: { code: 'idempotency_key_busy' } })
    const text = await (await first).text()
    const late = await post(body, headers)
    expect(await late.text()).toBe(text)
    expect(asked()).toBe(1)
  })

  test('the openai client comes back by itself', async () => {
    const with1 = fresh()
    town.vendors['acme']!.behave({ fault: 'slow-headers', times: 1, waitMs: 400 })
    const first = openai.chat.completions.create(chat(), with1)
    while (asked() === 0) await Bun.sleep(5)
    const second = openai.chat.completions.create(chat(), { ...with1, maxRetries: 3 })
    expect(await second).toEqual(await first)
    expect(asked()).toBe(1)
  })

  test('of many that come at once one asks the provider', async () => {
    const { headers } = fresh()
    const body = JSON.stringify(chat())
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body, headers)))
    const statuses = new Set(answers.map(({ status }) => status))
    expect(statuses.has(200)).toBe(true)
    expect([...statuses].every((status) => status === 200 || status === 409)).toBe(true)
    expect(asked()).toBe(1)
  })
})

describe('an error', () => {
  test('of a provider that was asked is remembered', async () => {
    const { headers } = fresh()
    town.vendors['acme']!.behave({ fault: 'http-500', times: 2 })
    const body = JSON.stringify(chat())
    const first = await post(body, headers)
    const again = await post(body, headers)
    expect([first.status, again.status]).toEqual([502, 502])
    const said = async (answer: Response): Promise<object> => {
      const { error } = (await answer.json()) as { error: Record<string, unknown> }
      return { ...error, request_id: null } // each call has its own
    }
    expect(await said(again)).toEqual(await said(first))
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('x-should-retry')).toBe('false')
    expect(asked()).toBe(2) // the gateway's own second try
  })

  test('of before, or of a provider that did not work on it, is not', async () => {
    const { headers } = fresh()
    const unknown = await post(JSON.stringify(chat('Hello', 'nobody/none')), headers)
    expect(unknown.status).toBe(404)
    town.vendors['acme']!.behave({ fault: 'http-429-retry-after-ms', times: 1 })
    const body = JSON.stringify(chat())
    const limited = await post(body, headers)
    expect(limited.status).toBe(429)
    const answered = await post(body, headers)
    expect(answered.status).toBe(200)
    expect(answered.headers.get('idempotent-replayed')).toBeNull()
  })
})

test('an answer that its caller left is asked for anew', async () => {
  const { headers } = fresh()
  town.vendors['acme']!.behave({ fault: 'stall-mid-stream', times: 1 })
  const body = JSON.stringify({ ...chat('A long story, please'), stream: true })
  const first = await post(body, headers)
  const reader = first.body!.getReader()
  await reader.read()
  await reader.cancel()
  let again = await post(body, headers)
  // Until the gateway has noticed.
  while (again.status === 409) {
    await Bun.sleep(20)
    again = await post(body, headers)
  }
  expect(again.headers.get('idempotent-replayed')).toBeNull()
  expect(await again.text()).toEndWith('data: [DONE]\n\n')
  expect(asked()).toBe(2)
})
