import { expect, test } from 'bun:test'
import { type Instant, systemClock } from '../core/clock.ts'
import { invalidRequest } from '../core/errors.ts'
import { MemoryShelf } from '../store/memory-shelf.ts'
import type { Asked } from './asked.ts'
import { Changes, withItsChange } from './changes.ts'

const secret = 'sk-nobody-may-read-this'

function scene(body: Readonly<Record<string, unknown>>) {
  const changes = new Changes(new MemoryShelf(() => systemClock.now(), 1_000_000), systemClock)
  const asked = {
    key: { id: 'ops' },
    rest: 'web',
    control: { changes },
    readBody: async () => ({ text: '', value: body, members: [] }),
  } as unknown as Asked
  return { changes, asked }
}

const route = (method: string, path: string, answer: (asked: Asked) => unknown) => ({
  method,
  path,
  role: 'admin',
  answer,
})

test('a change leaves a line with who, when and what, and none of its secrets', async () => {
  const body = { id: 'web', role: 'caller', tasks: ['hello'], note: secret, secret }
  const { changes, asked } = scene({ ...body, budget: { limit: '50 USD', per: 'month' } })
  const before = systemClock.now() as Instant
  const make = route('POST', '/api/keys', async ({ readBody }) => {
    await readBody()
    return { secret }
  })
  expect(await withItsChange(make, asked)).toEqual({ secret })
  const { changes: lines, next } = await changes.list(10, null)
  expect(lines).toMatchObject([
    {
      key: 'ops',
      method: 'POST',
      route: '/api/keys',
      summary: 'made the key web, role caller, tasks hello, budget 50 USD per month',
      refused: null,
    },
  ])
  expect(Date.parse(lines[0]!.at)).toBeGreaterThanOrEqual(Math.floor(before / 1_000))
  expect(JSON.stringify(lines)).not.toContain(secret)
  expect(next).toBeNull()
})

test('what is refused leaves a line as well, and is refused all the same', async () => {
  const { changes, asked } = scene({})
  const refuse = route('DELETE', '/api/keys/*', () => {
    throw invalidRequest('not like this')
  })
  await expect(withItsChange(refuse, asked)).rejects.toThrow('not like this')
  const { changes: lines } = await changes.list(10, null)
  expect(lines).toMatchObject([{ summary: 'revoked the key web', refused: 'invalid_request' }])
})

test('what was not there to be changed is not told to have been', async () => {
  const { changes, asked } = scene({ budget: null })
  for (const [method, path, value] of [
    ['DELETE', '/api/keys/*', { revoked: false }],
    ['POST', '/api/keys/*/budget', { changed: false }],
    ['POST', '/api/prices/*/confirm', { decided: null }],
    ['DELETE', '/api/keys/*', { revoked: true }],
  ] as const) {
    await withItsChange(
      route(method, path, () => value),
      asked,
    )
    await systemClock.sleep(2)
  }
  const { changes: lines } = await changes.list(10, null)
  expect(lines.toReversed().map(({ refused }) => refused)).toEqual([
    'not_found',
    'not_found',
    'not_found',
    null,
  ])
})

test('looking leaves no line, and lines come in pages, the newest first', async () => {
  const { changes, asked } = scene({})
  await withItsChange({ ...route('GET', '/api/keys', () => 1), role: 'viewer' }, asked)
  await withItsChange(
    route('POST', '/api/config/check', () => 1),
    asked,
  )
  expect((await changes.list(10, null)).changes).toEqual([])
  for (const task of ['one', 'two', 'three']) {
    const swap = route('POST', '/api/swap', ({ readBody }) => readBody())
    const { asked: other } = scene({ task, model: 'sim/small' })
    await withItsChange(swap, { ...other, control: asked.control })
    await systemClock.sleep(2)
  }
  const first = await changes.list(2, null)
  expect(first.changes.map(({ summary }) => summary)).toEqual([
    'put sim/small behind three',
    'put sim/small behind two',
  ])
  const second = await changes.list(2, first.next)
  expect(second.changes.map(({ summary }) => summary)).toEqual(['put sim/small behind one'])
  expect(second.next).toBeNull()
})
