import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** An attempt that fails before its content is over for its provider too, and nothing of it reaches the next one. */

const secret = 'web-secret-0123456789'

/** One line for each connection: open until the gateway closes it. */
interface Lines {
  readonly url: string
  readonly open: () => number
  readonly asked: () => boolean
  readonly stop: () => void
}

/** @param says  what it sends on each request; then it stays silent and keeps its connection */
function vendor(says: string): Lines {
  let open = 0
  let asked = false
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: () => {
        open += 1
      },
      data: (socket) => {
        asked = true
        socket.write(says)
      },
      close: () => {
        open -= 1
      },
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    open: () => open,
    asked: () => asked,
    stop: () => server.stop(true),
  }
}

const event = 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'
const failing = vendor(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${event.length.toString(16)}\r\n${event}\r\n`,
)
const silent = vendor('')
let town: Town

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  failing: { type: openai-compatible, base_url: '${failing.url}', api_key: vendor-key-0123456789, timeouts: { first_content: 200ms } }
  silent: { type: openai-compatible, base_url: '${silent.url}', api_key: vendor-key-0123456789 }
tasks:
  chat: { models: [failing/small, silent/small] }
keys:
  - { id: web, secret: ${secret} }
`,
  })
})
afterAll(async () => {
  failing.stop()
  silent.stop()
  await town.close()
})

test('its provider is told to stop, and a caller who leaves later is heard by the attempt after it', async () => {
  const leaving = new AbortController()
  const call = fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({
      model: 'chat',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    }),
    signal: leaving.signal,
  }).catch((error: Error) => error.name)
  const until = async (holds: () => boolean) => {
    for (let tries = 0; tries < 200 && !holds(); tries += 1) await Bun.sleep(10)
  }
  await until(() => silent.open() === 1 && failing.open() === 0)
  expect([failing.asked(), failing.open(), silent.open()]).toEqual([true, 0, 1])
  // The clocks of the first attempt would have struck by now.
  await Bun.sleep(300)
  leaving.abort()
  expect(await call).toBe('AbortError')
  await until(() => silent.open() === 0)
  expect(silent.open()).toBe(0)
})
