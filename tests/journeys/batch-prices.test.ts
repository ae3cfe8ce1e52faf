import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { runCommand } from './command.ts'
import { type CallFacts, startTown, type Town } from './town.ts'

/** Batches with a day or more: lines go into the vendor's own batch, where it costs less, and are booked at its price. */
let town: Town
const keys = { web: 'web-secret-0123456789', thrifty: 'thrifty-secret-0123456789' }

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  claude: { type: anthropic, base_url: '{{claude}}', api_key: claude-key-0123456789 }
  birch: { type: openai-compatible, base_url: '{{birch}}', region: eu-west-1 }
tasks:
  hello: acme/large
  other: claude/large
  both: { policy: cheapest, models: [acme/large, birch/small] }
keys:
  - { id: web, secret: ${keys.web} }
  - { id: thrifty, secret: ${keys.thrifty}, budget: { limit: 1 USD, per: day } }
prices:
  acme/large: { input: 10, output: 20, modes: { batch: { input: 5, output: 10 } } }
  acme/unheard: { input: 10, output: 20, modes: { batch: { input: 5, output: 10 } } }
  birch/small: { input: 1, output: 2 }
  claude/large: { input: 3, output: 15, modes: { batch: { input: 1.5, output: 7.5 } } }
`,
    vendors: { acme: {}, birch: {}, claude: {} },
  })
})
afterAll(() => town.close())

const over = new Set(['completed', 'failed', 'expired', 'cancelled'])

/** Runs lines to their end by OpenAI's own client. @returns the ids of their calls, in the order of the output */
async function run(
  models: readonly string[],
  deadline: string | null,
  apiKey = keys.web,
  feature = 'run',
): Promise<{ batch: OpenAI.Batch; calls: string[] }> {
  const client = new OpenAI({ apiKey, baseURL: `${town.url}/v1`, maxRetries: 0 })
  const lines = models.map((model, place) =>
    JSON.stringify({
      custom_id: `own-${place}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model, messages: [{ role: 'user', content: `say ${place}` }] },
    }),
  )
  const file = await client.files.create(
    { file: new File([lines.join('\n')], 'lines.jsonl'), purpose: 'batch' },
    { headers: { 'x-freehold-provider': 'freehold' } },
  )
  const asked = {
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const
  const headers = {
    'x-freehold-feature': feature,
    ...(deadline === null ? {} : { 'x-freehold-deadline': deadline }),
  }
  let batch = await client.batches.create(asked, { headers })
  for (let tries = 0; tries < 300 && !over.has(batch.status); tries += 1) {
    await Bun.sleep(100)
    batch = await client.batches.retrieve(batch.id)
  }
  const output = batch.output_file_id
    ? await (await client.files.content(batch.output_file_id)).text()
    : ''
  const answers = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { custom_id: string; response: { request_id: string } })
    .toSorted((left, right) => (left.custom_id < right.custom_id ? -1 : 1))
  return { batch, calls: answers.map(({ response }) => response.request_id) }
}

function pico(usd: unknown): bigint {
  const [whole = '0', decimals = ''] = String(usd).split('.')
  return BigInt(whole + decimals.padEnd(12, '0'))
}

test("lines with a day's time are answered by the vendor's batch, at its price, and say what that saved", async () => {
  const { batch, calls } = await run(['hello', 'acme/large', 'hello'], '36h')
  expect(batch).toMatchObject({
    status: 'completed',
    request_counts: { total: 3, completed: 3, failed: 0 },
  })
  expect(batch.expires_at! - batch.created_at).toBe(36 * 3_600)
  expect(calls).toHaveLength(3)
  for (const [place, id] of calls.entries()) {
    const { attempts, ok } = await town.call(id)
    expect([place, ok, attempts.length]).toEqual([place, true, 1])
    const [attempt] = attempts
    expect(attempt).toMatchObject({
      mode: 'batch',
      saved_by: 'batch',
      price_id: 'acme/large@own-batch',
      task: place === 1 ? null : 'hello',
      usage_source: 'provider',
    })
    const { input = 0, output = 0 } = attempt!.tokens!
    const cost = BigInt(input) * 5_000_000n + BigInt(output) * 10_000_000n
    expect([pico(attempt!.cost_usd), pico(attempt!['saved_usd'])]).toEqual([cost, cost])
    expect(input).toBeGreaterThan(0)
  }
  const files = town.vendors['acme']!.history().filter(({ path }) => path === '/v1/batches')
  expect(files).toHaveLength(1)
}, 60_000)

test("lines in OpenAI's words are answered by a batch of Anthropic's, in OpenAI's words", async () => {
  const { batch, calls } = await run(['other', 'other'], '36h', keys.web, 'messages')
  expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 })
  for (const id of calls) {
    const { attempts } = await town.call(id)
    expect(attempts).toMatchObject([
      { provider: 'claude', mode: 'batch', saved_by: 'batch', price_id: 'claude/large@own-batch' },
    ])
    expect(attempts[0]!['saved_usd']).toBe(attempts[0]!.cost_usd)
  }
  const history = town.vendors['claude']!.history()
  const asked = history.map(({ method, path }) => `${method} ${path.replace(/msgbatch_\w+/, 'ID')}`)
  expect(asked.filter((each) => !each.startsWith('GET'))).toEqual([
    'POST /v1/messages/batches',
    'DELETE /v1/messages/batches/ID',
  ])
  const client = new OpenAI({ apiKey: keys.web, baseURL: `${town.url}/v1`, maxRetries: 0 })
  const output = await (await client.files.content(batch.output_file_id!)).text()
  for (const line of output.trim().split('\n')) {
    const { body } = (JSON.parse(line) as { response: { body: OpenAI.ChatCompletion } }).response
    expect([body.object, typeof body.choices[0]!.message.content]).toEqual([
      'chat.completion',
      'string',
    ])
  }
}, 60_000)

test('with less time, or none said, lines are asked one by one at the usual price', async () => {
  for (const deadline of ['12h', null]) {
    const { calls } = await run(['hello'], deadline)
    const { attempts } = await town.call(calls[0]!)
    expect(attempts).toMatchObject([{ mode: null, saved_usd: null, saved_by: null }])
    expect(attempts[0]).toMatchObject({ price_id: 'acme/large@own', region: null })
  }
}, 60_000)

test('a seller that is cheaper live than the batch of another is asked live', async () => {
  const { calls } = await run(['both'], '36h')
  const [attempt] = (await town.call(calls[0]!)).attempts
  expect(attempt).toMatchObject({ provider: 'birch', mode: null, region: 'eu-west-1' })
  expect(attempt).toMatchObject({ saved_by: 'seller' })
  // Against the first of the task: ten times the price.
  expect(pico(attempt!['saved_usd'])).toBe(9n * pico(attempt!.cost_usd))
}, 60_000)

test('a budget holds for lines that lie at a vendor, and has what they cost counted', async () => {
  const { calls } = await run(['hello', 'hello'], '30h', keys.thrifty)
  expect(calls).toHaveLength(2)
  for (const id of calls) expect((await town.call(id)).attempts).toMatchObject([{ mode: 'batch' }])
  const { rows } = await town.api<{ rows: { cost_usd: string; attempts: number }[] }>(
    '/api/costs?by=mode&key=thrifty',
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ attempts: 2, group: { mode: 'batch' } })
}, 60_000)

test('a budget that is put on while lines lie at a vendor counts what those come to', async () => {
  const posts = (): number =>
    town.vendors['acme']!.history().filter(({ path }) => path === '/v1/batches').length
  const { secret } = await town.api<{ secret: string }>('/api/keys', 'POST', { id: 'later' })
  const before = posts()
  const running = run(['hello', 'hello'], '30h', secret)
  while (posts() === before) await Bun.sleep(5)
  const budget = { limit: '0.0001 USD', per: 'day' }
  await town.api('/api/keys/later/budget', 'POST', { budget })
  const { calls } = await running
  for (const id of calls) expect((await town.call(id)).attempts).toMatchObject([{ mode: 'batch' }])
  const next = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({
      model: 'birch/small',
      max_tokens: 1,
      messages: [{ role: 'user', content: 'x' }],
    }),
  })
  expect([next.status, await next.text()]).toEqual([402, expect.stringContaining('$0.000000 left')])
}, 60_000)

test('what fails in a batch has its row, costs nothing, and is asked live', async () => {
  const { batch } = await run(['acme/unheard'], '36h', keys.web, 'failing')
  expect(batch).toMatchObject({
    status: 'completed',
    request_counts: { total: 1, completed: 0, failed: 1 },
  })
  const { calls } = await town.api<{ calls: CallFacts[] }>('/api/calls?feature=failing')
  const rows = calls.flatMap(({ attempts }) => attempts)
  const modes = rows.map(({ mode, end_state: state, cost_usd: cost }) => [mode, state, cost])
  expect(modes.toSorted()).toEqual([
    [null, 'provider_error', '0'],
    ['batch', 'provider_error', '0'],
  ])
}, 60_000)

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s the batch that lies at the vendor is found again, and nothing is paid twice',
  async (signal) => {
    const posts = (): number =>
      town.vendors['acme']!.history().filter(
        ({ method, path }) => method === 'POST' && path === '/v1/batches',
      ).length
    const before = posts()
    const client = new OpenAI({ apiKey: keys.web, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const lines = Array.from({ length: 20 }, (_, place) =>
      JSON.stringify({
        custom_id: `own-${place}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: { model: 'hello', messages: [{ role: 'user', content: `again ${place}` }] },
      }),
    )
    const file = await client.files.create(
      { file: new File([lines.join('\n')], 'lines.jsonl'), purpose: 'batch' },
      { headers: { 'x-freehold-provider': 'freehold' } },
    )
    let batch = await client.batches.create(
      { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' },
      { headers: { 'x-freehold-deadline': '36h', 'x-freehold-feature': signal } },
    )
    for (let tries = 0; tries < 200 && posts() === before; tries += 1) await Bun.sleep(10)
    expect(posts()).toBe(before + 1)
    await town.end(signal)
    await town.restart()
    const again = new OpenAI({ apiKey: keys.web, baseURL: `${town.url}/v1`, maxRetries: 0 })
    for (let tries = 0; tries < 300 && !over.has(batch.status); tries += 1) {
      await Bun.sleep(100)
      batch = await again.batches.retrieve(batch.id)
    }
    expect(batch.request_counts).toEqual({ total: 20, completed: 20, failed: 0 })
    expect(posts()).toBe(before + 1)
    const { rows, saved_by: saved } = await town.api<{
      rows: { attempts: number; cost_usd: string; saved_usd: string }[]
      saved_by: Record<string, string>
    }>(`/api/costs?by=mode&feature=${signal}`)
    expect(rows).toMatchObject([{ attempts: 20, group: { mode: 'batch' } }])
    expect(rows[0]!.saved_usd).toBe(rows[0]!.cost_usd)
    expect(saved).toEqual({ batch: rows[0]!.saved_usd })
  },
  60_000,
)

test('a batch that is cancelled is cancelled at the vendor, too', async () => {
  const client = new OpenAI({ apiKey: keys.web, baseURL: `${town.url}/v1`, maxRetries: 0 })
  const line = {
    custom_id: 'own-0',
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'hello', messages: [{ role: 'user', content: 'never mind' }] },
  }
  const file = await client.files.create(
    { file: new File([JSON.stringify(line)], 'lines.jsonl'), purpose: 'batch' },
    { headers: { 'x-freehold-provider': 'freehold' } },
  )
  const asked = (): string[] =>
    town.vendors['acme']!.history().map(({ method, path }) => `${method} ${path}`)
  const before = asked().length
  let batch = await client.batches.create(
    { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' },
    { headers: { 'x-freehold-deadline': '36h' } },
  )
  for (let tries = 0; tries < 100 && asked().length < before + 2; tries += 1) await Bun.sleep(10)
  await client.batches.cancel(batch.id)
  for (let tries = 0; tries < 100 && !over.has(batch.status); tries += 1) {
    await Bun.sleep(50)
    batch = await client.batches.retrieve(batch.id)
  }
  expect(batch.status).toBe('cancelled')
  expect(
    asked()
      .slice(before)
      .some((each) => /^POST .*\/cancel$/.test(each)),
  ).toBe(true)
  const errors = await (await client.files.content(batch.error_file_id!)).text()
  expect(errors).toContain('batch_cancelled')
}, 60_000)

test('the ledger is whole: each row costs what the price that it names comes to', async () => {
  const { code, out, err } = await runCommand(['ledger', 'verify', '--json'], { cwd: town.folder })
  expect([code, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({ ok: true })
  const costs = await runCommand(['costs', '--by', 'saved_by'], { cwd: town.folder })
  expect(costs.out).toMatch(
    /Saved \$[\d.]+, reckoned at the tokens that were used: .* by vendors' own batches/,
  )
}, 60_000)
