import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type CallFacts, startTown, type Town } from './town.ts'

/** What is remembered of calls: money, who and what for, what was said, and what must not be kept. */
let town: Town

const webKey = 'web-secret-0123456789'
const smallKey = 'small-secret-0123456789'
const viewerKey = 'viewer-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
tasks:
  hello: acme/echo
  pair:
    models: [acme/small, birch/echo]
  shared:
    policy: weighted
    models: { acme/echo: 50, birch/echo: 50 }
    sticky: session
keys:
  - { id: web, secret: ${webKey}, env: production }
  - { id: small, secret: ${smallKey}, budget: { limit: 0.001 USD, per: day } }
  - { id: viewer, secret: ${viewerKey}, role: viewer }
customers:
  acme-inc: { budget: { limit: 0.0005 USD, per: day } }
prices:
  acme/echo: { input: 3, output: 15, cache_read: 0.3 }
  acme/small: { input: 0.15, output: 0.60 }
  birch/echo: { input: 0.000001, output: 0.000003 }
`,
    vendors: { acme: { key: 'acme-key-0123456789' }, birch: {} },
  })
})
afterAll(() => town.close())

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly id: string
}

async function chat(
  body: object,
  { key = webKey, headers = {} as Record<string, string> } = {},
): Promise<Sent> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'some words to count' }], ...body }),
  })
  const { status, headers: received } = response
  return {
    status,
    headers: received,
    body: await response.text(),
    id: received.get('x-request-id')!,
  }
}

describe('money', () => {
  test('a call costs what its tokens cost at their prices, to the picodollar', async () => {
    const sent = await chat({ model: 'hello' })
    const { usage } = JSON.parse(sent.body) as {
      usage: { prompt_tokens: number; completion_tokens: number }
    }
    const call = await town.call(sent.id)
    const picodollars =
      BigInt(usage.prompt_tokens) * 3_000_000n + BigInt(usage.completion_tokens) * 15_000_000n
    expect(picodollarsOf(call.cost_usd!)).toBe(picodollars)
    expect(sent.headers.get('x-freehold-cost-usd')).toBe(call.cost_usd!)
    expect(call.attempts[0]).toMatchObject({
      price_id: 'acme/echo@own',
      cost_source: 'own',
      usage_source: 'provider',
      env: 'production',
      key: 'web',
      task: 'hello',
    })
  })

  test('a price of a millionth of a dollar is not lost', async () => {
    const call = await town.call((await chat({ model: 'birch/echo' })).id)
    expect(Number(call.cost_usd)).toBeGreaterThan(0)
    expect(Number(call.cost_usd)).toBeLessThan(1e-9)
  })

  test('a model without a price has a cost of null, is counted and alarmed', async () => {
    const sent = await chat({ model: 'birch/large' })
    expect(sent.status).toBe(200)
    expect(sent.headers.get('x-freehold-cost-usd')).toBeNull()
    expect((await town.call(sent.id)).cost_usd).toBeNull()
    const { alarms } = await town.api<{ alarms: { kind: string; subject: string }[] }>(
      '/api/alarms',
    )
    expect(alarms).toContainEqual(
      expect.objectContaining({ kind: 'unknown_price', subject: 'birch/large' }) as {
        kind: string
        subject: string
      },
    )
    const { rows } = await costs('by=model')
    expect(rows.find(({ group }) => group['model'] === 'birch/large')).toMatchObject({
      cost_usd: '0',
      cost_unknown: 1,
    })
  })

  test('a key with a budget may not call it', async () => {
    const before = town.vendors['birch']!.history().length
    const sent = await chat({ model: 'birch/large' }, { key: smallKey })
    expect([sent.status, errorCode(sent)]).toEqual([402, 'price_unknown'])
    expect(town.vendors['birch']!.history().length).toBe(before)
  })

  test('a budget holds the worst case, refuses what it could not pay, and says so', async () => {
    const most = await chat({ model: 'hello', max_tokens: 1_000 }, { key: smallKey })
    expect([most.status, errorCode(most)]).toEqual([402, 'budget_spent'])
    expect((await chat({ model: 'hello', max_tokens: 10 }, { key: smallKey })).status).toBe(200)
    let spent = 0
    for (let calls = 0; calls < 40; calls += 1) {
      const sent = await chat({ model: 'hello', max_tokens: 10 }, { key: smallKey })
      if (sent.status === 402) break
      spent += 1
    }
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThan(40)
    const { total } = await costs('by=key&key=small')
    expect(Number(total.cost_usd)).toBeLessThanOrEqual(0.001)
  })

  test('the budget of a customer holds for whoever calls for it', async () => {
    const forAcme = { headers: { 'x-freehold-customer': 'acme-inc' } }
    const outcomes: number[] = []
    for (let calls = 0; calls < 12; calls += 1)
      outcomes.push((await chat({ model: 'hello', max_tokens: 4 }, forAcme)).status)
    expect(new Set(outcomes)).toEqual(new Set([200, 402]))
    expect((await chat({ model: 'hello', max_tokens: 4 })).status).toBe(200)
  })

  test('the sums are the sums of the rows', async () => {
    const { calls } = await town.api<{ calls: CallFacts[] }>('/api/calls?limit=1000')
    const attempts = calls.flatMap((call) => call.attempts)
    const { total } = await costs('by=day')
    const sum = attempts.reduce(
      (all, { cost_usd: cost }) => all + (cost === null ? 0n : picodollarsOf(cost)),
      0n,
    )
    expect(picodollarsOf(total.cost_usd)).toBe(sum)
    expect(total.attempts).toBe(attempts.length)
    expect(total.tokens['input']).toBe(
      attempts.reduce((all, { tokens }) => all + (tokens?.['input'] ?? 0), 0),
    )
  })
})

describe('who and what for', () => {
  test('from headers, from metadata, and from the user', async () => {
    const named = async (body: object, headers: Record<string, string> = {}) => {
      const [attempt] = (
        await town.call((await chat({ model: 'birch/echo', ...body }, { headers })).id)
      ).attempts
      return [attempt!['customer'], attempt!['feature'], attempt!['session']]
    }
    expect(
      await named(
        {},
        { 'x-freehold-customer': 'c1', 'x-freehold-feature': 'f1', 'x-freehold-session': 's1' },
      ),
    ).toEqual(['c1', 'f1', 's1'])
    expect(
      await named({ metadata: { customer: 'c2', feature: 'f2', 'x-freehold-session': 's2' } }),
    ).toEqual(['c2', 'f2', 's2'])
    expect(await named({ user: 'u3' })).toEqual(['u3', null, null])
    expect(
      await named({ user: 'u4', metadata: { customer: 'm4' } }, { 'x-freehold-customer': 'h4' }),
    ).toEqual(['h4', null, null])
    expect(await named({ user: '漢字 👩‍👩‍👦' })).toEqual(['漢字 👩‍👩‍👦', null, null])
  })

  test('costs are told apart by all of it', async () => {
    await chat({ model: 'hello', user: 'grouped' }, { headers: { 'x-freehold-feature': 'search' } })
    await Bun.sleep(300)
    for (const by of [
      'task',
      'model',
      'provider',
      'key',
      'customer',
      'feature',
      'env',
      'role',
      'day',
      'hour',
    ]) {
      const { rows } = await costs(`by=${by}&customer=grouped`)
      expect(rows.length).toBe(1)
      expect(rows[0]!.calls).toBe(1)
    }
  })

  test('a session stays with its model', async () => {
    const models = new Set<string>()
    for (let calls = 0; calls < 8; calls += 1) {
      const { headers } = await chat(
        { model: 'shared' },
        { headers: { 'x-freehold-session': 'one-session' } },
      )
      models.add(headers.get('x-freehold-model')!)
    }
    expect(models.size).toBe(1)
  })
})

describe('attempts', () => {
  test('each is a row of its own, and the call is their sum', async () => {
    town.vendors['acme']!.behave({ model: 'small', fault: 'http-503-empty', times: 2 })
    const sent = await chat({ model: 'pair' })
    expect(sent.headers.get('x-freehold-model')).toBe('birch/echo')
    const call = await town.call(sent.id)
    expect(
      call.attempts.map(({ role, provider, end_state: state, cost_usd: cost }) => [
        role,
        provider,
        state,
        cost === '0',
      ]),
    ).toEqual([
      ['served', 'acme', 'provider_error', true],
      ['fallback', 'birch', 'complete', false],
    ])
    expect(call.attempts[1]!['reason']).toBe('stand-in 1, after provider_overloaded')
  })

  test('a caller who leaves is on the ledger with what it was sent', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${webKey}` },
      body: JSON.stringify({
        model: 'acme/fault/stall-mid-stream',
        stream: true,
        messages: [
          { role: 'user', content: 'a long story about many things that never comes to its end' },
        ],
      }),
      signal: leaving.signal,
    })
    const reader = response.body!.getReader()
    let text = ''
    while (!text.includes('story')) text += new TextDecoder().decode((await reader.read()).value)
    leaving.abort()
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ end_state: 'caller_left', usage_source: 'estimate' })
    expect(call.attempts[0]!.tokens!['output']).toBeGreaterThan(0)
  })

  test('a refused call has a row without an attempt, a stranger has none', async () => {
    const sent = await chat({ model: 'nobody/knows' })
    expect((await town.call(sent.id)).attempts).toMatchObject([
      { attempt: 0, role: 'refused', error_code: 'model_not_found', cost_usd: '0' },
    ])
    const stranger = await chat({ model: 'hello' }, { key: 'fh_nobody' })
    expect(stranger.status).toBe(401)
    await Bun.sleep(300)
    const found = await fetch(`${town.url}/api/calls/${stranger.id}`, {
      headers: { authorization: `Bearer ${town.adminKey}` },
    })
    expect(found.status).toBe(404)
  })

  test('timings add up', async () => {
    const [attempt] = (await town.call((await chat({ model: 'acme/fault/slow-100' })).id)).attempts
    const {
      queue,
      first_content: first,
      total,
      overhead,
    } = attempt!['timings_us'] as Record<string, number>
    expect(first).toBeGreaterThanOrEqual(95_000)
    expect(total).toBeGreaterThanOrEqual(first!)
    // What the vendor took is none of the gateway's share.
    expect(overhead).toBeLessThanOrEqual(total! - 95_000)
    expect(queue).toBeGreaterThan(0)
  })
})

describe('what was said', () => {
  test('is kept as it was, but for personal data and secrets', async () => {
    const content = 'Mail anna@example.com, card 4111 1111 1111 1111, key sk-ant-REDACTED'
    const sent = await chat({
      model: 'hello',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content },
      ],
    })
    expect(sent.body).toContain('anna@example.com') // the caller gets its answer untouched
    const call = await eventually(
      () => town.call(sent.id),
      (found) => found.request !== null,
    )
    const kept = JSON.stringify([call.request, call.answers])
    expect(call.request).toMatchObject({
      model: 'hello',
      messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user' }],
    })
    for (const secret of ['anna@example.com', '4111 1111', 'sk-ant-api03'])
      expect(kept).not.toContain(secret)
    expect(kept).toContain('[email]')
  })

  test('neither a key nor a prompt with personal data is in any file of the store', async () => {
    await Bun.sleep(500)
    const files = filesOf(join(town.folder, 'data'))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      const bytes = readFileSync(file)
      for (const secret of [
        webKey,
        smallKey,
        'acme-key-0123456789',
        'anna@example.com',
        'sk-ant-api03',
      ]) {
        expect({ file, holds: bytes.includes(secret) }).toEqual({ file, holds: false })
      }
      if (!file.endsWith('admin.key')) expect(bytes.includes(town.adminKey)).toBe(false)
    }
    expect(town.log()).not.toContain('key-0123456789')
    expect(statSync(join(town.folder, 'data', 'admin.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(town.folder, 'data', 'pepper')).mode & 0o777).toBe(0o600)
  })
})

describe('looking', () => {
  test('a viewer reads, and changes nothing', async () => {
    const as = (method: string, path: string) =>
      fetch(town.url + path, {
        method,
        headers: { authorization: `Bearer ${viewerKey}` },
        ...(method === 'POST' ? { body: '{}' } : {}),
      })
    expect((await as('GET', '/api/calls')).status).toBe(200)
    expect((await as('GET', '/metrics')).status).toBe(200)
    expect((await as('POST', '/api/swap')).status).toBe(403)
    expect((await as('POST', '/api/keys')).status).toBe(403)
  })

  test('pages follow each other without a gap', async () => {
    const all = await town.api<{ calls: { id: string }[] }>('/api/calls?limit=1000')
    const ids: string[] = []
    for (let before = ''; ;) {
      const page = await town.api<{ calls: { id: string }[]; next: string | null }>(
        `/api/calls?limit=7${before}`,
      )
      ids.push(...page.calls.map(({ id }) => id))
      if (page.next === null) break
      before = `&before=${page.next}`
    }
    expect(ids).toEqual(all.calls.map(({ id }) => id))
  })

  test('a question that makes no sense is told why', async () => {
    for (const [path, why] of [
      ['/api/calls?limit=0', 'from 1 to 1000'],
      ['/api/calls?status=maybe', 'ok or error'],
      ['/api/calls?since=yesterday', 'a date'],
      ['/api/costs?by=colour', 'knows no'],
      ['/api/calls/not-an-id', 'No call'],
    ]) {
      const response = await fetch(town.url + path!, {
        headers: { authorization: `Bearer ${town.adminKey}` },
      })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await response.text()).toContain(why!)
    }
  })

  test('metrics count what the ledger counts', async () => {
    const text = await (
      await fetch(`${town.url}/metrics`, { headers: { authorization: `Bearer ${town.adminKey}` } })
    ).text()
    const { total } = await costs('by=role')
    const counted = [...text.matchAll(/^freehold_attempts_total\{[^}]*\} (\d+)$/gm)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    )
    const refused = [...text.matchAll(/^freehold_refused_total\{[^}]*\} (\d+)$/gm)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    )
    expect(counted + refused).toBe(total.attempts)
    expect(text).toContain(
      'gen_ai_client_token_usage_total{gen_ai_provider_name="acme",gen_ai_request_model="echo"',
    )
  })
})

interface Costs {
  readonly rows: readonly {
    readonly group: Readonly<Record<string, string>>
    readonly calls: number
    readonly cost_usd: string
    readonly cost_unknown: number
  }[]
  readonly total: {
    readonly attempts: number
    readonly cost_usd: string
    readonly tokens: Readonly<Record<string, number>>
  }
}

function costs(query: string): Promise<Costs> {
  return town.api<Costs>(`/api/costs?${query}`)
}

function picodollarsOf(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

function errorCode({ body }: Sent): string {
  return (JSON.parse(body) as { error: { code: string } }).error.code
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function eventually<Value>(
  look: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  for (let tries = 0; tries < 60; tries += 1) {
    const value = await look()
    if (holds(value)) return value
    await Bun.sleep(50)
  }
  return look()
}
