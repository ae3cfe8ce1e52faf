import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { type Instant, systemClock } from '../core/clock.ts'
import { shelfItemBytesMax } from './memory-shelf.ts'
import type { Shelf, ShelfItem, ShelfQuery } from './ports.ts'

export interface OpenShelf {
  readonly shelf: Shelf
  close(): Promise<void>
}

const minuteUs = 60_000_000

/** What every shelf owes. `open` gives an empty one with room for 1 MB of each kind. */
export function shelfSuite(name: string, open: () => Promise<OpenShelf>): void {
  describe(`the shelf in ${name}`, () => {
    let shelf: Shelf
    const opened: OpenShelf[] = []
    beforeEach(async () => {
      opened.push(await open())
      shelf = opened.at(-1)!.shelf
    })
    afterAll(async () => {
      for (const one of opened) await one.close()
    })

    test('gives back what was just put, in place of what was there before', async () => {
      shelf.put(anItem({ value: '{"text":"first"}' }), 'full')
      const item = anItem({ value: '{"text":"a \\u0000 é 😀"}', owner: 'web' })
      shelf.put(item, 'full')
      expect(await shelf.get('turn', 'a')).toEqual(item)
      expect(await shelf.get('turn', 'b')).toBeNull()
      expect(await shelf.get('file', 'a')).toBeNull()
    })

    test('forgets what is removed, and what has expired', async () => {
      shelf.put(anItem({ id: 'removed' }), 'full')
      shelf.put(anItem({ id: 'old', expiresAt: (now() - 1) as Instant }), 'full')
      shelf.remove('turn', 'removed')
      shelf.remove('turn', 'never there')
      expect(await shelf.get('turn', 'removed')).toBeNull()
      expect(await shelf.get('turn', 'old')).toBeNull()
      expect(await idsOf({ kind: 'turn', limit: 10 })).toEqual([])
    })

    test('keeps what must not be written, and what holds things to mask, while it runs', async () => {
      const item = anItem({ value: '{"text":"write to bob@acme.com"}' })
      for (const words of ['none', 'redacted', 'full', 'absent'] as const) {
        shelf.put({ ...item, id: words }, words)
        expect(await shelf.get('turn', words)).toEqual({ ...item, id: words })
      }
      expect(await idsOf({ kind: 'turn', limit: 10 })).toHaveLength(4)
    })

    test('is listed newest first, by page and by owner', async () => {
      const from = now()
      const ids = ['a', 'b', 'c', 'd', 'e', 'f']
      for (const [index, id] of ids.entries()) {
        const at = (from + Math.min(index, 3)) as Instant // three of one moment
        shelf.put(anItem({ id, at, owner: ['web', 'app', null][index % 3]! }), 'full')
      }
      shelf.put(anItem({ id: 'g', kind: 'file' }), 'absent')
      expect(await idsOf({ kind: 'turn', limit: 10 })).toEqual(ids.toReversed())
      expect(await idsOf({ kind: 'turn', limit: 2 })).toEqual(['f', 'e'])
      expect(await idsOf({ kind: 'turn', after: 'e', limit: 3 })).toEqual(['d', 'c', 'b'])
      expect(await idsOf({ kind: 'turn', after: 'a', limit: 3 })).toEqual([])
      expect(await idsOf({ kind: 'turn', after: 'gone', limit: 3 })).toEqual([])
      expect(await idsOf({ kind: 'turn', owner: 'web', limit: 10 })).toEqual(['d', 'a'])
      expect(await idsOf({ kind: 'turn', owner: null, limit: 1 })).toEqual(['f'])
      expect(await idsOf({ kind: 'turn', owner: 'nobody', limit: 1 })).toEqual([])
    })

    test('has room for each kind, and loses the oldest of a kind when that is full', async () => {
      const from = now()
      shelf.put(anItem({ kind: 'file', id: 'kept' }), 'absent')
      for (let index = 0; index < 40; index += 1) {
        const value = JSON.stringify({ text: noise(60_000, index) })
        shelf.put(anItem({ id: `t${index}`, value, at: (from + index) as Instant }), 'full')
      }
      const left = await idsOf({ kind: 'turn', limit: 100 })
      expect(left.length).toBeGreaterThan(2)
      expect(left.length).toBeLessThan(40)
      expect(left[0]).toBe('t39')
      expect(await shelf.get('file', 'kept')).not.toBeNull()
      expect(await shelf.get('turn', 't0')).toBeNull()
    })

    test('does not take what is larger than an item may be', async () => {
      shelf.put(anItem(), 'full')
      shelf.put(anItem({ value: JSON.stringify('x'.repeat(shelfItemBytesMax)) }), 'full')
      expect(await shelf.get('turn', 'a')).toBeNull()
    })

    const idsOf = async (query: ShelfQuery) => (await shelf.list(query)).map(({ id }) => id)
  })
}

export function anItem(changes: Partial<ShelfItem> = {}): ShelfItem {
  const at = now()
  return {
    kind: 'turn',
    id: 'a',
    owner: null,
    value: '{}',
    at,
    expiresAt: (at + 10 * minuteUs) as Instant,
    ...changes,
  }
}

function now(): Instant {
  return systemClock.now()
}

/** Text that does not get smaller when it is compressed. */
function noise(length: number, seed: number): string {
  let state = seed + 1
  let text = ''
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647
    text += state.toString(36)
  }
  return text.slice(0, length)
}
