import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type CallFacts, startTown, type Town } from './town.ts'

/**
 * Tasks that ask a second model beside one that is slow: who answers first has answered, the other is
 * cancelled and paid for, and neither shares nor budgets are passed.
 */
let town: Town

const key = 'web-secret-0123456789'
const poorKey = 'poor-secret-0123456789'
const asked = [{ role: 'user' as const, content: 'one two three four' }]

/** Takes connections and never shakes hands. */
const handless = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
afterAll(() => handless.stop(true))

const config = `
providers:
  handless: { type: openai-compatible, base_url: 'https://127.0.0.1:${handless.port}/v1' }
  slow: { type: openai-compatible, base_url: '{{slow}}' }
  late: { type: openai-compatible, base_url: '{{late}}' }
  mute: { type: openai-compatible, base_url: '{{mute}}' }
  still: { type: openai-compatible, base_url: '{{mute}}' }
  calm: { type: openai-compatible, base_url: '{{mute}}' }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
tasks:
  hedged: { models: [mute/fault/no-answer, birch/echo], hedge: { after: 60ms, most: 1 } }
  quick: { models: [birch/echo, mute/echo], hedge: { after: 5s, most: 1 } }
  rare: { models: [mute/fault/no-answer, birch/echo], hedge: { after: 30ms, most: 0.1 }, timeouts: { first_content: 250ms, total: 250ms } }
  both-fail: { models: [late/fault/slow-headers, mute/fault/http-500, birch/echo], hedge: { after: 30ms, most: 1 }, timeouts: { headers: 200ms } }
  first-wins: { models: [slow/fault/slow-headers, mute/fault/no-answer], hedge: { after: 30ms, most: 1 } }
  usual: { models: [slow/echo, birch/echo], hedge: { after: p95, most: 1 } }
  dear: { models: [calm/fault/no-answer, birch/echo], hedge: { after: 30ms, most: 1 }, timeouts: { first_content: 250ms } }
  silent: { models: [still/fault/no-answer, slow/fault/no-answer], hedge: { after: 20ms, most: 1 } }
  half-sent: { models: [slow/fault/no-answer, handless/echo], hedge: { after: 20ms, most: 1 } }
  kept: { models: [calm/fault/no-answer, birch/echo], hedge: { after: 30ms, most: 1 }, timeouts: { first_content: 150ms } }
  plain: { models: [mute/fault/no-answer, birch/echo], timeouts: { first_content: 150ms } }
keys:
  - { id: web, secret: ${key} }
  - { id: poor, secret: ${poorKey}, budget: { limit: 0.003 USD, per: day } }
prices:
  calm/fault/no-answer: { input: 10, output: 20 }
  mute/fault/no-answer: { input: 10, output: 20 }
  handless/echo: { input: 10, output: 20 }
  slow/fault/no-answer: { input: 10, output: 20 }
  birch/echo: { input: 10, output: 20 }
`

beforeAll(async () => {
  town = await startTown({
    config,
    vendors: {
      slow: { waitMs: 150 },
      late: { waitMs: 2_000 },
      mute: {},
      birch: { key: 'birch-key-0123456789' },
    },
  })
})
afterAll(() => town.close())

async function chat(
  model: string,
  fields: object = {},
  secret = key,
): Promise<{ status: number; by: string | null; call: CallFacts; text: string }> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model, messages: asked, ...fields }),
  })
  const text = await response.text()
  return {
    status: response.status,
    by: response.headers.get('x-freehold-model'),
    call: await town.call(response.headers.get('x-request-id')!),
    text,
  }
}

const rows = ({ attempts }: CallFacts): unknown =>
  attempts.map(({ provider, role, end_state: end }) => [provider, role, end])

describe('a model that says nothing in time', () => {
  test.each([true, false])('is outrun by the next, streamed: %p', async (stream) => {
    const client = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const before = town.vendors['mute']!.history().length
    const { response } = await client.chat.completions
      .create({ model: 'hedged', messages: asked, stream })
      .withResponse()
    await response.text().catch(() => '')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(rows(call)).toEqual([
      ['mute', 'served', 'cancelled'],
      ['birch', 'hedge', 'complete'],
    ])
    expect([call.ok, call.model]).toEqual([true, 'birch/echo'])
    // Its vendor is freed at once, and what it may have read is booked.
    const [cancelled] = town.vendors['mute']!.history(0).slice(before)
    expect(cancelled!.ending).toBe('left')
    const [first, second] = call.attempts
    expect(first!.tokens!['input']).toBeGreaterThan(0)
    expect(Number(call.cost_usd)).toBeCloseTo(
      Number(first!.cost_usd) + Number(second!.cost_usd),
      12,
    )
    expect(Object.keys(call.answers)).toEqual(['2'])
  })

  test('answers all the same when it is first, and the other is cancelled', async () => {
    const { by, call } = await chat('first-wins', { stream: true })
    expect(by).toBe('slow/fault/slow-headers')
    expect(rows(call)).toEqual([
      ['slow', 'served', 'complete'],
      ['mute', 'hedge', 'cancelled'],
    ])
    expect([call.ok, call.model, Object.keys(call.answers)]).toEqual([
      true,
      'slow/fault/slow-headers',
      ['1'],
    ])
  })

  test('when both fail the third is asked, and nobody twice', async () => {
    const { status, by, call } = await chat('both-fail', { stream: true })
    expect([status, by]).toEqual([200, 'birch/echo'])
    expect(rows(call)).toEqual([
      ['late', 'served', 'timeout'],
      ['mute', 'hedge', 'provider_error'],
      ['birch', 'fallback', 'complete'],
    ])
  })

  test('by the times that it usually takes', async () => {
    for (let count = 0; count < 20; count += 1) await chat('usual', { stream: true })
    town.vendors['slow']!.behave({ model: 'echo', fault: 'slow-headers', waitMs: 2_000 })
    const { by, call } = await chat('usual', { stream: true })
    expect(by).toBe('birch/echo')
    expect(rows(call)).toEqual([
      ['slow', 'served', 'cancelled'],
      ['birch', 'hedge', 'complete'],
    ])
    // How long whole answers take depends on their length: they have no usual time.
    expect(rows((await chat('usual')).call)).toEqual([['slow', 'served', 'complete']])
    town.vendors['slow']!.behave({ fault: 'none' })
  })
})

describe('nobody is asked twice', () => {
  test('where the first is quick', async () => {
    expect(rows((await chat('quick', { stream: true })).call)).toEqual([
      ['birch', 'served', 'complete'],
    ])
  })

  test('where the task did not ask for it', async () => {
    const { call } = await chat('plain', { stream: true })
    expect(call.attempts.map(({ role }) => role)).toEqual(['served', 'fallback'])
  })

  test('more often than the share says', async () => {
    const roles: string[] = []
    for (let count = 0; count < 12; count += 1) {
      const { call } = await chat('rare', { stream: true })
      roles.push(...call.attempts.map(({ role }) => role))
    }
    const hedges = roles.filter((role) => role === 'hedge').length
    expect(hedges).toBeGreaterThan(0)
    expect(hedges).toBeLessThanOrEqual(2)
  })

  test('where the budget does not bear both', async () => {
    const { call } = await chat('dear', { stream: true, max_tokens: 120 }, poorKey)
    expect(call.attempts.map(({ role }) => role)).not.toContain('hedge')
  })

  test('whose answer is kept for the next turn', async () => {
    const response = await fetch(`${town.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'kept', input: 'one two', stream: true }),
    })
    await response.text()
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts.map(({ role }) => role)).toEqual(['served', 'fallback'])
  })
})

test('a caller who leaves frees both', async () => {
  const leaving = new AbortController()
  const [mute, slow] = [town.vendors['mute']!, town.vendors['slow']!]
  const open = (): number =>
    [...mute.history(), ...slow.history()].filter(({ ending }) => ending === 'open').length
  const asking = fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'silent', messages: asked, stream: true }),
    signal: leaving.signal,
  }).catch(() => null)
  while (open() < 2) await Bun.sleep(5)
  leaving.abort()
  await asking
  for (let tries = 0; tries < 100 && open() > 0; tries += 1) await Bun.sleep(10)
  expect(open()).toBe(0)
})

test('a caller who leaves pays for the one that was asked, and not for the one that was still called up', async () => {
  const leaving = new AbortController()
  const asking = fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'half-sent', messages: asked }),
    signal: leaving.signal,
  }).catch(() => null)
  await Bun.sleep(300)
  leaving.abort()
  await asking
  const left = () => town.api<{ calls: { id: string }[] }>('/api/calls?task=half-sent')
  while ((await left()).calls.length === 0) await Bun.sleep(20)
  const { attempts } = await town.call((await left()).calls[0]!.id)
  expect(attempts.map(({ provider, end_state: end }) => [provider, end])).toEqual([
    ['slow', 'caller_left'],
    ['handless', 'caller_left'],
  ])
  expect(Number(attempts[0]!.cost_usd)).toBeGreaterThan(0)
  expect(attempts[1]).toMatchObject({ cost_usd: '0', cost_source: 'none' })
})
