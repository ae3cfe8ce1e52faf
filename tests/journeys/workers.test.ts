import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * Several threads behind one port. Each call here comes over a connection of its own, so that the
 * kernel gives it to any of them: what holds for one thread has to hold whoever is met.
 */
let town: Town

const key = 'web-secret-0123456789'
const paced = 'paced-secret-0123456789'
const poor = 'poor-secret-0123456789'

const config = (model = 'acme/echo', workers = 4): string => `
server: { workers: ${workers}, drain: 10s }
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: ${model}
  known: { models: [acme/echo], cache: { ttl: 1h } }
keys:
  - { id: web, secret: ${key} }
  - { id: paced, secret: ${paced}, rate: { requests: 10/h } }
  - { id: poor, secret: ${poor}, budget: { limit: 0.0002 USD, per: day } }
prices:
  acme/echo: { input: 0, output: 1 }
  acme/small: { input: 0, output: 1 }
`

beforeAll(async () => {
  town = await startTown({ config: config(), vendors: { acme: { speed: 0.05 } } })
})
afterAll(() => town.close())
beforeEach(() => town.vendors['acme']!.reset())

interface Question {
  readonly secret?: string
  readonly model?: string
  readonly content?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Over a connection of its own. */
function at(path: string, init: RequestInit = {}, secret = town.adminKey): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${secret}`)
  return fetch(town.url + path, { ...init, headers, keepalive: false })
}

function ask({ secret = key, model = 'hello', content = 'one two', headers = {} }: Question = {}) {
  const body = { model, max_tokens: 10, messages: [{ role: 'user', content }] }
  return at('/v1/chat/completions', { method: 'POST', headers, body: JSON.stringify(body) }, secret)
}

function times<Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)))
}

async function statuses(count: number, question?: Question): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const response of await times(count, () => ask(question))) {
    await response.text()
    counts[response.status] = (counts[response.status] ?? 0) + 1
  }
  return counts
}

const asked = (): number => town.vendors['acme']!.history().length

/** Lanes of the journal in which something stands besides its beginning. */
function lanesInUse(): number[] {
  const folder = join(town.folder, 'data', 'journal')
  const used = readdirSync(folder).filter((name) => statSync(join(folder, name)).size > 200)
  return [...new Set(used.map((name) => Math.floor(Number(name.slice(0, 10)) / 100_000_000)))]
}

describe('threads that share a port', () => {
  test('answer the official clients, whole and streamed, and put every call on one ledger', async () => {
    const fresh = { headers: { connection: 'close' } }
    const openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
    const ids = await times(40, async (index) => {
      const content = `call ${index} one two three`
      const messages = [{ role: 'user' as const, content }]
      if (index % 2 === 0) {
        const { data, response } = await openai.chat.completions
          .create({ model: 'hello', messages, stream: true }, fresh)
          .withResponse()
        let said = ''
        for await (const { choices } of data) said += choices[0]?.delta.content ?? ''
        expect(said).toContain(`call ${index}`)
        return response.headers.get('x-request-id')!
      }
      const { data, response } = await anthropic.messages
        .create({ model: 'hello', max_tokens: 50, messages }, fresh)
        .withResponse()
      expect(JSON.stringify(data.content)).toContain(`call ${index}`)
      return response.headers.get('x-request-id')!
    })
    expect(new Set(ids).size).toBe(40)
    const calls = await times(40, (index) => town.call(ids[index]!))
    expect(calls.every(({ ok, attempts }) => ok && attempts.length === 1)).toBe(true)
    expect(lanesInUse().length).toBeGreaterThan(1)
  })

  test('spend a budget together, to the last call and no further', async () => {
    // Ten tokens of a millionth of a dollar each: for twenty calls.
    expect(await statuses(100, { secret: poor, model: 'acme/small' })).toEqual({ 200: 20, 402: 80 })
    expect(asked()).toBe(20)
    const { alarms } = await town.api<{ alarms: { kind: string; subject: string }[] }>(
      '/api/alarms',
    )
    expect(alarms.filter(({ subject }) => subject === 'key poor').length).toBeGreaterThan(0)
  })

  test('keep one rate', async () => {
    expect(await statuses(60, { secret: paced })).toEqual({ 200: 10, 429: 50 })
  })

  test('know a key as soon as it is made, and no longer when it is revoked', async () => {
    const made = await at('/api/keys', { method: 'POST', body: '{"id":"ci","role":"caller"}' })
    const { secret } = (await made.json()) as { secret: string }
    expect(await statuses(24, { secret })).toEqual({ 200: 24 })
    expect((await at('/api/keys/ci', { method: 'DELETE' })).status).toBe(200)
    const refused = await times(12, () => at('/v1/models', {}, secret))
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 401))
  })

  test('all have a configuration when a reload is answered', async () => {
    try {
      town.configure(config('acme/small'))
      const reloaded = await at('/api/reload', { method: 'POST' })
      expect(await reloaded.json()).toEqual({ refused: [] })
      const answers = await times(40, () => ask())
      const models = new Set(answers.map(({ headers }) => headers.get('x-freehold-model')))
      expect([...models]).toEqual(['acme/small'])
    } finally {
      town.configure(config())
      await at('/api/reload', { method: 'POST' })
    }
  })

  test('a file that is wrong changes none of them', async () => {
    town.configure('providers: 7')
    const reloaded = (await (await at('/api/reload', { method: 'POST' })).json()) as {
      refused: string[]
    }
    expect(reloaded.refused.length).toBeGreaterThan(0)
    expect(await statuses(24)).toEqual({ 200: 24 })
    town.configure(config())
    await at('/api/reload', { method: 'POST' })
  })

  test('make a call with an Idempotency-Key once, whoever is asked', async () => {
    const headers = { 'idempotency-key': 'the same' }
    const answers = await times(24, () => ask({ headers }))
    const told = answers.map(({ status }) => status)
    expect(told.every((status) => status === 200 || status === 409)).toBe(true)
    expect(told).toContain(200)
    expect(asked()).toBe(1)
    const again = await times(24, () => ask({ headers }))
    expect(again.map((each) => each.headers.get('idempotent-replayed'))).toEqual(
      Array.from({ length: 24 }, () => 'true'),
    )
    const other = await times(8, () => ask({ headers, content: 'something else' }))
    expect(new Set(other.map(({ status }) => status))).toEqual(new Set([422]))
    expect(asked()).toBe(1)
  })

  test('give an answer again that another of them has kept', async () => {
    const first = await ask({ model: 'known' })
    await first.text()
    expect(first.headers.get('x-freehold-cache')).toBe('miss')
    const again = await times(24, () => ask({ model: 'known' }))
    const hits = again.map(({ headers }) => headers.get('x-freehold-cache'))
    expect(hits).toEqual(Array.from({ length: 24 }, () => 'hit'))
    expect(asked()).toBe(1)
  })

  test('say the same of themselves, whoever is asked', async () => {
    await statuses(20)
    const counted = await times(8, async () => {
      const text = await (await at('/metrics')).text()
      return [...text.matchAll(/^freehold_attempts_total\{.*\} (\d+)$/gm)]
        .map(([, count]) => Number(count))
        .reduce((sum, count) => sum + count, 0)
    })
    const { total } = await town.api<{ total: { attempts: number } }>('/api/costs?by=provider')
    const rows = await town.api<{ calls: { attempts: { provider: string | null }[] }[] }>(
      '/api/calls?limit=1000',
    )
    const exchanges = rows.calls.flatMap(({ attempts }) =>
      attempts.filter(({ provider }) => provider !== null),
    )
    expect(total.attempts).toBeGreaterThanOrEqual(exchanges.length)
    expect(new Set(counted).size).toBe(1)
    const ready = await times(12, () => at('/readyz'))
    expect(new Set(ready.map(({ status }) => status))).toEqual(new Set([200]))
    const hashes = await times(12, async () => {
      const status = (await (await at('/api/status')).json()) as { config: { hash: string } }
      return status.config.hash
    })
    expect(new Set(hashes).size).toBe(1)
  })

  test('take files and give them back, whoever is asked', async () => {
    const line = (id: number): string =>
      `{"custom_id":"${id}","method":"POST","url":"/v1/chat/completions","body":{}}`
    const text = Array.from({ length: 20_000 }, (_, index) => line(index)).join('\n')
    const form = new FormData()
    form.set('purpose', 'batch')
    form.set('file', new File([text], 'lines.jsonl'))
    const created = await at('/v1/files', { method: 'POST', body: form }, key)
    const { id } = (await created.json()) as { id: string }
    const contents = await times(8, async () => {
      return (await at(`/v1/files/${id}/content`, {}, key)).text()
    })
    expect(contents.every((content) => content === text)).toBe(true)
    const strangers = await times(4, () => at(`/v1/files/${id}`, {}, poor))
    expect(new Set(strangers.map(({ status }) => status))).toEqual(new Set([404]))
  })

  test('leave a ledger that is whole', async () => {
    await at('/api/ledger/verify', { method: 'POST' })
    let state = { state: 'running', report: null as { ok: boolean } | null }
    for (let looks = 0; looks < 200 && state.state === 'running'; looks += 1) {
      await Bun.sleep(50)
      state = (await (await at('/api/ledger/verify')).json()) as typeof state
    }
    expect(state).toMatchObject({ state: 'done', report: { ok: true } })
  })
})

describe('a stop and a start', () => {
  test('streams of all threads come to their end, and the port is refused at once', async () => {
    const streams = await times(24, () => ask({ content: 'word '.repeat(40) }))
    const open = await times(24, () =>
      at(
        '/v1/chat/completions',
        {
          method: 'POST',
          body: JSON.stringify({
            model: 'hello',
            stream: true,
            messages: [{ role: 'user', content: 'word '.repeat(60) }],
          }),
        },
        key,
      ),
    )
    const ended = town.end('SIGTERM')
    const texts = await times(24, (index) => open[index]!.text())
    expect(texts.filter((text) => text.trimEnd().endsWith('data: [DONE]')).length).toBe(24)
    await times(24, (index) => streams[index]!.text())
    expect(await ended).toBe(0)
    const ids = open.map(({ headers }) => headers.get('x-request-id')!)
    // With fewer threads: the lanes of the others are read all the same.
    town.configure(config('acme/echo', 2))
    await town.restart()
    const calls = await times(24, (index) => town.call(ids[index]!))
    expect(calls.every(({ ok }) => ok)).toBe(true)
    expect(await statuses(12)).toEqual({ 200: 12 })
  })

  test('what was open in any thread when the process was killed is on the ledger as unknown', async () => {
    const before = await town.api<{ ledger: { rows: number } }>('/api/status')
    const open = await times(16, () =>
      at(
        '/v1/chat/completions',
        {
          method: 'POST',
          body: JSON.stringify({
            model: 'hello',
            stream: true,
            messages: [{ role: 'user', content: 'word '.repeat(2_000) }],
          }),
        },
        key,
      ),
    )
    await town.end('SIGKILL')
    for (const response of open) await response.text().catch(() => '')
    town.configure(config('acme/echo', 3))
    await town.restart()
    const calls = await times(16, (index) => town.call(open[index]!.headers.get('x-request-id')!))
    const ends = calls.map(({ attempts }) => attempts[0]!.end_state)
    expect(ends).toEqual(Array.from({ length: 16 }, () => 'unknown'))
    const after = await town.api<{ ledger: { rows: number } }>('/api/status')
    expect(after.ledger.rows).toBe(before.ledger.rows + 16)
  })
})
