import { expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { MainLink } from './link.ts'
import type { FromWorker } from './protocol.ts'
import { RemoteIdempotentCalls, RemoteShelf } from './remote.ts'

const item = {
  kind: 'turn',
  id: 'a',
  owner: null,
  value: '{}',
  at: 1 as Instant,
  expiresAt: 2 as Instant,
}

function aLink() {
  const posted: FromWorker[] = []
  const link = new MainLink((message) => posted.push(message))
  const asked = () => posted.filter((message) => message.type === 'ask')
  return { link, posted, asked, shelf: new RemoteShelf(link) }
}

test('what another thread left is settled when the main thread has dealt with it, not before', async () => {
  const { link, posted, asked, shelf } = aLink()
  expect(shelf.settled()).toBeNull()
  shelf.put(item, 'full')
  new RemoteIdempotentCalls(link).end('b')
  let settled = 0
  const first = shelf.settled()!.then(() => (settled += 1))
  // Nothing was told since: one question is enough, and both wait for its answer.
  const second = shelf.settled()!.then(() => (settled += 1))
  expect(posted.map(({ type }) => type)).toEqual(['put', 'end', 'ask'])
  await Bun.sleep(0)
  expect(settled).toBe(0)
  shelf.remove('turn', 'a')
  const third = shelf.settled()!
  expect(asked()).toHaveLength(2)
  link.answer(asked()[0]!.id, null)
  await Promise.all([first, second])
  expect(settled).toBe(2)
  // The answer to what was asked first says nothing of what was told since.
  expect(shelf.settled()).toBe(third)
  link.answer(asked()[1]!.id, null)
  await third
  expect(shelf.settled()).toBeNull()
})
