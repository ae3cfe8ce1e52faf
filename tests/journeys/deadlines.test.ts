import { afterAll, beforeAll, expect, test } from 'bun:test'
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
tasks:
  hello: { models: [acme/large, birch/small] }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/large: { input: 10, output: 20 }
  birch/small: { input: 1, output: 2 }
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
  // Neither was measured yet: the cheaper one is tried.
  expect(await answeredBy('hello', '30s')).toBe('birch/small')
  for (let n = 0; n < 20; n += 1) await answeredBy('birch/small', null)
  expect(await answeredBy('hello', '30s')).toBe('birch/small')
  // No answer comes within a microsecond, and of this model it is known.
  const response = await ask('hello', '0.001ms')
  await response.text()
  expect(response.headers.get('x-freehold-model')).toBe('acme/large')

  const late = await ask('hello', '30s')
  await late.text()
  const { attempts } = await town.call(late.headers.get('x-request-id')!)
  expect(attempts[0]).toMatchObject({ provider: 'birch' })
  expect(String(attempts[0]!['reason'])).toMatch(/^deadline: about \$.*, within 30 s, 95 of 100 in/)
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
