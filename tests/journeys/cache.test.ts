import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

let town: Town
let openai: OpenAI
let anthropic: Anthropic

const key = 'web-secret-0123456789'
const other = 'app-secret-0123456789'
const poor = 'poor-secret-0123456789'

const config = (ttl: string): string => `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: openai-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
tasks:
  plain: acme/echo
  slow: { models: [acme/fault/slow-headers], cache: { ttl: 1h } }
  flaky: { models: [acme/fault/http-422], cache: { ttl: 1h } }
  stoodin: { models: [acme/fault/http-529, birch/fault/slow-headers], cache: { ttl: 1h } }
  known: { models: [acme/echo], cache: { ttl: ${ttl} } }
  backed: { models: [acme/echo, birch/echo], cache: { ttl: 1h } }
  ofkey: { models: [acme/echo], cache: { ttl: 1h, scope: key } }
  shared: { models: [acme/echo], cache: { ttl: 1h, scope: task } }
  paced: { models: [acme/echo], cache: { ttl: 1h }, rate: { requests: 3/h } }
  vectors: { models: [acme/embed], cache: { ttl: 1h } }
keys:
  - { id: web, secret: ${key} }
  - { id: app, secret: ${other} }
  - { id: poor, secret: ${poor}, budget: { limit: 0.0005 USD, per: total } }
prices:
  acme/fault/slow-headers: { input: 1, output: 2 }
  acme/echo: { input: 1, output: 2 }
  birch/echo: { input: 3, output: 4 }
  acme/embed: { input: 0.02 }
`

beforeAll(async () => {
  town = await startTown({ config: config('1h'), vendors: { acme: {}, birch: {} } })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
})
afterAll(() => town.close())
beforeEach(() => Object.values(town.vendors).forEach((vendor) => vendor.reset()))

const asked = (vendor = 'acme'): number => town.vendors[vendor]!.history().length

let questions = 0
/** A question that nobody has asked before. */
function fresh(model = 'known') {
  questions += 1
  const content = `What is 17 * ${questions}?`
  return { model, messages: [{ role: 'user' as const, content }], max_tokens: 50 }
}

interface Told {
  readonly cache: string | null
  readonly id: string
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

async function send(body: object, headers: Record<string, string> = {}): Promise<Told> {
  const answer = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  })
  return {
    cache: answer.headers.get('x-freehold-cache'),
    id: answer.headers.get('x-request-id')!,
    status: answer.status,
    text: await answer.text(),
    headers: answer.headers,
  }
}

/** What the headers say of some calls, one after another. */
async function cacheOf(calls: readonly (() => Promise<Told>)[]): Promise<(string | null)[]> {
  const said: (string | null)[] = []
  for (const call of calls) said.push((await call()).cache)
  return said
}

describe('a task with a cache', () => {
  test('gives an answer again, for nothing, and books what that saved', async () => {
    const asks = fresh()
    const first = await openai.chat.completions.create(asks).withResponse()
    const again = await openai.chat.completions.create(asks).withResponse()
    expect(again.data).toEqual(first.data)
    expect(asked()).toBe(1)
    const told = (name: string): (string | null)[] =>
      [first, again].map(({ response }) => response.headers.get(name))
    expect(told('x-freehold-cache')).toEqual(['miss', 'hit'])
    expect(told('x-freehold-model')).toEqual(['acme/echo', 'acme/echo'])
    expect(told('x-freehold-attempts')).toEqual(['1', '0'])
    expect(told('x-freehold-cost-usd')[1]).toBe('0')
    expect(told('age')).toEqual([null, '0'])
    const paid = await town.call(first.request_id!)
    const saved = await town.call(again.request_id!)
    expect(Number(paid.cost_usd)).toBeGreaterThan(0)
    expect(paid.attempts).toMatchObject([{ role: 'served', saved_usd: null }])
    expect(saved).toMatchObject({ ok: true, cost_usd: '0', model: 'acme/echo' })
    expect(saved.attempts).toMatchObject([
      { role: 'cache_hit', task: 'known', saved_usd: paid.cost_usd, tokens: null },
    ])
  })

  test('gives a stream again as a stream, in the dialect of its caller', async () => {
    const asks = fresh()
    const say = () => anthropic.messages.stream(asks).finalMessage()
    const first = await say()
    expect(await say()).toEqual(first)
    expect(asked()).toBe(1)
    const streamed = { ...fresh(), stream: true }
    const [one, two] = [await send(streamed), await send(streamed)]
    expect([one.cache, two.cache]).toEqual(['miss', 'hit'])
    expect(two.text).toBe(one.text)
    expect(two.text).toEndWith('data: [DONE]\n\n')
    expect(two.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  })

  test('knows embeddings, too', async () => {
    const asks = { model: 'vectors', input: ['a', 'b'] }
    const first = await openai.embeddings.create(asks)
    expect(await openai.embeddings.create(asks)).toEqual(first)
    expect(asked()).toBe(1)
  })

  test('keeps it over a restart', async () => {
    const asks = fresh()
    const first = await send(asks)
    await town.end()
    await town.restart()
    openai.baseURL = `${town.url}/v1`
    anthropic.baseURL = town.url
    const again = await send(asks)
    expect(again.cache).toBe('hit')
    expect(again.text).toBe(first.text)
  })

  test('writes nothing to the disk that is to be masked, also when it is cut over two events', async () => {
    const content = 'Write to bob.miller@acme.example'
    const plain = { ...fresh(), stream: true }
    const personal = { ...fresh(), messages: [{ role: 'user', content }], stream: true }
    for (const asks of [plain, personal]) {
      expect(await cacheOf([() => send(asks), () => send(asks)])).toEqual(['miss', 'hit'])
    }
    await town.end()
    await town.restart()
    openai.baseURL = `${town.url}/v1`
    anthropic.baseURL = town.url
    expect(await cacheOf([() => send(plain), () => send(personal)])).toEqual(['hit', 'miss'])
  })

  test('is the only one that has one', async () => {
    const asks = fresh('plain')
    expect(await cacheOf([() => send(asks), () => send(asks)])).toEqual(['off', 'off'])
    expect(asked()).toBe(2)
  })

  test('leaves it out when the caller says so', async () => {
    const asks = fresh()
    const wish = (wish: string) => () => send(asks, { 'cache-control': wish })
    expect(await cacheOf([wish('no-store'), wish('no-store'), wish('no-cache')])).toEqual([
      'off',
      'off',
      'miss',
    ])
    expect(
      await cacheOf([() => send(asks), wish('No-Cache'), wish('max-age=0, no-store')]),
    ).toEqual(['hit', 'miss', 'off'])
  })

  test('asks again after its time, also when that was shortened since', async () => {
    const asks = fresh()
    expect(await cacheOf([() => send(asks), () => send(asks)])).toEqual(['miss', 'hit'])
    town.configure(config('1ms'))
    while ((await send(asks)).cache !== 'miss') await Bun.sleep(20)
    town.configure(config('1h'))
    // What is 20 ms old is a hit as soon as the longer time is in force.
    do await Bun.sleep(20)
    while ((await send(asks)).cache !== 'hit')
  })
})

describe('an answer goes to nobody else', () => {
  const to = (name: string, asks: object) => () => send(asks, { 'x-freehold-customer': name })
  const by = (secret: string, asks: object) => () =>
    send(asks, { authorization: `Bearer ${secret}` })

  test('than the customer of the key that asked', async () => {
    const asks = fresh()
    expect(
      await cacheOf([
        to('a', asks),
        to('b', asks),
        () => send(asks),
        by(other, asks),
        to('a', asks),
      ]),
    ).toEqual(['miss', 'miss', 'miss', 'miss', 'hit'])
    const named = fresh()
    const user = (user: string) => () => send({ ...named, user })
    expect(await cacheOf([user('a'), user('b'), user('a')])).toEqual(['miss', 'miss', 'hit'])
  })

  test('than the key, or than those who may call the task, where the task says so', async () => {
    const ofKey = fresh('ofkey')
    expect(await cacheOf([to('a', ofKey), to('b', ofKey), by(other, ofKey)])).toEqual([
      'miss',
      'hit',
      'miss',
    ])
    const shared = fresh('shared')
    expect(await cacheOf([to('a', shared), to('b', shared), by(other, shared)])).toEqual([
      'miss',
      'hit',
      'hit',
    ])
  })
})

test('whatever may change the answer is another question', async () => {
  const asks = fresh()
  await send(asks)
  const others: object[] = [
    { ...asks, model: 'shared' },
    { ...asks, temperature: 0 },
    { ...asks, max_tokens: 51 },
    { ...asks, stream: true },
    { ...asks, seed: 7 },
    { ...asks, tools: [{ type: 'function', function: { name: 'f' } }] },
    { ...asks, response_format: { type: 'text' } },
    { ...asks, a_field_of_next_year: 1 },
    { ...asks, messages: [{ role: 'system', content: 'Be brief.' }, ...asks.messages] },
    { ...asks, messages: [{ ...asks.messages[0]!, name: 'someone' }] },
  ]
  for (const each of others) expect(await send(each)).toMatchObject({ status: 200, cache: 'miss' })
  expect((await send(asks, { 'x-freehold-strict': '1' })).cache).toBe('miss')
  const same = { metadata: { session: 's' }, ...asks }
  expect((await send(same)).cache).toBe('hit')
})

describe('an answer is not kept', () => {
  const twice = async (asks: object): Promise<(string | null)[]> =>
    cacheOf([() => send(asks), () => send(asks)])

  test('when it was cut by its length', async () => {
    const asks = { ...fresh(), max_tokens: 1 }
    const { text } = await send(asks)
    expect(text).toContain('"finish_reason":"length"')
    expect((await send(asks)).cache).toBe('miss')
  })

  test('when it broke off', async () => {
    const asks = { ...fresh(), stream: true }
    town.vendors['acme']!.behave({ fault: 'reset-mid-stream', times: 1 })
    expect((await send(asks)).text).toContain('"error"')
    expect(await twice(asks)).toEqual(['miss', 'hit'])
  })

  test('when its caller left', async () => {
    const asks = { ...fresh(), stream: true }
    town.vendors['acme']!.behave({ fault: 'stall-mid-stream', times: 1 })
    const left = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(asks),
    })
    const reader = left.body!.getReader()
    await reader.read()
    await reader.cancel()
    const { attempts } = await town.call(left.headers.get('x-request-id')!)
    expect(attempts).toMatchObject([{ end_state: 'caller_left' }])
    expect(await twice(asks)).toEqual(['miss', 'hit'])
  })

  test('when it is an error', async () => {
    const asks = fresh()
    town.vendors['acme']!.behave({ fault: 'http-400', times: 1 })
    expect((await send(asks)).status).toBe(400)
    expect(await twice(asks)).toEqual(['miss', 'hit'])
  })
})

test('the answer of a stand-in is never taken for one of the model that it stood in for', async () => {
  const asks = fresh('backed')
  town.vendors['acme']!.behave({ fault: 'http-500', times: 2 })
  const stood = await send(asks)
  expect(stood.headers.get('x-freehold-model')).toBe('birch/echo')
  const back = await send(asks)
  expect(back.cache).toBe('miss')
  expect(back.headers.get('x-freehold-model')).toBe('acme/echo')
  const again = await send(asks)
  expect(again.cache).toBe('hit')
  expect(again.headers.get('x-freehold-model')).toBe('acme/echo')
  expect(asked('birch')).toBe(1)
})

test('a hit counts against rates and not against budgets', async () => {
  const paced = fresh('paced')
  const statuses: number[] = []
  for (let times = 0; times < 4; times += 1) statuses.push((await send(paced)).status)
  expect(statuses).toEqual([200, 200, 200, 429])
  expect(asked()).toBe(1)

  const asks = fresh()
  const byPoor = (body: object) => send(body, { authorization: `Bearer ${poor}` })
  let spent = await byPoor(asks)
  expect(spent.status).toBe(200)
  // Questions go on until the budget is spent; the first one has its answer all the same.
  for (let left = 50; spent.status === 200 && left > 0; left -= 1) spent = await byPoor(fresh())
  expect(spent.status).toBe(402)
  expect(await byPoor(asks)).toMatchObject({ status: 200, cache: 'hit' })
})

test('with an Idempotency-Key, a repeat gets what came out of the cache', async () => {
  const asks = fresh()
  const headers = { 'idempotency-key': 'of-a-hit' }
  const first = await send(asks)
  const hit = await send(asks, headers)
  const replayed = await send(asks, headers)
  expect([hit.cache, hit.text]).toEqual(['hit', first.text])
  expect(replayed.headers.get('idempotent-replayed')).toBe('true')
  expect(replayed.text).toBe(first.text)
})

test('a conversation that is left at the server goes on from an answer that was kept', async () => {
  const asks = { model: 'known', input: 'My name is Ada.' }
  const first = await openai.responses.create(asks).withResponse()
  const again = await openai.responses.create(asks).withResponse()
  expect(again.response.headers.get('x-freehold-cache')).toBe('hit')
  expect(again.data).toEqual(first.data)
  const goesOn = { model: 'known', input: 'And now?', previous_response_id: again.data.id }
  const next = await openai.responses.create(goesOn).withResponse()
  expect(next.response.headers.get('x-freehold-cache')).toBe('miss')
  const { body } = town.vendors['acme']!.history().at(-1)!
  expect(body).toContain('My name is Ada.')
  // Such answers say the metadata again, so that others are another question.
  const named = { ...asks, metadata: { session: 's-1' } }
  const other = await openai.responses.create(named).withResponse()
  expect(other.response.headers.get('x-freehold-cache')).toBe('miss')
  expect(other.data.metadata).toEqual({ session: 's-1' })
})

test('each form of a stream has an answer of its own', async () => {
  const content = fresh().messages[0]!.content
  const gemini = async (query: string) => {
    const path = `/v1beta/models/known:streamGenerateContent${query}`
    const answer = await fetch(town.url + path, {
      method: 'POST',
      headers: { 'x-goog-api-key': key },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: content }] }] }),
    })
    return { cache: answer.headers.get('x-freehold-cache'), text: await answer.text() }
  }
  const [events, list] = [await gemini('?alt=sse'), await gemini('')]
  expect([events.cache, list.cache]).toEqual(['miss', 'miss'])
  expect(events.text).toStartWith('data: {')
  expect(list.text).toStartWith('[')
  expect(await gemini('?alt=sse')).toEqual({ cache: 'hit', text: events.text })
  expect(await gemini('')).toEqual({ cache: 'hit', text: list.text })

  const converse = async () => {
    const answer = await fetch(`${town.url}/model/known/converse-stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: content }] }] }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { cache: answer.headers.get('x-freehold-cache'), bytes }
  }
  const frames = await converse()
  expect(frames.bytes.length).toBeGreaterThan(100)
  expect(await converse()).toEqual({ cache: 'hit', bytes: frames.bytes })
})

test('what was saved is in the sums, by whatever they are asked for', async () => {
  const asks = fresh('ofkey')
  const paid = await town.call((await send(asks)).id)
  for (let count = 0; count < 3; count += 1) await town.call((await send(asks)).id)
  interface Costs {
    readonly rows: readonly { readonly group: object; readonly saved_usd: string }[]
    readonly total: { readonly saved_usd: string }
  }
  const { rows, total } = await town.api<Costs>('/api/costs?by=role&task=ofkey')
  const saved = rows.find(({ group }) => 'role' in group && group.role === 'cache_hit')!.saved_usd
  expect(total.saved_usd).toBe(saved)
  expect(Number(saved)).toBeGreaterThanOrEqual(3 * Number(paid.cost_usd))
  expect(rows.filter(({ saved_usd: none }) => none === '0').length).toBe(rows.length - 1)
})

describe('calls that ask the same at once', () => {
  const at = (count: number, call: () => Promise<Told>): Promise<Told[]> =>
    Promise.all(Array.from({ length: count }, call))

  test.each([true, false])(
    'are one call of the provider, and the others are given its answer; streamed: %p',
    async (stream) => {
      const asks = { ...fresh('slow'), stream }
      const told = await at(12, () => send(asks))
      expect(asked()).toBe(1)
      expect(new Set(told.map(({ text }) => text)).size).toBe(1)
      expect(told.filter(({ cache }) => cache === 'miss').length).toBe(1)
      const calls = await Promise.all(told.map(({ id }) => town.call(id)))
      const leader = calls.find(({ attempts: [only] }) => only!.role === 'served')!
      const others = calls.filter((call) => call !== leader)
      expect(Number(leader.cost_usd)).toBeGreaterThan(0)
      expect(others).toHaveLength(11)
      for (const { cost_usd: cost, attempts } of others) {
        expect(cost).toBe('0')
        expect(attempts).toMatchObject([{ role: 'cache_hit', saved_usd: leader.cost_usd }])
      }
    },
  )

  test('are made by themselves when the first one fails', async () => {
    const asks = fresh('flaky')
    const told = await at(4, () => send(asks))
    expect(told.map(({ status }) => status)).toEqual([422, 422, 422, 422])
    expect(asked()).toBe(4)
  })

  test('are made by themselves when its caller leaves', async () => {
    const asks = fresh('slow')
    const leaving = new AbortController()
    const first = fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(asks),
      signal: leaving.signal,
    }).catch(() => null)
    while (asked() === 0) await Bun.sleep(2)
    const second = send(asks)
    await Bun.sleep(10)
    leaving.abort()
    await first
    expect(await second).toMatchObject({ status: 200, cache: 'miss' })
    expect(asked()).toBe(2)
  })

  test('are not given what a stand-in answered for another', async () => {
    const asks = fresh('stoodin')
    const told = await at(3, () => send(asks))
    expect(told.map(({ cache }) => cache)).toEqual(['miss', 'miss', 'miss'])
    expect(asked('birch')).toBe(3)
  })

  test('belong to one caller: another key asks by itself', async () => {
    const asks = fresh('slow')
    const told = await Promise.all([send(asks), send(asks, { authorization: `Bearer ${other}` })])
    expect(told.map(({ cache }) => cache)).toEqual(['miss', 'miss'])
    expect(asked()).toBe(2)
  })

  test('a caller who leaves while it waits for another one leaves that one alone', async () => {
    const asks = fresh('slow')
    const first = send(asks)
    while (asked() === 0) await Bun.sleep(2)
    const leaving = new AbortController()
    const waiting = fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(asks),
      signal: leaving.signal,
    }).catch(() => null)
    await Bun.sleep(10)
    leaving.abort()
    expect(await waiting).toBeNull()
    expect(await first).toMatchObject({ status: 200, cache: 'miss' })
    expect(asked()).toBe(1)
  })
})
