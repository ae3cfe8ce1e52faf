import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { HttpServer, type Asked } from './http.ts'

/** Answers every request with what it was. */
const seen: Asked[] = []
let server: HttpServer

beforeAll(() => {
  server = new HttpServer('127.0.0.1', 0, (asked, line) => {
    seen.push(asked)
    const text = `${asked.method} ${asked.path} ${asked.body}`
    line.write(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    return Promise.resolve()
  })
})
afterAll(() => server.stop(0))

async function dial(): Promise<{ socket: Socket; until: (text: string) => Promise<string> }> {
  const socket = connect(server.port, '127.0.0.1')
  socket.setNoDelay(true)
  let got = ''
  socket.on('data', (bytes: Buffer) => (got += bytes.toString()))
  const until = async (text: string) => {
    while (!got.includes(text) && !socket.closed) await Bun.sleep(1)
    return got
  }
  return { socket, until }
}

async function say(text: string | Buffer, answer: string): Promise<string> {
  const { socket, until } = await dial()
  socket.write(text)
  const got = await until(answer)
  socket.destroy()
  return got
}

test('a request may come byte by byte', async () => {
  const { socket, until } = await dial()
  for (const byte of Buffer.from(
    'POST /a?b=c HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhällo'.slice(0, -1),
  )) {
    socket.write(Buffer.from([byte]))
    await Bun.sleep(0)
  }
  expect(await until('POST /a hä')).toContain('POST /a häll')
  expect(seen.at(-1)?.query.get('b')).toBe('c')
  socket.destroy()
})

test('requests on one connection are answered in their order, also when they come at once', async () => {
  const one = 'GET /1 HTTP/1.1\r\nhost: x\r\n\r\n'
  const two = 'POST /2 HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi'
  const got = await say(`${one}${two}${one}`, 'GET /1 HTTP')
  expect(got.match(/(?:GET|POST) \/\d/g)).toEqual(['GET /1', 'POST /2', 'GET /1'])
})

test('a body in chunks is put together', async () => {
  const head = 'POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
  expect(await say(`${head}3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`, 'c abc')).toContain(
    'POST /c abc0123456789',
  )
})

test('a client that waits for leave to send its body gets it', async () => {
  const { socket, until } = await dial()
  socket.write('POST /e HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n')
  expect(await until('100 Continue')).toStartWith('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('ok')
  expect(await until('/e ok')).toContain('POST /e ok')
  socket.destroy()
})

test.each([
  ['no request line', 'hello\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost\r\n\r\n', 400],
  ['a length that is no number', 'POST / HTTP/1.1\r\ncontent-length: ten\r\n\r\n', 400],
  ['a length beyond all limits', 'POST / HTTP/1.1\r\ncontent-length: 999999999\r\n\r\n', 413],
  [
    'two framings at once',
    'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a line end within a header', 'GET / HTTP/1.1\r\nx: a\nb: c\r\n\r\n', 400],
  ['two hosts', 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400],
  [
    'a coding behind a vertical tab',
    'GET / HTTP/1.1\r\ntransfer-encoding: \u000bchunked\r\n\r\n',
    400,
  ],
  ['a folded header', 'GET / HTTP/1.1\r\nx: a\r\n  b: c\r\n\r\n', 400],
  ['a chunk of no size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
  ['a head without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}`, 431],
])('%s is refused and the connection closed', async (_, request, status) => {
  const { socket, until } = await dial()
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.on('close', () => resolve())
  socket.write(request)
  await promise
  expect(await until('never')).toStartWith(`HTTP/1.1 ${status} `)
})

test('nothing is answered behind a request that was refused', async () => {
  const bad = 'GET / HTTP/1.1\r\nhost\r\n\r\n'
  const got = await say(`${bad}GET /behind HTTP/1.1\r\nhost: x\r\n\r\n`, 'never')
  expect(got.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 400'])
  expect(seen.some(({ path }) => path === '/behind')).toBe(false)
})

test('names of headers are lower case, and one that comes twice is joined', async () => {
  await say('GET /h HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\n__proto__: 3\r\n\r\n', 'GET /h')
  expect(Object.entries(seen.at(-1)!.headers)).toEqual([
    ['x-a', '1, 2'],
    ['__proto__', '3'],
  ])
})
