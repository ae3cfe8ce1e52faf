import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { faults, findFault, type FaultName } from './faults.ts'
import { startSimulator, type Simulator } from './server.ts'

const waitMs = 60
/** When nothing came for so long, the line is silent. */
const silenceMs = 300

let simulator: Simulator

beforeAll(() => {
  simulator = startSimulator({ speed: 0, waitMs })
})
afterAll(() => simulator.stop())

/** What a client saw that reads bytes and nothing else. */
interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body as it was sent, chunk framing taken off. */
  readonly bytes: Buffer
  readonly body: string
  /** 'kept' when the answer came to its end and the line stays open. */
  readonly line: 'kept' | 'closed' | 'reset' | 'silent'
  /** Milliseconds to the headers, and from there to the first byte of the body. */
  readonly headMs: number
  readonly bodyMs: number
  /** How many times something arrived. */
  readonly packets: readonly Buffer[]
  readonly data: readonly string[]
}

const text = 'Grüße, 漢字 and 🙂 from here, said in some words.'

interface Asking {
  readonly stream?: boolean
  readonly anthropic?: boolean
  readonly headers?: string
  readonly body?: object
  /** Reads on after the answer for so long. */
  readonly lingerMs?: number
}

function play(name: string, asking: Asking = {}): Promise<Seen> {
  const { stream = true, anthropic = false, headers = '', lingerMs = 0 } = asking
  const body = JSON.stringify({
    model: `fault/${name}`,
    messages: [{ role: 'user', content: text }],
    stream,
    ...(anthropic ? { max_tokens: 1000 } : {}),
    ...(stream && !anthropic ? { stream_options: { include_usage: true } } : {}),
    ...asking.body,
  })
  const path = anthropic ? '/v1/messages' : '/v1/chat/completions'
  const version = anthropic ? 'anthropic-version: 2023-06-01\r\n' : ''
  const request = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-secret\r\n${version}${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  return read(request, lingerMs)
}

function read(request: string, lingerMs: number): Promise<Seen> {
  const { promise, resolve } = Promise.withResolvers<Seen>()
  const started = performance.now()
  const packets: Buffer[] = []
  const times: number[] = []
  let timer = setTimeout(() => finish('silent'), silenceMs)
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1', () => {
    socket.write(request)
  })
  const finish = (line: Seen['line']) => {
    clearTimeout(timer)
    socket.destroy()
    const all = Buffer.concat(packets)
    const parsed = parse(all)
    const headAt = times[0] ?? started
    let received = 0
    const bodyAt = times.find((_, index) => {
      received += packets[index]?.length ?? 0
      return received > parsed.headLength
    })
    const body = new TextDecoder('utf-8', { ignoreBOM: true }).decode(parsed.bytes)
    const data = body
      .split(/\r\n|\r|\n/)
      .flatMap((row) => (row.startsWith('data:') ? [row.slice(5).trim()] : []))
    const [headMs, bodyMs] = [headAt - started, (bodyAt ?? headAt) - headAt]
    resolve({ ...parsed, body, line, headMs, bodyMs, packets, data })
  }
  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => {
    packets.push(bytes)
    times.push(performance.now())
    clearTimeout(timer)
    // Looked at again only where an answer may end: thousands of packets are too many to parse each.
    const mayEnd = packets.length < 100 || bytes.toString('latin1').endsWith('0\r\n\r\n')
    const done = mayEnd && parse(Buffer.concat(packets)).complete
    timer = setTimeout(() => finish(done ? 'kept' : 'silent'), done ? lingerMs : silenceMs)
  })
  socket.on('error', () => finish('reset'))
  socket.on('end', () => finish('closed'))
  return promise
}

function parse(all: Buffer) {
  const headLength = all.indexOf('\r\n\r\n') + 4
  const [first = '', ...lines] = all.toString('latin1', 0, headLength - 4).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const status = Number(first.split(' ')[1] ?? 0)
  const rest = headLength < 4 ? Buffer.alloc(0) : all.subarray(headLength)
  if (headers['transfer-encoding'] !== 'chunked') {
    const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
    const complete = headLength >= 4 && rest.length >= length
    return { status, headers, headLength, bytes: rest.subarray(0, length), complete }
  }
  const chunks: Buffer[] = []
  let complete = false
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) break
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 4 + size
    if (size === 0) complete = true
    if (size === 0 || at > rest.length) break
  }
  return { status, headers, headLength, bytes: Buffer.concat(chunks), complete }
}

/** The content of all good events, in OpenAI's shape. */
function contentOf({ data }: Seen): string {
  const pieces = data.map((row) => {
    try {
      return (JSON.parse(row) as Chunk).choices?.[0]?.delta?.content ?? ''
    } catch {
      return ''
    }
  })
  return pieces.join('')
}

interface Chunk {
  readonly usage?: unknown
  readonly x_groq?: { readonly usage: unknown }
  readonly error?: { readonly message: string }
  readonly choices?: readonly {
    readonly usage?: unknown
    readonly delta?: { readonly content?: string }
    readonly message?: { readonly content?: string }
    readonly finish_reason?: string | null
  }[]
}

const chunksOf = ({ data }: Seen): readonly Chunk[] =>
  data.filter((row) => row !== '[DONE]').map((row) => JSON.parse(row) as Chunk)
const wholeOf = ({ body }: Seen): Chunk => JSON.parse(body) as Chunk
const ends = ({ data }: Seen): number => data.filter((row) => row === '[DONE]').length

/** Half of the answer came, and no end mark. */
function isHalf(seen: Seen): void {
  expect(seen.status).toBe(200)
  const content = contentOf(seen)
  expect(content).not.toBe('')
  expect(text.startsWith(content)).toBe(true)
  expect(content.length).toBeLessThan(text.length)
  expect(ends(seen)).toBe(0)
}

/** The whole answer came all the same, with one end mark, whatever stood around it. */
function isWhole(seen: Seen): void {
  expect([seen.status, seen.line]).toEqual([200, 'kept'])
  expect(contentOf(seen)).toBe(text)
  expect(ends(seen)).toBe(1)
}

async function refuses(name: string, status: number, error: object = {}): Promise<Seen> {
  const seen = await play(name)
  expect(seen).toMatchObject({ status, line: 'kept' })
  expect(wholeOf(seen)).toMatchObject({ error: { message: expect.any(String), ...error } })
  const theirs = await play(name, { anthropic: true, stream: false })
  expect(theirs).toMatchObject({ status, line: 'kept' })
  expect(wholeOf(theirs)).toMatchObject({ type: 'error', error: { type: expect.any(String) } })
  return seen
}

const lastUsage = (seen: Seen) =>
  chunksOf(seen)
    .map(({ usage }) => usage)
    .findLast(Boolean)

/** What every fault looks like to a client; a fault without its line here does not compile. */
const looks = {
  'http-400': () => refuses('http-400', 400),
  'http-401': async () => {
    const seen = await refuses('http-401', 401, { code: 'invalid_api_key' })
    expect(seen.body).toContain('sk-secret')
    expect(seen.headers['x-refused-key']).toBe('sk-secret')
  },
  'http-403': () => refuses('http-403', 403),
  'http-404': () => refuses('http-404', 404, { code: 'model_not_found' }),
  'http-408': () => refuses('http-408', 408),
  'http-413': () => refuses('http-413', 413),
  'http-422': () => refuses('http-422', 422),
  'http-429': async () => {
    const { headers } = await refuses('http-429', 429, { code: 'rate_limit_exceeded' })
    expect(Object.keys(headers).filter((name) => name.startsWith('retry'))).toEqual([])
  },
  'http-429-retry-after-seconds': async () => {
    const { headers } = await refuses('http-429-retry-after-seconds', 429)
    expect(headers['retry-after']).toBe('2')
  },
  'http-429-retry-after-date': async () => {
    const { headers } = await refuses('http-429-retry-after-date', 429)
    const ahead = Date.parse(headers['retry-after'] ?? '') - Date.now()
    expect(ahead).toBeWithin(500, 3001)
  },
  'http-429-retry-after-ms': async () => {
    const { headers } = await refuses('http-429-retry-after-ms', 429)
    expect(headers['retry-after-ms']).toBe('1500')
  },
  'limited-N': async () => {
    simulator.reset()
    const seen = []
    for (let call = 0; call < 3; call += 1) seen.push(await play('limited-7'))
    expect(seen.map(({ status }) => status)).toEqual([429, 200, 429])
    expect(seen[0]!.headers['retry-after-ms']).toBe('20')
    expect((await play('limited-8')).status).toBe(429)
  },
  'http-429-quota': () => refuses('http-429-quota', 429, { code: 'insufficient_quota' }),
  'http-500': () => refuses('http-500', 500, { type: 'server_error' }),
  'http-502-html': async () => {
    const seen = await play('http-502-html')
    expect(seen).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } })
    expect(seen.body).toStartWith('<html>')
  },
  'http-503-empty': async () => {
    expect(await play('http-503-empty')).toMatchObject({ status: 503, body: '', line: 'kept' })
  },
  'http-504-text': async () => {
    const seen = await play('http-504-text')
    expect(seen).toMatchObject({ status: 504, headers: { 'content-type': 'text/plain' } })
  },
  'http-529': () => refuses('http-529', 529, { type: 'overloaded_error' }),
  'http-N': () => refuses('http-418', 418),
  'flaky-N': async () => {
    simulator.reset()
    const statuses = []
    for (let call = 0; call < 6; call += 1) statuses.push((await play('flaky-3')).status)
    expect(statuses).toEqual([200, 200, 500, 200, 200, 500])
  },
  'slow-N': async () => {
    const seen = await play('slow-90')
    expect(seen.headMs).toBeWithin(85, 2000)
    isWhole(seen)
  },
  'slow-tokens': async () => {
    const seen = await play('slow-tokens', { headers: 'x-sim-wait-ms: 5\r\n' })
    expect(seen.packets.length).toBeGreaterThan(10)
    isWhole(seen)
  },
  'no-answer': async () => {
    expect(await play('no-answer')).toMatchObject({ line: 'silent', packets: [] })
  },
  'slow-headers': async () => {
    const seen = await play('slow-headers')
    expect(seen.headMs).toBeWithin(waitMs - 5, 2000)
    isWhole(seen)
  },
  'headers-then-silence': async () => {
    const seen = await play('headers-then-silence')
    expect(seen).toMatchObject({ status: 200, line: 'silent', body: '' })
  },
  'slow-first-token': async () => {
    const seen = await play('slow-first-token')
    expect(seen.bodyMs).toBeWithin(waitMs - 10, 2000)
    isWhole(seen)
  },
  'stall-mid-stream': async () => {
    const seen = await play('stall-mid-stream')
    isHalf(seen)
    expect(seen.line).toBe('silent')
    const whole = await play('stall-mid-stream', { stream: false })
    expect(whole.line).toBe('silent')
    expect(whole.bytes.length).toBe(Number(whole.headers['content-length']) >> 1)
  },
  'reset-before-headers': async () => {
    expect(await play('reset-before-headers')).toMatchObject({ line: 'reset', packets: [] })
  },
  'reset-before-first': async () => {
    const seen = await play('reset-before-first')
    expect(seen).toMatchObject({ status: 200, line: 'reset', body: '' })
  },
  'reset-mid-stream': async () => {
    const seen = await play('reset-mid-stream')
    isHalf(seen)
    expect(seen.line).toBe('reset')
  },
  'close-mid-stream': async () => {
    const seen = await play('close-mid-stream')
    isHalf(seen)
    expect(seen.line).toBe('closed')
  },
  'clean-end-mid-stream': async () => {
    const seen = await play('clean-end-mid-stream')
    isHalf(seen)
    expect(seen.line).toBe('kept')
    const whole = await play('clean-end-mid-stream', { stream: false })
    expect(whole.line).toBe('kept')
    expect(() => wholeOf(whole)).toThrow()
  },
  'cut-N': async () => {
    const seen = await play('cut-900')
    expect(seen).toMatchObject({ status: 200, line: 'closed' })
    expect(seen.bytes.length).toBe(900)
    isHalf(seen)
    isWhole(await play('cut-99999'))
    const document = await play('cut-30', { stream: false })
    expect([document.line, document.bytes.length]).toEqual(['closed', 30])
  },
  'ending-N': async () => {
    const seen = await play('ending-900')
    expect([seen.line, seen.bytes.length]).toEqual(['kept', 900])
    isHalf(seen)
    const document = await play('ending-30', { stream: false })
    expect([document.line, document.bytes.length]).toEqual(['kept', 30])
  },
  'error-event-first': async () => {
    const seen = await play('error-event-first')
    expect(seen).toMatchObject({ status: 200, line: 'kept' })
    expect(chunksOf(seen)).toMatchObject([{ error: { code: 'engine_overloaded' } }])
    const theirs = await play('error-event-first', { anthropic: true })
    expect(theirs.body).toStartWith('event: error\ndata: {"type":"error"')
    expect((await play('error-event-first', { stream: false })).status).toBe(500)
  },
  'error-event-mid-stream': async () => {
    const seen = await play('error-event-mid-stream')
    isHalf(seen)
    expect(chunksOf(seen).at(-1)).toMatchObject({ error: { code: 'engine_overloaded' } })
    const theirs = await play('error-event-mid-stream', { anthropic: true })
    expect(theirs.body).toContain('event: content_block_delta')
    expect(theirs.body).not.toContain('message_stop')
    expect(JSON.parse(theirs.data.at(-1)!)).toMatchObject({ type: 'error' })
  },
  'error-under-200': async () => {
    const seen = await play('error-under-200')
    expect(seen).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
    expect(wholeOf(seen)).toMatchObject({ error: { code: 'engine_overloaded' } })
  },
  'malformed-event': async () => {
    const seen = await play('malformed-event')
    isWhole(seen)
    expect(seen.data.filter((row) => row.endsWith('"conten'))).toHaveLength(1)
  },
  'binary-event': async () => {
    const seen = await play('binary-event')
    isWhole(seen)
    expect(seen.bytes.includes(Buffer.from([0xfd, 0xfe, 0xff]))).toBe(true)
  },
  'comment-events': async () => {
    const seen = await play('comment-events')
    isWhole(seen)
    expect(seen.body).toStartWith(': keep-alive\n\n:\n\n\ndata: ')
    const whole = await play('comment-events', { stream: false })
    expect(whole.body).toStartWith('\n\n\n{')
    expect(wholeOf(whole).choices?.[0]?.message?.content).toBe(text)
  },
  'unknown-events': async () => {
    const seen = await play('unknown-events')
    isWhole(seen)
    expect(seen.body).toContain('event: sim.unknown\nid: 7\nretry: 10\n')
  },
  crlf: async () => {
    const seen = await play('crlf')
    isWhole(seen)
    expect(seen.body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  },
  'bare-cr': async () => {
    const seen = await play('bare-cr')
    isWhole(seen)
    expect(seen.body).not.toContain('\n')
  },
  'no-space': async () => {
    const seen = await play('no-space')
    isWhole(seen)
    expect(seen.body).toStartWith('data:{')
  },
  bom: async () => {
    const seen = await play('bom')
    expect(seen.body).toStartWith('\uFEFFdata: ')
    expect(contentOf(seen)).toBe(text)
    expect((await play('bom', { stream: false })).body).toStartWith('\uFEFF{')
  },
  'one-byte-packets': async () => {
    const seen = await play('one-byte-packets')
    isWhole(seen)
    // Some arrive together when this process is late to read.
    expect(seen.packets.length).toBeGreaterThan(seen.bytes.length / 10)
  },
  'split-utf8': async () => {
    const seen = await play('split-utf8', { stream: false })
    expect(wholeOf(seen).choices?.[0]?.message?.content).toBe(text)
    const cut = seen.packets.filter((packet) => ((packet.at(-1) ?? 0) & 0xc0) === 0xc0)
    expect(cut.length).toBeGreaterThan(0)
    isWhole(await play('split-utf8'))
  },
  'giant-event': async () => {
    const seen = await play('giant-event')
    expect(ends(seen)).toBe(1)
    expect(contentOf(seen)).toHaveLength(4 * 1024 * 1024)
    expect(Math.max(...seen.data.map((row) => row.length))).toBeGreaterThan(4 * 1024 * 1024)
  },
  'big-answer': async () => {
    const whole = await play('big-answer', { stream: false })
    expect(wholeOf(whole).choices?.[0]?.message?.content).toHaveLength(8 * 1024 * 1024)
    expect(contentOf(await play('big-answer'))).toHaveLength(8 * 1024 * 1024)
  },
  'big-stream': async () => {
    const response = await fetch(`${simulator.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'fault/big-stream',
        stream: true,
        messages: [{ role: 'user', content: 'x' }],
      }),
    })
    let bytes = 0
    for await (const part of response.body!) bytes += part.length
    expect(bytes).toBeGreaterThan(64 * 1024 * 1024)
  },
  'usage-missing': async () => {
    const seen = await play('usage-missing')
    isWhole(seen)
    expect(seen.body).not.toContain('"usage"')
    expect((await play('usage-missing', { stream: false })).body).not.toContain('"usage"')
    expect((await play('usage-missing', { anthropic: true })).body).not.toContain('"usage"')
  },
  'usage-null': async () => {
    expect(wholeOf(await play('usage-null', { stream: false })).usage).toBeNull()
    expect(chunksOf(await play('usage-null')).every(({ usage }) => usage === null)).toBe(true)
  },
  'usage-every-chunk': async () => {
    const seen = await play('usage-every-chunk')
    const counts = chunksOf(seen).map(({ usage }) => (usage as Counted).completion_tokens)
    expect(counts.slice(0, 4)).toEqual([0, 1, 2, 3])
    expect(counts.at(-1)).toBe(counts.length - 3)
  },
  'usage-in-choice': async () => {
    const seen = await play('usage-in-choice', { body: { stream_options: undefined } })
    isWhole(seen)
    const chunks = chunksOf(seen)
    expect(chunks.some(({ usage }) => usage !== undefined)).toBe(false)
    expect(chunks.at(-1)?.choices?.[0]).toMatchObject({
      finish_reason: 'stop',
      usage: { completion_tokens: chunks.length - 2 },
    })
  },
  'usage-in-x-groq': async () => {
    const seen = await play('usage-in-x-groq')
    isWhole(seen)
    expect(chunksOf(seen).at(-1)?.x_groq).toMatchObject({
      usage: { total_tokens: expect.any(Number) },
    })
  },
  'usage-absurd': async () => {
    expect(lastUsage(await play('usage-absurd'))).toMatchObject({ total_tokens: 1e12 })
  },
  'usage-negative': async () => {
    const usage = lastUsage(await play('usage-negative')) as Counted
    expect(usage.completion_tokens).toBeLessThan(0)
  },
  'usage-nan': async () => {
    const seen = await play('usage-nan', { stream: false })
    expect(seen.body).toContain('"completion_tokens":NaN')
    expect(() => wholeOf(seen)).toThrow()
    expect((await play('usage-nan')).body).toContain('"completion_tokens":NaN')
  },
  'usage-strings': async () => {
    const usage = lastUsage(await play('usage-strings')) as Counted
    expect(usage.completion_tokens).toBeString()
  },
  'no-done': async () => {
    const seen = await play('no-done')
    expect(seen.line).toBe('kept')
    expect(contentOf(seen)).toBe(text)
    expect(ends(seen)).toBe(0)
    expect((await play('no-done', { anthropic: true })).body).not.toContain('message_stop')
  },
  'double-done': async () => {
    const seen = await play('double-done')
    expect(seen.data.slice(-2)).toEqual(['[DONE]', '[DONE]'])
    expect(contentOf(seen)).toBe(text)
  },
  'data-after-done': async () => {
    const { data } = await play('data-after-done')
    const late = data.slice(data.indexOf('[DONE]') + 1).map((row) => JSON.parse(row) as Chunk)
    expect(late).toMatchObject([
      { choices: [{ delta: { content: expect.any(String) } }] },
      { choices: [], usage: { total_tokens: expect.any(Number) } },
    ])
  },
  'says-nothing': async () => {
    const seen = await play('says-nothing')
    expect(seen.line).toBe('kept')
    expect(contentOf(seen)).toBe('')
    expect(wholeOf(await play('says-nothing', { stream: false }))).toMatchObject({
      usage: { completion_tokens: 0 },
    })
  },
  'thinks-only': async () => {
    const seen = await play('thinks-only')
    expect(seen.line).toBe('reset')
    expect(contentOf(seen)).toBe('')
    expect(seen.body).toContain('"reasoning_content":"')
  },
  'json-for-stream': async () => {
    const seen = await play('json-for-stream')
    expect(seen.headers['content-type']).toBe('application/json')
    expect(wholeOf(seen).choices?.[0]?.message?.content).toBe(text)
  },
  'stream-for-json': async () => {
    const seen = await play('stream-for-json', { stream: false })
    expect(seen.headers['content-type']).toStartWith('text/event-stream')
    isWhole(seen)
  },
  'broken-gzip': async () => {
    for (const stream of [true, false]) {
      const seen = await play('broken-gzip', { stream })
      expect(seen).toMatchObject({ line: 'kept', headers: { 'content-encoding': 'gzip' } })
      expect(() => gunzipSync(seen.bytes)).toThrow()
    }
  },
  'short-body': async () => {
    for (const stream of [true, false]) {
      const seen = await play('short-body', { stream })
      expect(seen.line).toBe('closed')
      expect(seen.bytes.length).toBeLessThan(Number(seen.headers['content-length']))
    }
  },
  'cut-json': async () => {
    const seen = await play('cut-json')
    expect(seen.line).toBe('kept')
    expect(seen.body).toEndWith('"conten')
    const whole = await play('cut-json', { stream: false })
    expect(whole.line).toBe('kept')
    expect(() => wholeOf(whole)).toThrow()
  },
  'wrong-content-type': async () => {
    const seen = await play('wrong-content-type')
    expect(seen.headers['content-type']).toBe('text/plain')
    isWhole(seen)
  },
  'empty-body': async () => {
    expect(await play('empty-body')).toMatchObject({ status: 200, body: '', line: 'kept' })
  },
  'html-200': async () => {
    const seen = await play('html-200')
    expect(seen).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } })
  },
  redirect: async () => {
    const seen = await play('redirect')
    expect(seen).toMatchObject({ status: 307, headers: { location: '/__sim/landed' } })
    const landed = { method: 'POST', headers: { authorization: 'Bearer sk-secret' } }
    await fetch(new URL('/__sim/landed', simulator.url), landed)
    expect(simulator.history().at(-1)).toMatchObject({
      path: '/__sim/landed',
      headers: { authorization: 'Bearer sk-secret' },
    })
  },
  'unknown-finish': async () => {
    const seen = await play('unknown-finish')
    const words = chunksOf(seen).flatMap(({ choices }) => choices?.[0]?.finish_reason ?? [])
    expect(words).toEqual(['sim_unknown'])
    expect((await play('unknown-finish', { anthropic: true })).body).toContain(
      '"stop_reason":"sim_unknown"',
    )
  },
  'missing-finish': async () => {
    const seen = await play('missing-finish')
    expect(seen.body).not.toContain('finish_reason')
    isWhole(seen)
  },
  'tool-other-name': async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather' } }]
    const seen = await play('tool-other-name', { body: { tools } })
    expect(seen.body).toContain('"name":"other_get_weather"')
  },
  'idle-close': async () => {
    const seen = await play('idle-close', { lingerMs: waitMs * 3 })
    expect(contentOf(seen)).toBe(text)
    expect(seen.line).toBe('closed')
  },
  'unasked-response': async () => {
    const seen = await play('unasked-response', { lingerMs: waitMs * 3 })
    expect(contentOf(seen)).toBe(text)
    expect(Buffer.concat([...seen.packets]).toString()).toEndWith('{"unasked":true}')
  },
} satisfies Record<FaultName, () => Promise<unknown>>

interface Counted {
  readonly completion_tokens: number
}

describe('a fault is what its name says', () => {
  for (const [name, look] of Object.entries(looks)) {
    test(`${faults[name as FaultName].row} ${name}`, look)
  }
})

describe('a fault is chosen', () => {
  test('by a header, whatever the model', async () => {
    const seen = await play('http-500', {
      headers: 'x-sim-fault: http-422\r\n',
      body: { model: 'small' },
    })
    expect(seen.status).toBe(422)
  })

  test('by a model of which there are many', async () => {
    expect((await play('http-422--one')).status).toBe(422)
    expect((await play('http-422--one-7')).status).toBe(422)
    expect((await play('nonsense--http-422')).status).toBe(404)
  })

  test('by no name but its own', async () => {
    expect((await play('nonsense')).status).toBe(404)
    const names = ['flaky-0', 'slow-', 'http-999', 'http-200', 'constructor', 'flaky-N-2']
    expect(names.map(findFault)).toEqual(names.map(() => null))
    expect(findFault('slow-250')).toMatchObject({ name: 'slow-250', n: 250 })
  })

  test('on every path', async () => {
    const response = await fetch(`${simulator.url}/embeddings`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fault/usage-absurd', input: 'x' }),
    })
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 1e12 } })
    const list = await fetch(`${simulator.url}/models`, { headers: { 'x-sim-fault': 'http-500' } })
    expect(list.status).toBe(500)
  })
})
