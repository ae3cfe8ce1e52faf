import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CallFacts, startTown, type Town } from './town.ts'

/**
 * Secrets that vendors repeat in every place where they can: in errors, pages, headers, streams and
 * answers that are none. They are found nowhere but in what goes to the vendor.
 */
let town: Town
let loud: ReturnType<typeof Bun.serve>

const canaries = {
  acmeKey: 'canary-acme-5e1b7f3a9c0d',
  birchKey: 'canary-birch-0d5e1b7f3a9c',
  loudKey: 'canary-loud-9c0d5e1b7f3a',
  loudHeader: 'canary-header-3a9c0d5e1b7f',
  callerKey: 'canary-caller-7f3a9c0d5e1b',
}

/** What the loud vendor says of a request with these secrets, by the model that was asked. */
const replies: Readonly<Record<string, (secrets: string) => Response>> = {
  message: (secrets) => error(401, { error: { message: `Wrong key ${secrets}` } }),
  code: (secrets) =>
    error(400, { error: { message: 'No.', code: secrets, type: secrets, param: secrets } }),
  detail: (secrets) => error(422, { detail: [{ loc: ['header'], msg: 'No.', input: secrets }] }),
  flat: (secrets) => error(400, { message: `No: ${secrets}` }),
  escaped: (secrets) => error(400, { error: { message: JSON.stringify({ headers: secrets }) } }),
  text: (secrets) => new Response(`Not with ${secrets}`, { status: 400 }),
  long: (secrets) => error(400, { error: { message: `${'x'.repeat(2_000)}${secrets}` } }),
  'server-error': (secrets) => error(500, { error: { message: `At ${secrets}` } }),
  // Quoted up to a dozen characters before its end, with more text behind.
  beginning: (secrets) =>
    error(400, {
      error: {
        message: secrets.replace(/canary-\w+-\w+/g, (each) => `${each.slice(0, -3)}... is wrong`),
      },
    }),
  quota: (secrets) => error(402, { error: { message: `Pay for ${secrets}` } }),
  'rate-limit': (secrets) => error(429, { error: { message: `Too many for ${secrets}` } }),
  'not-found': (secrets) =>
    error(404, { error: { message: `The model of ${secrets} does not exist` } }),
  'content-filter': (secrets) =>
    error(400, { error: { message: secrets, code: 'content_filter' } }),
  'context-length': (secrets) =>
    error(400, { error: { message: secrets, code: 'context_length_exceeded' } }),
  'under-200': (secrets) => error(200, { error: { message: `No: ${secrets}` } }),
  'no-choices': (secrets) => new Response(JSON.stringify({ secrets })),
  'no-json': (secrets) => new Response(`${secrets}`),
  header: (secrets) =>
    new Response('no', {
      status: 500,
      statusText: secrets,
      headers: { 'x-key': secrets, 'retry-after': secrets },
    }),
  redirect: (secrets) =>
    new Response('', { status: 302, headers: { location: `http://127.0.0.1:1/${secrets}` } }),
  event: (secrets) =>
    new Response(`data: {"error":{"message":"No: ${secrets}"}}\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    }),
  'late-event': (secrets) =>
    new Response(
      `data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\ndata: {"error":{"message":"No: ${secrets}"}}\n\n`,
      { headers: { 'content-type': 'text/event-stream' } },
    ),
}

/** Pages and odd answers are cut before they are looked at: here at every other place of a secret. */
const cuts: typeof replies = Object.fromEntries(
  Array.from({ length: 30 }, (_, index) => 2 * index).flatMap((shift) => [
    [
      `cut-page-${shift}`,
      (secrets: string) =>
        new Response(`<p>${'x'.repeat(235 + shift)} ${secrets}`, { status: 502 }),
    ],
    [
      `cut-answer-${shift}`,
      (secrets: string) => new Response(`{"a":"${'x'.repeat(130 + shift)} ${secrets}"}`),
    ],
  ]),
)

function error(status: number, body: object): Response {
  return Response.json(body, { status })
}

beforeAll(async () => {
  loud = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const { model } = (await request.json()) as { model: string }
      const { headers } = request
      const secrets = `${headers.get('authorization')} ${headers.get('x-house')}`
      return (replies[model] ?? cuts[model])!(secrets)
    },
  })
  town = await startTown({
    vendors: { acme: {}, birch: {} },
    config: `
payloads: full
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: ${canaries.acmeKey} }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: ${canaries.birchKey} }
  loud:
    type: openai-compatible
    base_url: ${loud.url.href}v1
    api_key: ${canaries.loudKey}
    headers: { x-house: ${canaries.loudHeader} }
tasks:
  all: { models: [acme/fault/http-401, birch/fault/http-403, loud/message] }
keys:
  - { id: web, secret: ${canaries.callerKey} }
`,
  })
})
afterAll(async () => {
  await town.close()
  await loud.stop(true)
})

/** What a secret could be known by: the whole of it, or as much of it as helps. */
const parts = Object.values(canaries).map((canary) => canary.slice(0, -4))

function expectNone(where: string, text: string): void {
  expect([where, parts.filter((part) => text.includes(part))]).toEqual([where, []])
  // Nor the beginning of one, cut off.
  expect([where, /canary-\w+/.exec(text)?.[0] ?? null]).toEqual([where, null])
}

test('no answer to a caller holds one', async () => {
  const models = [
    'all',
    ...['acme', 'birch'].flatMap((vendor) =>
      ['http-401', 'http-403'].map((fault) => `${vendor}/fault/${fault}`),
    ),
    ...Object.keys(replies).map((name) => `loud/${name}`),
  ]
  const wishes = models.flatMap((model) =>
    ['/v1/chat/completions', '/v1/messages'].flatMap((path) =>
      [false, true].map((stream) => ({ model, path, stream })),
    ),
  )
  const cut = Object.keys(cuts).map((name) => `loud/${name}`)
  const left = [
    ...wishes,
    ...cut.map((model) => ({ model, path: '/v1/chat/completions', stream: false })),
  ].values()
  let asked = 0
  const work = async (): Promise<void> => {
    for (const { path, ...wish } of left) {
      asked += 1
      const response = await fetch(town.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${canaries.callerKey}`,
          // What is kept for a second time is one more place to look at.
          ...(asked % 2 === 0 ? { 'idempotency-key': `try-${asked}` } : {}),
        },
        body: JSON.stringify({
          ...wish,
          max_tokens: 9,
          messages: [{ role: 'user', content: 'x' }],
        }),
      })
      const said = `${JSON.stringify([...response.headers])}${await response.text()}`
      expectNone(`${wish.model} ${path}`, said)
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  // The vendors were asked with them, or this would prove nothing.
  const [first] = town.vendors['acme']!.history()
  expect(first!.headers['authorization']).toBe(`Bearer ${canaries.acmeKey}`)
})

test('neither does the control wing', async () => {
  const read = async (path: string): Promise<string> => {
    const headers = { authorization: `Bearer ${town.adminKey}` }
    const text = await (await fetch(town.url + path, { headers })).text()
    expectNone(path, text)
    return text
  }
  await Bun.sleep(400) // the last rows are on their way
  const { calls } = JSON.parse(await read('/api/calls?limit=1000')) as {
    calls: readonly CallFacts[]
  }
  expect(calls.length).toBeGreaterThan(150)
  for (const { id } of calls) await read(`/api/calls/${id}`)
  for (const path of ['status', 'models', 'keys', 'alarms?all', 'costs?by=model,key'])
    await read(`/api/${path}`)
  await read('/metrics')
})

test('nor the log, nor any file of the store', async () => {
  expectNone('log', town.log())
  await town.end()
  expectNone('log', town.log())
  const store = join(town.folder, 'data')
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  expect(files.length).toBeGreaterThan(3)
  const names = files.map(({ name }) => name)
  for (const kept of [/^shelf\.db/, /\.db$/, /journal|segment|\d+\.log/])
    expect([String(kept), names.filter((name) => kept.test(name)).length > 0 || names]).toEqual([
      String(kept),
      true,
    ])
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    expectNone(path, readFileSync(path, 'latin1'))
  }
})
