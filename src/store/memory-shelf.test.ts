import { expect, test } from 'bun:test'
import { type Instant, systemClock } from '../core/clock.ts'
import { MemoryShelf } from './memory-shelf.ts'
import { shelfSuite } from './shelf.suite.ts'

shelfSuite('memory', async () => ({
  shelf: new MemoryShelf(() => systemClock.now(), 1_000_000),
  close: async () => {},
}))

test('what is over goes before what is not, whichever is older', () => {
  let now = 0
  const roomFor = 2_000
  const shelf = new MemoryShelf(() => now as Instant, roomFor * 230)
  const put = (count: number, lastsUs: number) => {
    for (let item = 0; item < count; item += 1) {
      now += 1
      const [at, expiresAt] = [now as Instant, (now + lastsUs) as Instant]
      shelf.put({ kind: 'answer', id: `${now}`, owner: 'web', value: 'hello', at, expiresAt })
    }
  }
  put(50, 1_000_000)
  // A thousand of them are good at any time.
  put(20_000, 1_000)
  expect(shelf.find('answer', '1')).toMatchObject({ value: 'hello' })
})

test('what is over goes first also where some are asked for all the time', () => {
  let now = 0
  const shelf = new MemoryShelf(() => now as Instant, 2_000 * 230)
  const put = (id: string, lastsUs: number) => {
    const [at, expiresAt] = [now as Instant, (now + lastsUs) as Instant]
    shelf.put({ kind: 'answer', id, owner: 'web', value: 'hello', at, expiresAt })
  }
  const long = Array.from({ length: 50 }, (_, number) => `long ${number}`)
  const asked = Array.from({ length: 10 }, (_, number) => `asked ${number}`)
  for (const id of [...asked, ...long]) put(id, 1e12)
  for (let item = 0; item < 20_000; item += 1) {
    now += 1
    put(`short ${item}`, 1_000)
    for (const id of asked) shelf.find('answer', id)
  }
  expect(long.filter((id) => shelf.find('answer', id) === null)).toEqual([])
})
