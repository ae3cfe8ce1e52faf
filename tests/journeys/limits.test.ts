import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** Who may ask how much: paces, budgets under fire, and providers that have had enough. */
let town: Town

const secretOf = (name: string): string => `${name}-secret-0123456789`
const badKey = 'acme-old-key-0123456789'
const goodKey = 'acme-key-0123456789'
const patience = '{ headers: 5s, first_content: 150ms }'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: ${goodKey} }
  birch: { type: anthropic-compatible, base_url: '{{birch}}' }
  two-keys: { type: openai-compatible, base_url: '{{acme}}', api_keys: [${badKey}, ${goodKey}] }
  broke: { type: openai-compatible, base_url: '{{acme}}', api_key: ${goodKey} }
  spent: { type: openai-compatible, base_url: '{{acme}}', api_key: ${goodKey} }
  failing: { type: openai-compatible, base_url: '{{storm}}' }
  slow:
    type: openai-compatible
    base_url: '{{lifelike}}'
    models: { fault/slow-first-token: { timeouts: ${patience} } }
  long: { type: openai-compatible, base_url: '{{acme}}', api_key: ${goodKey} }
  scant: { type: openai-compatible, base_url: '{{acme}}', api_key: ${goodKey}, rate: { tokens: 3000/h } }
tasks:
  narrow: { models: [acme/echo], rate: { requests: 3/h } }
  with-stand-in: { models: [broke/fault/http-402, acme/echo] }
  with-other-stand-in: { models: [spent/fault/http-429-quota, acme/echo] }
  slow-model: { models: [slow/fault/slow-first-token, acme/echo] }
keys:
  - { id: web, secret: ${secretOf('web')} }
  - { id: wide, secret: ${secretOf('wide')}, rate: { requests: 1000/h, tokens: 100000/h } }
  - { id: slim, secret: ${secretOf('slim')}, rate: { requests: 2/h } }
  - { id: hundred, secret: ${secretOf('hundred')}, budget: { limit: 0.001 USD, per: total } }
  - { id: cut, secret: ${secretOf('cut')}, budget: { limit: 0.01 USD, per: total } }
  - { id: fits, secret: ${secretOf('fits')}, budget: { limit: 0.01 USD, per: total } }
  - { id: cut-too, secret: ${secretOf('cut-too')}, budget: { limit: 0.01 USD, per: total } }
prices:
  acme/echo: { input: 0, output: 1 }
  long/echo: { input: 0, output: 1 }
  acme/fault/slow-tokens: { input: 0, output: 1000 }
  birch/echo: { input: 0, output: 1 }
`,
    vendors: {
      acme: { key: goodKey },
      birch: {},
      storm: {},
      lifelike: { waitMs: 1_000 },
    },
  })
})
afterAll(() => town.close())

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function chat(key: string, body: object, path = '/v1/chat/completions'): Promise<Sent> {
  const response = await fetch(town.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretOf(key)}` },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'one two three four' }], ...body }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

function codeOf({ text }: Sent): unknown {
  return (JSON.parse(text) as { error: { code?: unknown } }).error.code
}

describe('paces', () => {
  test('an answer says what is left, and a refusal that nothing is', async () => {
    const first = await chat('slim', { model: 'acme/echo' })
    expect(first.status).toBe(200)
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(30m0s|29m\d+s)$/)
    const last = await chat('slim', { model: 'acme/echo', stream: true })
    expect(last.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    const over = await chat('slim', { model: 'acme/echo' })
    expect([over.status, codeOf(over)]).toEqual([429, 'rate_limit_exceeded'])
    expect(over.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(1_000)
  })

  test("Anthropic's client reads its own names", async () => {
    const body = { model: 'acme/echo', max_tokens: 16 }
    const { status, headers } = await chat('wide', body, '/v1/messages')
    expect(status).toBe(200)
    expect(headers.get('anthropic-ratelimit-requests-limit')).toBe('1000')
    expect(headers.get('anthropic-ratelimit-tokens-limit')).toBe('100000')
    const left = Number(headers.get('anthropic-ratelimit-tokens-remaining'))
    // Settled already: the prompt and four words, and not what was held for them.
    expect(left).toBeGreaterThan(99_900)
    expect(headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect(headers.get('x-ratelimit-limit-requests')).toBeNull()
  })

  test('of key and task the narrower one is told', async () => {
    const { headers } = await chat('wide', { model: 'narrow' })
    expect(headers.get('x-ratelimit-limit-requests')).toBe('3')
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('100000')
  })

  test('a call that nobody limits says nothing of it', async () => {
    const { headers } = await chat('web', { model: 'acme/echo' })
    expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([])
  })
})

test('what failed takes no tokens of a provider, but for an answer that was begun', async () => {
  const ask = async (model: string): Promise<unknown> => {
    const sent = await chat('web', { model: `scant/${model}`, max_tokens: 1_000 })
    return sent.status === 200 ? 200 : codeOf(sent)
  }
  for (let count = 0; count < 4; count += 1) expect(await ask('fault/http-400')).not.toBe(200)
  for (let count = 0; count < 2; count += 1)
    expect(await ask('fault/http-500')).toBe('provider_failed')
  expect(await ask('echo')).toBe(200)
  while ((await ask('fault/cut-json')) === 'provider_failed');
  expect(await ask('echo')).toBe('rate_limit_exceeded')
})

describe('budgets', () => {
  test('a budget for exactly 100 calls admits 100 of 300 at once', async () => {
    const words = 'one two three four five six seven eight nine ten eleven twelve thirteen'
    const body = {
      model: 'acme/echo',
      max_tokens: 10,
      messages: [{ role: 'user', content: words }],
    }
    const sent = await Promise.all(Array.from({ length: 300 }, () => chat('hundred', body)))
    const answered = sent.filter(({ status }) => status === 200)
    expect(answered.length).toBe(100)
    const refused = sent.filter(({ status }) => status === 402)
    expect([refused.length, codeOf(refused[0]!)]).toEqual([200, 'budget_spent'])
    const { total } = await town.api<{ total: { cost_usd: string } }>('/api/costs?key=hundred')
    expect(total.cost_usd).toBe('0.001')
  })

  const input = 'word '.repeat(15_000)
  const long = { messages: [{ role: 'user', content: input }], stream: true }

  test('a stream that would pass a hard cap is cut, with an error that says so', async () => {
    const { status, headers, text } = await chat('cut', { ...long, model: 'long/echo' })
    expect(status).toBe(200)
    expect(text).toContain('"budget_ran_out"')
    expect(text).not.toContain('[DONE]')
    const { attempts } = await town.call(headers.get('x-request-id')!)
    expect(attempts).toMatchObject([
      { role: 'served', end_state: 'refused', error_code: 'budget_ran_out' },
    ])
    expect(Number(attempts[0]!.cost_usd)).toBeGreaterThan(0)
    const metrics = await fetch(`${town.url}/metrics`, {
      headers: { authorization: `Bearer ${town.adminKey}` },
    })
    const counted = (await metrics.text()).split('\n').filter((line) => line.includes('"refused"'))
    expect(counted.some((line) => /^freehold_attempts_total.*role="served"/.test(line))).toBe(true)
    const after = await chat('cut', { model: 'long/echo', max_tokens: 10_000 })
    expect(codeOf(after)).toBe('budget_spent')
  })

  test('the same in the words of another dialect', async () => {
    const body = { model: 'long/echo', input, stream: true }
    const { text } = await chat('cut-too', body, '/v1/responses')
    expect(text).toContain('budget_ran_out')
    expect(text).not.toContain('response.completed')
  })

  test('one whose max_tokens fits is not, and nor is one without a budget', async () => {
    const fits = { ...long, model: 'birch/echo', max_tokens: 9_000 }
    expect((await chat('fits', fits, '/v1/messages')).text).toContain('message_stop')
    expect((await chat('web', { ...long, model: 'long/echo' })).text).toContain('[DONE]')
  })
})

test('a budget that is put on a key counts what it has spent before', async () => {
  const { secret } = await town.api<{ secret: string }>('/api/keys', 'POST', { id: 'late' })
  const ask = async (): Promise<number> => {
    const body = {
      model: 'acme/echo',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'one' }],
    }
    const headers = { authorization: `Bearer ${secret}` }
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await fetch(`${town.url}/v1/chat/completions`, request)).status
  }
  const put = (budget: object | null) => town.api('/api/keys/late/budget', 'POST', { budget })
  expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill(200))
  await put({ limit: '0.00001', per: 'month' })
  expect(await ask()).toBe(402)
  await put({ limit: '1', per: 'month' })
  expect(await ask()).toBe(200)
  await put(null)
  expect(await ask()).toBe(200)
  await put({ limit: '0.00001', per: 'month' })
  expect(await ask()).toBe(402)
})

test('a budget that is put on while a call is under way counts what that comes to', async () => {
  const { secret } = await town.api<{ secret: string }>('/api/keys', 'POST', { id: 'bound-later' })
  const ask = (body: object) =>
    fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Tell of tides.' }], ...body }),
    })
  const open = await ask({ model: 'acme/fault/slow-tokens', stream: true })
  const budget = { limit: '0.001 USD', per: 'day' }
  await town.api('/api/keys/bound-later/budget', 'POST', { budget })
  expect(await open.text()).toContain('[DONE]')
  const next = await ask({ model: 'acme/echo', max_tokens: 1 })
  expect([next.status, await next.text()]).toEqual([402, expect.stringContaining('budget_spent')])
})

describe('providers that have had enough', () => {
  const resting = async () => {
    const { resting: rests } = await town.api<{ resting: { subject: string; cause: string }[] }>(
      '/api/status',
    )
    return rests
  }

  test('of two keys the dead one is left alone, and no call fails for it', async () => {
    const calls = Array.from({ length: 20 }, () => chat('web', { model: 'two-keys/echo' }))
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    )
    const dead = (await resting()).filter(({ subject }) => subject.startsWith('two-keys'))
    expect(dead.map(({ cause }) => cause)).toEqual(['key'])
  })

  test('an account that is not paid and a spent allowance are told apart', async () => {
    for (const model of ['with-stand-in', 'with-other-stand-in'])
      expect((await chat('web', { model })).headers.get('x-freehold-model')).toBe('acme/echo')
    const causes = (await resting()).map(({ subject, cause }) => [subject.split('#')[0], cause])
    expect(causes).toContainEqual(['broke', 'arrears'])
    expect(causes).toContainEqual(['spent', 'quota'])
    const { alarms } = await town.api<{ alarms: { kind: string }[] }>('/api/alarms')
    const kinds = alarms.map(({ kind }) => kind)
    expect(kinds).toContain('provider_arrears')
    expect(kinds).toContain('provider_quota')
    expect(kinds).toContain('provider_key')
  })

  test('a provider that is down is not asked much more often than it was called', async () => {
    const calls = Array.from({ length: 100 }, () =>
      chat('web', { model: 'failing/fault/http-500' }),
    )
    const sent = await Promise.all(calls)
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([502]))
    expect(town.vendors['storm']!.history().length).toBeLessThanOrEqual(123)
  })

  test('a clock of one model strikes for that model', async () => {
    const { headers } = await chat('web', { model: 'slow-model', stream: true })
    expect(headers.get('x-freehold-model')).toBe('acme/echo')
    const { attempts } = await town.call(headers.get('x-request-id')!)
    expect(attempts[0]).toMatchObject({ provider: 'slow', end_state: 'timeout' })
  })
})
