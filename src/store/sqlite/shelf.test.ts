import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../core/clock.ts'
import { noon } from '../rows.suite.ts'
import { scratch } from '../scratch.suite.ts'
import { ShelfFile } from './shelf.ts'

const folder = scratch()

test('a shelf of before there were customers is read on, and keeps them from then on', async () => {
  const file = oldShelf()
  const expiresAt = (noon + 60_000_000) as Instant
  const before = { kind: 'turn', id: 'old', owner: 'web', at: noon, expiresAt }
  const added = { ...before, id: 'new', value: '{"text":"walrus"}', customer: 'acme' }
  for (let starts = 0; starts < 2; starts += 1) {
    const shelf = new ShelfFile(file, null, 1_000_000, () => noon)
    expect(await shelf.shelfItem('turn', 'old')).toEqual({ ...before, value: '{"text":"owl"}' })
    shelf.change([{ item: added, words: 'full' }])
    expect(await shelf.shelfItem('turn', 'new')).toEqual(added)
    const later = (noon + 1) as Instant
    expect([shelf.countOf('acme', noon), shelf.countOf('acme', later)]).toEqual([0, 1])
    expect([shelf.eraseSome('acme', later), shelf.eraseSome('acme', later)]).toEqual([1, 0])
    expect(await shelf.shelfItem('turn', 'new')).toBeNull()
    shelf.close()
  }
})

test('an upgrade that breaks off is begun anew by the next start', async () => {
  const file = oldShelf()
  const db = new Database(file)
  // What the upgrade makes last cannot be made.
  db.run('CREATE TABLE item_by_customer (id TEXT)')
  expect(() => new ShelfFile(file, null, 1_000_000, () => noon)).toThrow('cannot be opened')
  db.run('DROP TABLE item_by_customer')
  db.close()
  const shelf = new ShelfFile(file, null, 1_000_000, () => noon)
  expect(await shelf.shelfItem('turn', 'old')).toMatchObject({ value: '{"text":"owl"}' })
  shelf.close()
})

/** Of version 1, with one item. */
function oldShelf(): string {
  const path = folder()
  mkdirSync(path)
  const file = join(path, 'shelf.db')
  const old = new Database(file, { create: true })
  old.run(`CREATE TABLE item (kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT, at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, bytes INTEGER NOT NULL, value BLOB NOT NULL, UNIQUE (kind, id)) STRICT`)
  old
    .query('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run('turn', 'old', 'web', noon, noon + 60_000_000, 10, Buffer.from('{"text":"owl"}'))
  old.run('PRAGMA user_version = 1')
  old.close()
  return file
}
