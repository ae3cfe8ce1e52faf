import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/** Calls that can wait, and what they save by it. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
  cedar: { type: openai, base_url: '{{acme}}', api_key: cedar-key-0123456789 }
tasks:
  hello: { models: [acme/large, birch/small] }
  tiers: cedar/echo
keys:
  - { id: web, secret: ${key} }
prices:
  acme/large: { input: 10, output: 20 }
  birch/small: { input: 1, output: 2 }
  cedar/echo: { input: 4, output: 8, modes: { flex: { input: 2, output: 4 }, priority: { input: 8, output: 16 } } }
`,
    vendors: { acme: { speed: 0 }, birch: { speed: 0 } },
  })
})
afterAll(() => town.close())

function ask(model: string, deadline: string | null): Promise<Response> {
  return fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(deadline === null ? {} : { 'x-freehold-deadline': deadline }),
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'one two three' }] }),
  })
}

async function answeredBy(model: string, deadline: string | null): Promise<string | null> {
  const response = await ask(model, deadline)
  await response.text()
  return response.headers.get('x-freehold-model')
}

test('a call that can wait goes to the cheapest that is fast enough, as measured', async () => {
  expect(await answeredBy('hello', null)).toBe('acme/large')
  for (const model of ['birch/small', 'acme/large'])
    for (let n = 0; n < 20; n += 1) await answeredBy(model, null)
  expect(await answeredBy('hello', '30s')).toBe('birch/small')
  // No answer comes within a microsecond, and of these models it is known: the usual order holds.
  expect(await answeredBy('hello', '0.001ms')).toBe('acme/large')

  const late = await ask('hello', '30s')
  await late.text()
  const [attempt] = (await town.call(late.headers.get('x-request-id')!)).attempts
  expect(attempt).toMatchObject({ provider: 'birch', mode: null, saved_by: 'deadline' })
  expect(String(attempt!['reason'])).toMatch(/^deadline: about \$.*, within 30 s, 95 of 100 in/)
  // The first of the task has ten times the price.
  const { input = 0, output = 0 } = attempt!.tokens!
  const saved = Number(attempt!['saved_usd']) * 1e6
  expect(saved).toBeCloseTo(9 * input + 18 * output, 6)
}, 60_000)

test("OpenAI's client gets a tier that is cheaper and in time, and what it saved is on the ledger", async () => {
  const client = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
  const chat = (more: { service_tier?: 'flex'; model?: string } = {}, headers = {}) =>
    client.chat.completions
      .create(
        { model: 'tiers', messages: [{ role: 'user', content: 'one two three' }], ...more },
        { headers },
      )
      .withResponse()
  // Whoever asks for a tier by name gets it, at its price; that is how it comes to be measured, too.
  for (let n = 0; n < 20; n += 1) {
    const { data, response } = await chat({ service_tier: 'flex' })
    expect(data.service_tier).toBe('flex')
    if (n > 0) continue
    const [named] = (await town.call(response.headers.get('x-request-id')!)).attempts
    expect(named).toMatchObject({ mode: 'flex', price_id: 'cedar/echo@own-flex', saved_by: null })
  }
  const { data, response } = await chat({}, { 'x-freehold-deadline': '30s' })
  expect(data.service_tier).toBe('flex')
  const [attempt] = (await town.call(response.headers.get('x-request-id')!)).attempts
  expect(attempt).toMatchObject({
    mode: 'flex',
    saved_by: 'deadline',
    saved_usd: attempt!.cost_usd,
  })
  expect(String(attempt!['reason'])).toContain('served as flex, within 30 s')
  // Without a deadline nothing is done.
  const usual = await chat()
  expect(usual.data.service_tier).toBe('default')
  const [plain] = (await town.call(usual.response.headers.get('x-request-id')!)).attempts
  expect(plain).toMatchObject({ mode: null, saved_by: null, saved_usd: null })

  const { saved_by: reasons, total } = await town.api<{
    saved_by: Record<string, string>
    total: { saved_usd: string }
  }>('/api/costs?task=tiers')
  expect(reasons).toEqual({ deadline: attempt!['saved_usd'] as string })
  expect(total.saved_usd).toBe(attempt!['saved_usd'] as string)
}, 60_000)

test('a batch with a deadline is run when it is cheapest: at once, where the price is always the same', async () => {
  const authorization = `Bearer ${key}`
  const line = {
    custom_id: 'one',
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'hello', messages: [{ role: 'user', content: 'one two three' }] },
  }
  const form = new FormData()
  form.set('purpose', 'batch')
  form.set('file', new File([`${JSON.stringify(line)}\n`], 'lines.jsonl'))
  const uploaded = await fetch(`${town.url}/v1/files`, {
    method: 'POST',
    headers: { authorization, 'x-freehold-provider': 'freehold' },
    body: form,
  })
  const { id } = (await uploaded.json()) as { id: string }
  const begin = (deadline: string): Promise<Response> =>
    fetch(`${town.url}/v1/batches`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        input_file_id: id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        metadata: { 'x-freehold-deadline': deadline },
      }),
    })
  const wrong = await begin('tomorrow')
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('not \\"tomor')])
  let batch = (await (await begin('12h')).json()) as { id: string; status: string }
  for (let tries = 0; tries < 100 && batch.status !== 'completed'; tries += 1) {
    await Bun.sleep(50)
    const shown = await fetch(`${town.url}/v1/batches/${batch.id}`, { headers: { authorization } })
    batch = (await shown.json()) as typeof batch
  }
  expect(batch).toMatchObject({
    status: 'completed',
    request_counts: { total: 1, completed: 1, failed: 0 },
  })
}, 60_000)

test('a deadline that is none is refused, and a model named by the caller is asked as it is', async () => {
  const refused = await ask('hello', 'soon')
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('x-freehold-deadline'),
  ])
  expect(await answeredBy('acme/large', '30s')).toBe('acme/large')
}, 60_000)
