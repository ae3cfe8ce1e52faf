import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import { startTown, type Town } from './town.ts'

/**
 * A vendor who closes a kept connection in the moment in which a request comes: nobody can tell whether it
 * was read. The caller is answered, and each request that went out has its row.
 */
let town: Town
let vendor: Server
/** Requests that the vendor read, by the connection on which they came. */
let read: number[] = []
/** What the vendor does with the next requests on connections that were used before. */
let hangUps = 0

const key = 'web-secret-0123456789'
const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
})

beforeAll(async () => {
  let connections = 0
  vendor = createServer((socket) => {
    connections += 1
    serve(socket, connections)
  })
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
  const { port } = vendor.address() as { port: number }
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: 'http://127.0.0.1:${port}/v1' }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 1, output: 2 }
`,
  })
})
afterAll(async () => {
  await town.close()
  vendor.close()
})
beforeEach(() => {
  read = []
})

function serve(socket: Socket, connection: number): void {
  let text = ''
  let used = false
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
    if (end === -1 || text.length < end + 4 + length) return
    text = ''
    read.push(connection)
    if (used && hangUps > 0) {
      hangUps -= 1
      socket.destroy()
      return
    }
    used = true
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
    )
  })
}

async function ask(): Promise<{ status: number; id: string }> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'acme/small', messages: [{ role: 'user', content: 'Well?' }] }),
  })
  await response.text()
  return { status: response.status, id: response.headers.get('x-request-id')! }
}

test('the call is answered over a new connection, and both requests are on the ledger', async () => {
  await ask()
  hangUps = 1
  const { status, id } = await ask()
  expect(status).toBe(200)
  expect(read.length).toBe(3)
  const call = await town.call(id)
  expect(call.attempts).toMatchObject([
    { role: 'served', end_state: 'unreachable', error_code: 'provider_hung_up', cost_usd: '0' },
    { role: 'retry', end_state: 'complete' },
  ])
  expect([call.ok, call.attempts[1]!['timings_us']]).toEqual([
    true,
    expect.objectContaining({ connect: expect.any(Number) }),
  ])
})

test('every request that a vendor reads has a row, however many connections it closes', async () => {
  await Promise.all(Array.from({ length: 8 }, ask))
  const before = read.length
  hangUps = 4
  const asked = await Promise.all(Array.from({ length: 8 }, ask))
  expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  const calls = await Promise.all(asked.map(({ id }) => town.call(id)))
  expect(calls.reduce((sum, { attempts }) => sum + attempts.length, 0)).toBe(read.length - before)
})

test('it is a failure of nobody: the model is as well as before', async () => {
  for (let count = 0; count < 8; count += 1) {
    await ask()
    hangUps = 1
    expect((await ask()).status).toBe(200)
  }
  const { resting } = await town.api<{ resting: readonly unknown[] }>('/api/status')
  expect(resting).toEqual([])
})
