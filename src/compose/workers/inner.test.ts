import { afterEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { forwarder, innerPath, removeInner } from './inner.ts'

const base = mkdtempSync(join(tmpdir(), 'freehold-inner-'))
let server: ReturnType<typeof Bun.serve> | null = null
afterEach(async () => {
  await server?.stop(true)
  rmSync(base, { recursive: true, force: true })
})

test.each([
  ['short', 'data'],
  ['longer than the name of a socket may be', 'd'.repeat(200)],
])('of a folder whose path is %s there is a socket that nothing is left of', (_, name) => {
  const folder = join(base, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'threads.sock'), '') // of a process that was killed
  const path = innerPath(folder)
  expect(Buffer.byteLength(path)).toBeLessThan(104)
  server = Bun.serve({ unix: path, fetch: () => new Response('here') })
  removeInner(folder, path)
  expect(existsSync(path)).toBe(false)
  expect(existsSync(folder)).toBe(true)
  expect(dirname(path) === folder).toBe(name === 'data')
})

test('a request is handed over as it came, and its answer as it is', async () => {
  const folder = join(base, 'data')
  mkdirSync(folder, { recursive: true })
  const path = innerPath(folder)
  server = Bun.serve({
    unix: path,
    fetch: async (request) =>
      Response.json(
        {
          target: new URL(request.url).pathname + new URL(request.url).search,
          method: request.method,
          key: request.headers.get('authorization'),
          host: request.headers.get('host'),
          length: (await request.bytes()).length,
        },
        { status: 418, headers: { 'x-request-id': 'r1', connection: 'close' } },
      ),
  })
  const forward = forwarder(path)
  const answer = await forward(
    new Request('http://gateway:4000/api/calls?limit=1', {
      method: 'POST',
      headers: { authorization: 'Bearer k', expect: '100-continue', host: 'gateway:4000' },
      body: 'x'.repeat(100_000),
    }),
  )
  expect(answer.status).toBe(418)
  expect(answer.headers.get('x-request-id')).toBe('r1')
  expect(answer.headers.get('connection')).toBe('close')
  expect(await answer.json()).toEqual({
    target: '/api/calls?limit=1',
    method: 'POST',
    key: 'Bearer k',
    host: 'gateway:4000',
    length: 100_000,
  })
})
