import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Entry } from '../../simulator/history.ts'
import { callers, type CallerName } from './bad-answers/callers.ts'
import { startTown, type Town } from './town.ts'

/**
 * Callers who ask for 64 MB and do not read them: the vendor has to wait, and nothing piles up in the
 * gateway between the two; when they leave, the vendor is let go.
 */
let town: Town

const key = 'web-secret-0123456789'
const mega = 1024 * 1024
const names = [
  'openai-chat',
  'anthropic-messages',
  'gemini',
  'openai-responses',
] as const satisfies readonly CallerName[]

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  chat: { type: openai-compatible, base_url: '{{vendor}}', api_key: vendor-key-0123456789 }
  messages: { type: anthropic-compatible, base_url: '{{vendor}}', api_key: vendor-key-0123456789 }
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { vendor: {} },
  })
})
afterAll(() => town.close())

/** Asks over a socket of its own, and takes no more than what comes first. */
async function askAndStop(from: CallerName, model: string): Promise<Socket> {
  const { hostname, port } = new URL(town.url)
  const caller = callers[from]
  const body = JSON.stringify(caller.body(model, 'all of it', true))
  const socket = connect({ host: hostname, port: Number(port) })
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('data', () => {
    socket.pause()
    resolve()
  })
  socket.write(
    `POST ${caller.path(model, true)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  await promise
  return socket
}

function asked(model: string): Entry | undefined {
  return town.vendors['vendor']!.history().findLast((entry) => entry.model === model)
}

const pairs = names.flatMap((from) => ['chat', 'messages'].map((vendor) => [from, vendor] as const))

test('who does not read holds up the vendor, and fills no memory', async () => {
  const readers = await Promise.all(
    pairs.map(async ([from, vendor]) => {
      const model = `fault/big-stream--${from}-${vendor}`
      return { model, socket: await askAndStop(from, `${vendor}/${model}`) }
    }),
  )
  // Read as it comes each takes a second or two. Here nobody reads, and none ends.
  await Bun.sleep(5_000)
  for (const { model } of readers) expect([model, asked(model)?.ending]).toEqual([model, 'open'])
  for (const { socket } of readers) socket.destroy()
  while (readers.some(({ model }) => asked(model)?.ending === 'open')) await Bun.sleep(10)
  for (const { model } of readers) {
    const { ending, bytesSent } = asked(model)!
    expect([model, ending]).toEqual([model, 'left'])
    // What Linux takes in on two lines, on each up to 6 MB to be read and 4 to be sent, and a little more.
    expect(bytesSent).toBeLessThan(24 * mega)
  }
}, 30_000)

test('their calls are on the ledger as left', async () => {
  const { calls } = await town.api<{ calls: { attempts: { end_state: string }[] }[] }>('/api/calls')
  expect(calls.length).toBe(pairs.length)
  for (const { attempts } of calls)
    expect(attempts.map(({ end_state: state }) => state)).toEqual(['caller_left'])
})
