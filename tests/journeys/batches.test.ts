import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallFacts, Town } from './town.ts'
import { startTown } from './town.ts'

/** Batches that the gateway runs itself: each line is a call like any other, and none is lost or asked twice. */

const keys = {
  web: 'web-secret-0123456789',
  other: 'other-secret-0123456789',
  slow: 'slow-secret-0123456789',
  poor: 'poor-secret-0123456789',
}

const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
tasks:
  hello: acme/echo
batches: { concurrent: 2 }
prices:
  acme/echo: { input: 1, output: 1 }
keys:
  - { id: web, secret: ${keys.web}, tasks: [hello, acme/large] }
  - { id: other, secret: ${keys.other} }
  - { id: slow, secret: ${keys.slow}, rate: { requests: 20/s } }
  - { id: poor, secret: ${keys.poor}, budget: { limit: 0.000001 USD, per: day } }
`

let town: Town

beforeAll(async () => {
  town = await startTown({ config, vendors: { acme: {} } })
})
afterAll(() => town.close())

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${town.url}/v1`, maxRetries: 0 })
}

function chatLine(number: number, body: object = {}, model = 'hello'): string {
  return JSON.stringify({
    custom_id: `line-${number}`,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model, messages: [{ role: 'user', content: `say ${number}` }], ...body },
  })
}

function chatLines(count: number): string {
  return Array.from({ length: count }, (_, index) => chatLine(index)).join('\n')
}

async function begin(
  client: OpenAI,
  text: string,
  options: { endpoint?: string; headers?: Record<string, string> } = {},
): Promise<OpenAI.Batch> {
  const file = new File([text], 'requests.jsonl')
  const { id } = await client.files.create({ file, purpose: 'batch' })
  return client.batches.create(
    {
      input_file_id: id,
      endpoint: (options.endpoint ?? '/v1/chat/completions') as '/v1/chat/completions',
      completion_window: '24h',
      metadata: { night: 'first' },
    },
    { headers: options.headers ?? {} },
  )
}

const over = new Set(['completed', 'failed', 'expired', 'cancelled'])

async function until(
  client: OpenAI,
  id: string,
  holds: (batch: OpenAI.Batch) => boolean = ({ status }) => over.has(status),
): Promise<OpenAI.Batch> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const batch = await client.batches.retrieve(id)
    if (holds(batch)) return batch
    await Bun.sleep(20)
  }
  throw new Error(`the batch ${id} never came so far`)
}

interface OutputLine {
  readonly id: string
  readonly custom_id: string
  readonly response: {
    readonly status_code: number
    readonly request_id: string
    readonly body: {
      choices: { message: { content: string } }[]
      error?: { code: string }
    }
  } | null
  readonly error: { readonly code: string; readonly message: string } | null
}

async function linesOf(client: OpenAI, id: string | null | undefined): Promise<OutputLine[]> {
  const text = await (await client.files.content(id!)).text()
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as OutputLine)
}

test('a batch goes from its file to its output, in the shapes of OpenAI', async () => {
  const client = clientOf(keys.web)
  const begun = await begin(client, chatLines(9), {
    headers: { 'x-freehold-customer': 'night-owl' },
  })
  expect(begun.object).toBe('batch')
  expect(begun.id).toMatch(/^batch_[0-9a-f]{32}$/)
  expect(begun.request_counts).toEqual({ total: 0, completed: 0, failed: 0 })
  const done = await until(client, begun.id)
  expect(done.status).toBe('completed')
  expect(done.request_counts).toEqual({ total: 9, completed: 9, failed: 0 })
  expect(done.metadata).toEqual({ night: 'first' })
  expect(done.error_file_id).toBeNull()
  for (const moment of [done.in_progress_at, done.finalizing_at, done.completed_at])
    expect(moment).toBeGreaterThanOrEqual(begun.created_at)

  const lines = await linesOf(client, done.output_file_id)
  expect(lines.map(({ custom_id }) => custom_id).toSorted()).toEqual(
    Array.from({ length: 9 }, (_, index) => `line-${index}`),
  )
  for (const { custom_id, response, error } of lines) {
    expect(error).toBeNull()
    expect(response?.body.choices[0]?.message.content).toBe(`say ${custom_id.slice(5)}`)
  }
  // Each line is a call on the ledger: by its key, its task, its customer, at its price.
  const call = await town.call(lines[0]!.response!.request_id)
  expect(call.attempts[0]).toMatchObject({
    key: 'web',
    task: 'hello',
    customer: 'night-owl',
    end_state: 'complete',
  })
  expect(Number(call.cost_usd)).toBeGreaterThan(0)

  const file = await client.files.retrieve(done.output_file_id!)
  expect(file).toMatchObject({ object: 'file', purpose: 'batch_output', status: 'processed' })
  const { data } = await client.batches.list()
  expect(data.map(({ id }) => id)).toContain(begun.id)
})

test('a batch and its files belong to the key that made them, and to admins', async () => {
  const client = clientOf(keys.web)
  const { id, input_file_id } = await begin(client, chatLines(1))
  const done = await until(client, id)
  const stranger = clientOf(keys.other)
  for (const ask of [
    () => stranger.batches.retrieve(id),
    () => stranger.batches.cancel(id),
    () => stranger.files.retrieve(input_file_id),
    () => stranger.files.content(done.output_file_id!),
    () => stranger.files.delete(input_file_id),
    () =>
      stranger.batches.create({
        input_file_id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
  ]) {
    expect(await codeOf(ask)).toEqual([404, 'object_not_found'])
  }
  expect((await stranger.batches.list()).data).toEqual([])
  expect((await stranger.files.list()).data).toEqual([])
  const admin = clientOf(town.adminKey)
  expect((await admin.batches.retrieve(id)).id).toBe(id)
  expect((await admin.files.list()).data.map((file) => file.id)).toContain(input_file_id)

  expect(await client.files.delete(input_file_id)).toEqual({
    id: input_file_id,
    object: 'file',
    deleted: true,
  })
  expect(await codeOf(() => client.files.content(input_file_id))).toEqual([404, 'object_not_found'])
  expect(readdirSync(join(town.folder, 'data', 'files'))).not.toContain(input_file_id.slice(5))
})

test('a file that makes no sense is refused line by line, and nobody is asked', async () => {
  const before = town.vendors['acme']!.history().length
  const client = clientOf(keys.web)
  const { id } = await begin(
    client,
    [
      chatLine(0),
      '{"custom_id": "broken',
      chatLine(0),
      chatLine(3).replace('/v1/chat/completions', '/v1/embeddings'),
      chatLine(4, { stream: true }),
      chatLine(5).replace('POST', 'GET'),
      '',
      chatLine(7, { model: undefined }),
      '{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":[]}',
    ].join('\n'),
  )
  const failed = await until(client, id)
  expect(failed.status).toBe('failed')
  expect(failed.errors?.data?.map(({ line, code }) => [line, code])).toEqual([
    [2, 'invalid_json_line'],
    [3, 'duplicate_custom_id'],
    [4, 'invalid_url'],
    [5, 'invalid_request'],
    [6, 'invalid_method'],
    [8, 'missing_required_parameter'],
    [9, 'invalid_request'],
  ])
  for (const { message } of failed.errors?.data ?? []) expect(message).toMatch(/\w{3}.*\.$/)
  expect(town.vendors['acme']!.history().length).toBe(before)

  const empty = await begin(client, '\n\n')
  const told = await until(client, empty.id)
  expect(told.errors?.data?.map(({ code }) => code)).toEqual(['empty_file'])
})

test('what a line is refused is told in the error file, beside what the others were answered', async () => {
  const client = clientOf(keys.web)
  const { id } = await begin(
    client,
    [chatLine(0), chatLine(1, {}, 'acme/medium'), chatLine(2, { messages: 'no list' })].join('\n'),
  )
  const done = await until(client, id)
  expect(done.status).toBe('completed')
  expect(done.request_counts).toEqual({ total: 3, completed: 1, failed: 2 })
  const errors = await linesOf(client, done.error_file_id)
  const told = errors.map(({ custom_id, response }) => [
    custom_id,
    response?.status_code,
    response?.body.error?.code,
  ])
  expect(told.toSorted()).toEqual([
    ['line-1', 403, 'task_forbidden'],
    ['line-2', 400, 'invalid_request'],
  ])
})

test('budgets hold for each line', async () => {
  const client = clientOf(keys.poor)
  const lines = Array.from({ length: 4 }, (_, index) => chatLine(index, {}, 'acme/echo'))
  const { id } = await begin(client, lines.join('\n'))
  const done = await until(client, id)
  expect(done.request_counts?.failed).toBe(4)
  const errors = await linesOf(client, done.error_file_id)
  expect(new Set(errors.map(({ response }) => response?.body.error?.code))).toEqual(
    new Set(['budget_spent']),
  )
})

test('other formats run as well: embeddings, and messages as Anthropic writes them', async () => {
  const client = clientOf(keys.other)
  const embed = {
    custom_id: 'vector',
    method: 'POST',
    url: '/v1/embeddings',
    body: { model: 'sim/embed', input: 'a text' },
  }
  const embedded = await until(
    client,
    (await begin(client, JSON.stringify(embed), { endpoint: '/v1/embeddings' })).id,
  )
  expect(embedded.request_counts?.completed).toBe(1)
  const message = {
    custom_id: 'told',
    method: 'POST',
    url: '/v1/messages',
    body: { model: 'hello', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] },
  }
  const told = await until(
    client,
    (await begin(client, JSON.stringify(message), { endpoint: '/v1/messages' })).id,
  )
  const [line] = await linesOf(client, told.output_file_id)
  expect(line?.response?.body).toMatchObject({
    type: 'message',
    content: [{ type: 'text', text: 'hi' }],
  })
})

test('a rate paces a batch, and refuses none of its lines', async () => {
  const client = clientOf(keys.slow)
  const lines = Array.from({ length: 30 }, (_, index) => chatLine(index, {}, 'acme/echo'))
  const { id } = await begin(client, lines.join('\n'))
  const done = await until(client, id)
  expect(done.request_counts).toEqual({ total: 30, completed: 30, failed: 0 })
  const { calls } = await town.api<{ calls: readonly CallFacts[] }>(
    '/api/calls?limit=1000&key=slow&status=error',
  )
  expect(calls).toEqual([])
})

test('a vendor that limits its rate is waited for', async () => {
  town.vendors['acme']!.behave({ model: 'echo', fault: 'http-429-retry-after-ms', times: 2 })
  const client = clientOf(keys.web)
  const { id } = await begin(client, chatLines(3))
  const done = await until(client, id)
  expect(done.request_counts).toEqual({ total: 3, completed: 3, failed: 0 })
})

describe('the end before the end', () => {
  test('a cancelled batch keeps what was answered, and tells what was not asked', async () => {
    const client = clientOf(keys.web)
    town.vendors['acme']!.behave({ model: 'echo', fault: 'slow-headers', waitMs: 60 })
    const { id } = await begin(client, chatLines(400))
    await until(client, id, ({ request_counts }) => (request_counts?.completed ?? 0) > 3)
    const cancelling = await client.batches.cancel(id)
    expect(['cancelling', 'cancelled']).toContain(cancelling.status)
    const cancelled = await until(client, id)
    town.vendors['acme']!.behave({ model: 'echo', fault: 'none' })
    expect(cancelled.status).toBe('cancelled')
    const good = await linesOf(client, cancelled.output_file_id)
    const left = await linesOf(client, cancelled.error_file_id)
    expect(good.length).toBe(cancelled.request_counts!.completed)
    expect(good.length + left.length).toBe(400)
    expect(new Set(left.map(({ error }) => error?.code))).toEqual(new Set(['batch_cancelled']))
    expect(await codeOf(() => client.batches.cancel(id))).toEqual([400, 'invalid_request'])
  })

  test('a batch whose time is over tells what it did not come to', async () => {
    const client = clientOf(keys.web)
    town.vendors['acme']!.behave({ model: 'echo', fault: 'slow-headers', waitMs: 60 })
    const { id } = await begin(client, chatLines(300))
    await until(client, id, ({ request_counts }) => (request_counts?.completed ?? 0) > 3)
    await town.end('SIGKILL')
    const path = join(town.folder, 'data', 'files', 'batches', `${id.slice('batch_'.length)}.json`)
    const facts = JSON.parse(readFileSync(path, 'utf8')) as { at: number }
    writeFileSync(path, JSON.stringify({ ...facts, expiresAt: facts.at }))
    await town.restart()
    const again = clientOf(keys.web)
    const expired = await until(again, id)
    town.vendors['acme']!.behave({ model: 'echo', fault: 'none' })
    expect(expired.status).toBe('expired')
    expect(expired.expired_at).toBeGreaterThan(0)
    const good = await linesOf(again, expired.output_file_id)
    const left = await linesOf(again, expired.error_file_id)
    expect(good.length).toBeGreaterThan(3)
    expect(good.length + left.length).toBe(300)
    expect(new Set(left.map(({ error }) => error?.code))).toEqual(new Set(['batch_expired']))
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'after %s a batch goes on where it was: no line is lost, none that was done is asked again',
    async (signal) => {
      const vendor = town.vendors['acme']!
      vendor.reset()
      const client = clientOf(keys.web)
      const count = 120
      vendor.behave({ model: 'echo', fault: 'slow-headers', waitMs: 25 })
      const { id } = await begin(client, chatLines(count))
      const half = await until(
        client,
        id,
        ({ request_counts }) => (request_counts?.completed ?? 0) > 20,
      )
      await town.end(signal)
      await town.restart()
      const again = clientOf(keys.web)
      const done = await until(again, id)
      expect(done.status).toBe('completed')
      expect(done.request_counts).toEqual({ total: count, completed: count, failed: 0 })
      expect(half.request_counts!.completed).toBeLessThan(count)

      const lines = await linesOf(again, done.output_file_id)
      expect(lines.map(({ custom_id }) => custom_id).toSorted()).toEqual(
        Array.from({ length: count }, (_, index) => `line-${index}`).toSorted(),
      )
      const asked = new Map<string, number>()
      for (const { body } of vendor.history()) {
        const said = /say (\d+)/.exec(body)![1]!
        asked.set(said, (asked.get(said) ?? 0) + 1)
      }
      expect(asked.size).toBe(count)
      // Only what was under way at that moment, two lines at most, is asked anew.
      const twice = [...asked.values()].filter((times) => times > 1)
      expect(twice.length).toBeLessThanOrEqual(2)
      expect(Math.max(...asked.values())).toBeLessThanOrEqual(2)
    },
    30_000,
  )
})

async function codeOf(ask: () => PromiseLike<unknown>): Promise<[number, string]> {
  try {
    await ask()
  } catch (error) {
    if (error instanceof OpenAI.APIError) return [error.status as number, String(error.code)]
    throw error
  }
  throw new Error('it was not refused')
}

test('rows of lines are rows like any other', async () => {
  const { calls } = await town.api<{ calls: readonly CallFacts[] }>('/api/calls?limit=1000&key=web')
  expect(calls.length).toBeGreaterThan(100)
})
