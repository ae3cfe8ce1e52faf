import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  askedSoFar,
  badInputTown,
  callerKey,
  expectUnharmed,
  type Path,
  post,
  readRefusal,
  refusalOf,
} from './bad-input.ts'
import { sendRaw } from './raw-http.ts'
import type { Town } from './town.ts'

/** Bodies that are too long, too slow, or never whole. */
let town: Town

beforeAll(async () => {
  town = await badInputTown('', 'body_limit: 1MB, body_timeout: 1s')
})
afterAll(() => town.close())

const message = (content: string): string =>
  `{"model":"birch/echo","max_tokens":99,"messages":[{"role":"user","content":${content}}]}`

const limit = 1_000_000
const ofLength = (length: number): string => {
  const empty = message('""')
  return message(`"${'a'.repeat(length - empty.length)}"`)
}

test('the limit itself is taken, one byte more is a 413', async () => {
  const before = askedSoFar(town)
  expect((await post(town, '/v1/messages', ofLength(limit))).status).toBe(200)
  expect(askedSoFar(town)).toBe(before + 1)
  const refusal = await refusalOf(await post(town, '/v1/messages', ofLength(limit + 1)))
  expect(refusal).toMatchObject({ status: 413, code: 'body_too_large' })
  expect(refusal.message).toContain('1 MB')
  expect(refusal.message).toContain('server.body_limit')
  expect(askedSoFar(town)).toBe(before + 1)
})

test('in chunks it is counted as it comes', async () => {
  const before = askedSoFar(town)
  expect((await inChunks(ofLength(limit))).status).toBe(200)
  const over = await inChunks(ofLength(limit + 1))
  expect(over.status).toBe(413)
  expect(askedSoFar(town)).toBe(before + 1)
})

test('a caller who announces too much learns it before it sends', async () => {
  const head = headOf('/v1/messages', 'content-length: 1000001', 'expect: 100-continue')
  const { answers } = await sendRaw(town.url, head)
  const [last] = answers.slice(-1)
  expect(last!.status).toBe(413)
  expectRawRefusal(last!, '/v1/messages')
})

test('a caller who sends too much all the same reads why', async () => {
  for (const size of [2_000_000, 20_000_000]) {
    const refusal = await refusalOf(
      await post(town, '/v1/chat/completions', Buffer.alloc(size, 0x20)),
    )
    expect(refusal).toMatchObject({ status: 413, code: 'body_too_large' })
  }
})

test('more than anybody sends is cut off', async () => {
  for (const length of [
    '300000000',
    '9007199254740991',
    '18446744073709551615',
    '99999999999999999999999',
  ]) {
    const { answers, closed } = await sendRaw(
      town.url,
      headOf('/v1/messages', `content-length: ${length}`),
    )
    expect(answers.length).toBeLessThanOrEqual(1)
    for (const { status } of answers) expect([400, 413]).toContain(status)
    expect(closed).toBe(true)
  }
})

test('a body that ends before its length is no call', async () => {
  const before = askedSoFar(town)
  const text = message('"x"')
  const whole = headOf('/v1/messages', `content-length: ${text.length + 1}`) + text
  // One that waits gets a 408, one that leaves gets nothing.
  const { answers, closed } = await sendRaw(town.url, whole)
  expect([answers.map(({ status }) => status), closed]).toEqual([[408], true])
  expectRawRefusal(answers[0]!, '/v1/messages')
  await sendRaw(town.url, whole, 50)
  await sendRaw(town.url, headOf('/v1/messages', 'transfer-encoding: chunked') + '5\r\n{"mod', 50)
  await expectUnharmed(town)
  expect(askedSoFar(town)).toBe(before + 2) // the calls that look whether all is well
})

test('a body that comes byte by byte is given up after server.body_timeout', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const started = performance.now()
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(new URL(town.url).port),
    socket: {
      data: (_, bytes) => {
        expect(Buffer.from(bytes).toString()).toStartWith('HTTP/1.1 408 ')
        resolve(performance.now() - started)
      },
    },
  })
  socket.write(headOf('/v1/chat/completions', 'content-length: 1000'))
  const dribble = setInterval(() => socket.write('{'), 100)
  const tookMs = await promise
  clearInterval(dribble)
  socket.end()
  expect(tookMs).toBeGreaterThanOrEqual(900)
})

async function inChunks(body: string): Promise<Response> {
  const bytes = Buffer.from(body)
  const pieces = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let from = 0; from < bytes.length; from += 50_000)
        controller.enqueue(bytes.subarray(from, from + 50_000))
      controller.close()
    },
  })
  return fetch(`${town.url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${callerKey}` },
    body: pieces,
  })
}

function headOf(path: Path, ...headers: readonly string[]): string {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: gw',
    `authorization: Bearer ${callerKey}`,
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function expectRawRefusal(
  { status, head, body }: { readonly status: number; readonly head: string; readonly body: string },
  path: Path,
): void {
  const get = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1]?.trim() ?? null
  readRefusal(town.url + path, status, body, { get })
}
