import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { askedSoFar, badInputTown, echo } from './bad-input.ts'
import type { Town } from './town.ts'

/** Callers who take a connection and no more: some say nothing, some half of a head, a byte at a time. */
let town: Town

beforeAll(async () => {
  town = await badInputTown()
})
afterAll(() => town.close())

const count = 2_000

function open(): Promise<Socket> {
  const { hostname, port } = new URL(town.url)
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host: hostname, port: Number(port) })
  socket.once('connect', () => resolve(socket))
  socket.once('error', reject)
  return promise
}

test('two thousand who say nothing, or half of a head, are in the way of nobody', async () => {
  const sockets: Socket[] = []
  for (let opened = 0; opened < count; opened += 100)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, open))))
  let answered = 0
  for (const socket of sockets) socket.on('data', () => (answered += 1))
  const slow = sockets.filter((_, index) => index % 2 === 0)
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-slow: '
  for (const socket of slow) socket.write(head)
  const before = askedSoFar(town)
  for (let call = 0; call < 20; call += 1) {
    for (const socket of slow) socket.write('a')
    for (const vendor of ['acme', 'birch'] as const)
      expect(await echo(town, { path: '/v1/messages', vendor, text: `call ${call}` })).toBe(
        `call ${call}`,
      )
  }
  expect(askedSoFar(town) - before).toBe(40)
  expect(answered).toBe(0)
  for (const socket of sockets) socket.destroy()
  expect(await (await fetch(`${town.url}/healthz`)).text()).toBe('ok\n')
}, 60_000)
