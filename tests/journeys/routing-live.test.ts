import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type CallFacts, startTown, type Town } from './town.ts'

/** Policies that choose among models, as callers meet them. The echo is the cheap model: what it is told it says. */
let town: Town

const key = 'web-secret-0123456789'

const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  slow: { type: openai-compatible, base_url: '{{slow}}', api_key: acme-key-0123456789 }
  cedar: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
prices:
  acme/echo: { input: 0.01, output: 0.02 }
  acme/fault/http-500: { input: 0.01, output: 0.02 }
  acme/fault/close-mid-stream: { input: 0.01, output: 0.02 }
  cedar/echo: { input: 5, output: 20 }
  acme/medium: { input: 0.4, output: 1.6 }
  birch/small: { input: 5, output: 20 }
  birch/fault/http-500: { input: 5, output: 20 }
tasks:
  cheap_first: { policy: cascade, models: [acme/echo, birch/small] }
  tools: { policy: cascade, models: [acme/small, birch/small] }
  no_tools: { policy: cascade, models: [cedar/fault/tool-other-name, birch/small] }
  remembered: { policy: cascade, models: [acme/echo, birch/small], cache: { ttl: 1h } }
  cheap_silent: { policy: cascade, models: [slow/fault/no-answer, birch/small] }
  three: { policy: cascade, models: [acme/echo, acme/medium, birch/small] }
  sampled: { policy: cascade, models: [acme/echo, birch/small], samples: 3 }
  streamed_strong: { policy: cascade, models: [acme/echo, birch/small], streaming: strong }
  cheap_down: { policy: cascade, models: [acme/fault/http-500, birch/small] }
  cheap_cut: { policy: cascade, models: [acme/fault/close-mid-stream, birch/small] }
  cheap_torn: { policy: cascade, models: [acme/fault/clean-end-mid-stream, birch/small] }
  strong_down: { policy: cascade, models: [acme/echo, birch/fault/http-500] }
  dear_alone: cedar/echo
  dear_pair: { policy: cascade, models: [cedar/echo, birch/small] }
  by_price: { policy: cheapest, models: [birch/small, acme/echo] }
  by_time: { policy: fastest, models: [acme/echo, birch/small] }
  promised:
    policy: cascade
    models: [acme/echo, birch/small]
    guarantee: { quality: 0.95 }
keys:
  - { id: web, secret: ${key} }
  - { id: poor, secret: poor-secret-0123456789, budget: { limit: 0.001 USD, per: day } }
`

const document = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    schema: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
} as const

beforeAll(async () => {
  town = await startTown({
    config,
    vendors: {
      acme: { key: 'acme-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
      slow: { key: 'acme-key-0123456789', waitMs: 60_000 },
    },
  })
})
afterAll(() => town.close())

interface Asked {
  readonly status: number
  readonly text: string
  readonly model: string | null
  readonly attempts: string | null
  readonly call: CallFacts
}

async function chat(
  model: string,
  content: string,
  more: object = {},
  secret = key,
): Promise<Asked> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...more }),
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    model: response.headers.get('x-freehold-model'),
    attempts: response.headers.get('x-freehold-attempts'),
    call: await town.call(response.headers.get('x-request-id')!),
  }
}

function rolesOf({ call }: Asked): string {
  return call.attempts.map(({ role, provider }) => `${provider} ${role}`).join(', ')
}

function reasonsOf({ call }: Asked): string {
  return call.attempts.map(({ reason }) => String(reason)).join(' | ')
}

describe('a cascade', () => {
  test.each([false, true])(
    'gives the cheap answer that has no flaw (streamed: %p)',
    async (stream) => {
      const asked = await chat('cheap_first', 'The tide is high.', { stream })
      expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'acme/echo', '1'])
      expect(asked.text.replaceAll(/"\}.*?\n\ndata: .*?"content":"/gs, '')).toContain('tide')
      expect(rolesOf(asked)).toBe('acme served')
      expect(reasonsOf(asked)).toContain('cheap first, not proven; accepted by no flaw')
    },
  )

  test.each([false, true])(
    'escalates what does not fit its schema (streamed: %p)',
    async (stream) => {
      const asked = await chat('cheap_first', 'Name a city.', { stream, response_format: document })
      expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'birch/small', '2'])
      expect(asked.text).not.toContain('Name a city.')
      expect(rolesOf(asked)).toBe('acme cascade_step, birch served')
      expect(reasonsOf(asked)).toContain('rejected by schema: it is no JSON')
      expect(reasonsOf(asked)).toContain('escalated from acme/echo by schema')
      expect(asked.call).toMatchObject({ ok: true, model: 'birch/small' })
      const [cheap, strong] = asked.call.attempts.map(({ cost_usd: cost }) => Number(cost))
      expect(Number(asked.call.cost_usd)).toBeCloseTo(cheap! + strong!, 12)
      expect(cheap).toBeGreaterThan(0)
    },
  )

  test('escalates a refusal, and a tool that was not called', async () => {
    const refusal = await chat('cheap_first', "I'm sorry, I can't help with that.")
    expect(refusal.model).toBe('birch/small')
    expect(reasonsOf(refusal)).toContain('refusal: it reads like a refusal')
    const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
    const tools = await chat('cheap_first', 'Please look.', { tools: [tool] })
    // The echo calls a tool only when it must, and nothing says that it had to.
    expect(tools.model).toBe('acme/echo')
  })

  test('gives a call of a tool that can be made, and escalates one that cannot', async () => {
    const look = {
      name: 'look',
      parameters: { type: 'object', properties: { at: { type: 'string' } } },
    }
    const openai = new OpenAI({ baseURL: `${town.url}/v1`, apiKey: key, maxRetries: 0 })
    const { data, response } = await openai.chat.completions
      .create({
        model: 'tools',
        tools: [{ type: 'function', function: look }],
        messages: [{ role: 'user', content: 'Please look.' }],
      })
      .withResponse()
    expect(response.headers.get('x-freehold-model')).toBe('acme/small')
    expect(data.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'look' } })
    const wrong = await chat('no_tools', 'Please look.', {
      tools: [{ type: 'function', function: look }],
    })
    expect(wrong.model).toBe('birch/small')
    expect(wrong.text).toContain('"name":"look"')
    expect(reasonsOf(wrong)).toContain('rejected by tools: it calls a tool that there is not')
  })

  test('ends when its caller leaves: nobody better is asked then', async () => {
    const leaving = new AbortController()
    const asking = fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-freehold-session': 'leaving' },
      body: JSON.stringify({ model: 'cheap_silent', messages: [{ role: 'user', content: 'Hi' }] }),
      signal: leaving.signal,
    }).catch(() => null)
    const calls = async () =>
      (await town.api<{ calls: readonly CallFacts[] }>('/api/calls?session=leaving')).calls
    await Bun.sleep(300)
    leaving.abort()
    await asking
    for (let tries = 0; tries < 100 && (await calls()).length === 0; tries += 1) await Bun.sleep(30)
    expect((await calls())[0]!.attempts).toMatchObject([{ end_state: 'caller_left' }])
  })

  test('each of three models is a step', async () => {
    const asked = await chat('three', 'Name a city.', { response_format: document })
    expect(rolesOf(asked)).toBe('acme cascade_step, acme served')
    expect(asked.model).toBe('acme/medium')
  })

  test('compares samples where it is told to', async () => {
    const asked = await chat('sampled', 'four')
    expect(rolesOf(asked)).toBe('acme served, acme cascade_step, acme cascade_step')
    expect(reasonsOf(asked)).toContain('samples: none of 2 says something else')
    expect(asked.model).toBe('acme/echo')
  })

  test('a cheap model that is down leaves the strong one to answer', async () => {
    const asked = await chat('cheap_down', 'Hello')
    expect([asked.status, asked.model]).toEqual([200, 'birch/small'])
    expect(asked.call.attempts.at(-1)).toMatchObject({ role: 'fallback', provider: 'birch' })
  })

  test('pays for what a cheap model said before it broke off, though nobody saw it', async () => {
    const asked = await chat('cheap_cut', 'Tell of the tides.', { stream: true })
    expect([asked.status, asked.model]).toEqual([200, 'birch/small'])
    const [cut] = asked.call.attempts
    expect(cut).toMatchObject({ end_state: 'provider_cut', usage_source: 'estimate' })
    expect(cut!.tokens!['output']).toBeGreaterThan(0)
    expect(Number(cut!.cost_usd)).toBeGreaterThan(0)
  })

  test('leaves a cheap model alone that breaks off one answer after the other', async () => {
    const asked: Asked[] = []
    for (let count = 0; count < 8; count += 1)
      asked.push(await chat('cheap_torn', `Tell of the tides ${count}.`, { stream: true }))
    expect(asked.map(({ attempts }) => attempts)).toEqual(['2', '2', '2', '2', '2', '1', '1', '1'])
    expect(reasonsOf(asked.at(-1)!)).toContain('acme/fault/clean-end-mid-stream rests')
  })

  test.each([false, true])(
    'a strong model that is down leaves the rejected answer, which is better than none (streamed: %p)',
    async (stream) => {
      const asked = await chat('strong_down', 'Name a city.', { stream, response_format: document })
      expect([asked.status, asked.model]).toEqual([200, 'acme/echo'])
      expect(asked.text).toContain('city.')
      expect(asked.call).toMatchObject({ ok: true, model: 'acme/echo' })
    },
  )

  test('streams go straight to the strong model where the task says so', async () => {
    const streamed = await chat('streamed_strong', 'Hello', { stream: true })
    expect([streamed.model, streamed.attempts]).toEqual(['birch/small', '1'])
    const whole = await chat('streamed_strong', 'Hello')
    expect(whole.model).toBe('acme/echo')
  })

  test('gives its answer again where the task keeps answers, whichever model gave it', async () => {
    const first = await chat('remembered', 'Name a city.', { response_format: document })
    const again = await chat('remembered', 'Name a city.', { response_format: document })
    expect([first.model, again.model]).toEqual(['birch/small', 'birch/small'])
    expect(again.text).toBe(first.text)
    expect([first.attempts, again.attempts]).toEqual(['2', '0'])
  })

  test('holds what all its models may cost together', async () => {
    // Either of the two alone may cost some 0.0007 USD here, and both together 0.0014.
    const more = { max_tokens: 4 }
    const alone = await chat('dear_alone', 'Hello', more, 'poor-secret-0123456789')
    expect(alone.status).toBe(200)
    const pair = await chat('dear_pair', 'Hello', more, 'poor-secret-0123456789')
    expect(pair.status).toBe(402)
    expect(pair.text).toContain('budget_spent')
    expect(rolesOf(pair)).toBe('null refused')
  })

  test('official clients get one answer, streamed and whole', async () => {
    const openai = new OpenAI({ baseURL: `${town.url}/v1`, apiKey: key, maxRetries: 0 })
    const stream = await openai.chat.completions.create({
      model: 'cheap_first',
      stream: true,
      response_format: document,
      messages: [{ role: 'user', content: 'Name a city.' }],
    })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['city'])

    const anthropic = new Anthropic({ baseURL: town.url, apiKey: key, maxRetries: 0 })
    const message = await anthropic.messages.create({
      model: 'cheap_first',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'The tide is high.' }],
    })
    expect(message.content).toMatchObject([{ type: 'text', text: 'The tide is high.' }])
    const streamed = anthropic.messages.stream({
      model: 'cheap_first',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Sorry, I am unable to say.' }],
    })
    expect((await streamed.finalMessage()).stop_reason).not.toBeNull()
  })
})

describe('a promise that nothing proves', () => {
  test('is kept by the strong model, and an alarm says why', async () => {
    const asked = await chat('promised', 'Hello')
    expect([asked.model, asked.attempts]).toEqual(['birch/small', '1'])
    expect(reasonsOf(asked)).toContain('fallback: what it promises is not proven yet')
    const { alarms } = await town.api<{
      alarms: { kind: string; subject: string; text: string }[]
    }>('/api/alarms')
    const alarm = alarms.find(({ kind }) => kind === 'routing_void')
    expect(alarm?.subject).toBe('promised')
    expect(alarm?.text).toContain('freehold route calibrate --table TABLE --cheap acme/echo')
  })
})

describe('orders', () => {
  test('cheapest asks by the price of the call', async () => {
    const asked = await chat('by_price', 'Hello')
    expect(asked.model).toBe('acme/echo')
    expect(reasonsOf(asked)).toMatch(/^cheapest: about <?\$/)
  })

  test('fastest asks whoever was quickest, and now and then the other', async () => {
    const models = new Set<string | null>()
    for (let count = 0; count < 60; count += 1) {
      const asked = await chat('by_time', `Hello ${count}`, { stream: true })
      models.add(asked.model)
      expect(reasonsOf(asked)).toMatch(/fastest: |asked first to measure it/)
    }
    expect(models.has('acme/echo')).toBe(true)
  })
})
