import { Database } from 'bun:sqlite'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { type Instant, systemClock } from '../core/clock.ts'
import { newCallId } from '../core/ids.ts'
import { redact, redactJson } from '../privacy/redact.ts'
import { type EmbeddedOptions, startStore } from '../store/embedded.ts'
import { LocalStore } from '../store/local.ts'
import { storeDefaults } from '../store/options.ts'
import { scratch } from '../store/scratch.suite.ts'
import { anItem, shelfSuite } from '../store/shelf.suite.ts'
import { StoreClient } from '../store/thread/client.ts'

const folder = scratch()
const spawn = () => new Worker(new URL('ledger.ts', import.meta.url))
const start = (path: string, options: Partial<EmbeddedOptions> = {}) =>
  startStore({ folder: path, spawn, options: { shelfBytesMax: 1_000_000 }, ...options })

shelfSuite('a file, with a thread between', () => start(folder()))

describe('the shelf on the disk', () => {
  test('is there after a restart, without what must not be written', async () => {
    const path = folder()
    const first = await start(path)
    const secret = '{"text":"write to bob@acme.com"}'
    const kept = [
      anItem({ id: 'full', value: secret }),
      anItem({ id: 'clean', value: '{"text":"a prime"}', owner: 'web' }),
      anItem({ id: 'id', kind: 'file', value: '{"provider":"acme"}' }),
    ]
    first.shelf.put(kept[0]!, 'full')
    first.shelf.put(kept[1]!, 'redacted')
    first.shelf.put(kept[2]!, 'absent')
    first.shelf.put(anItem({ id: 'masked', value: '{"text":"write to amy@acme.com"}' }), 'redacted')
    first.shelf.put(anItem({ id: 'none', value: '{"text":"violet elephants"}' }), 'none')
    await first.close()
    const written = readdirSync(path)
      .filter((name) => name.startsWith('shelf'))
      .map((name) => readFileSync(join(path, name), 'latin1'))
      .join('')
    expect(written).toContain('bob@acme.com')
    expect(written).not.toContain('amy@acme.com')
    expect(written).not.toContain('violet')
    const second = await start(path)
    for (const item of kept) expect(await second.shelf.get(item.kind, item.id)).toEqual(item)
    expect(await second.shelf.get('turn', 'masked')).toBeNull()
    expect(await second.shelf.get('turn', 'none')).toBeNull()
    await second.close()
  })

  test('forgets a customer on the disk and in memory, also what was never written', async () => {
    const { shelf, store, close } = await start(folder())
    for (const [id, customer] of [
      ['a', 'acme'],
      ['b', 'globex'],
    ] as const) {
      shelf.put(anItem({ id, customer }), 'full')
      shelf.put(anItem({ id: `${id}, unwritten`, customer }), 'none')
    }
    const before = (systemClock.now() + 1_000_000) as Instant
    const erasure = { id: newCallId(), customer: 'acme', before, dry: false }
    let kept = 0
    for (let isDone = false; !isDone;) {
      const step = await store.eraseSome(erasure)
      kept = step.counts.kept
      isDone = step.done
    }
    expect(kept).toBe(1)
    const left = await shelf.list({ kind: 'turn', limit: 9 })
    expect(left.map(({ id }) => id).toSorted()).toEqual(['b', 'b, unwritten'])
    await close()
  })

  test('loses what was written before when the next must not be', async () => {
    const path = folder()
    const first = await start(path)
    first.shelf.put(anItem({ id: 'a' }), 'full')
    first.shelf.put(anItem({ id: 'b' }), 'full')
    await first.shelf.list({ kind: 'turn', limit: 1 })
    first.shelf.put(anItem({ id: 'a' }), 'none')
    first.shelf.put(anItem({ id: 'b', value: '{"to":"bob@acme.com"}' }), 'redacted')
    await first.close()
    const second = await start(path)
    expect(await second.shelf.list({ kind: 'turn', limit: 9 })).toEqual([])
    await second.close()
  })

  test('loses what was written before when the next finds no room on its way', async () => {
    const path = folder()
    const options = storeDefaults
    const first = await StoreClient.start({ spawn, folder: path, options, queueBytesMax: 50_000 })
    first.shelf.put(anItem({ id: 'a', value: '"before"' }), 'full')
    await first.shelf.list({ kind: 'turn', limit: 1 })
    const long = JSON.stringify('x'.repeat(23_000))
    first.shelf.put(anItem({ id: 'b', value: long }), 'full')
    first.shelf.put(anItem({ id: 'a', value: long }), 'full')
    await first.close()
    const second = await start(path)
    const kept = await second.shelf.list({ kind: 'turn', limit: 9 })
    expect(kept.map(({ id }) => id)).toEqual(['b'])
    await second.close()
  })

  test('removes what it was told to, also when the file was held meanwhile', async () => {
    const path = folder()
    const first = await start(path)
    first.shelf.put(anItem({ id: 'a' }), 'full')
    await first.shelf.list({ kind: 'turn', limit: 1 })
    const stranger = new Database(join(path, 'shelf.db'))
    stranger.run('BEGIN IMMEDIATE')
    first.shelf.remove('turn', 'a')
    // Asked behind it, so that by now it was tried once.
    await first.shelf.list({ kind: 'turn', limit: 1 })
    stranger.run('ROLLBACK')
    stranger.close()
    await first.close()
    const second = await start(path)
    expect(await second.shelf.list({ kind: 'turn', limit: 9 })).toEqual([])
    await second.close()
  })

  test('overwrites what was removed', async () => {
    const path = folder()
    const first = await start(path)
    first.shelf.put(anItem({ value: '{"text":"violet elephants"}' }), 'full')
    await first.close()
    const second = await start(path)
    second.shelf.remove('turn', 'a')
    await second.close()
    const written = readdirSync(path)
      .filter((name) => name.startsWith('shelf'))
      .map((name) => readFileSync(join(path, name), 'latin1'))
      .join('')
    expect(written).not.toContain('violet')
  })

  test('that finds no room loses items and counts them, and hurts nobody', async () => {
    const client = await StoreClient.start({
      spawn,
      folder: folder(),
      options: storeDefaults,
      queueBytesMax: 50_000,
    })
    const value = JSON.stringify('x'.repeat(10_000))
    for (let index = 0; index < 5; index += 1) {
      client.shelf.put(anItem({ id: `i${index}`, value }), 'full')
    }
    expect((await client.health()).shelfDropped).toBe(3)
    // What found no room on its way to the disk is in memory all the same.
    expect((await client.shelf.get('turn', 'i4'))?.value).toBe(value)
    await client.close()
  })

  test('outlives the death of its thread', async () => {
    const workers: Worker[] = []
    const embedded = await start(folder(), {
      spawn: () => {
        workers.push(spawn())
        return workers.at(-1)!
      },
    })
    const item = anItem()
    embedded.shelf.put(item, 'full')
    await embedded.shelf.list({ kind: 'turn', limit: 1 })
    workers[0]!.terminate()
    embedded.shelf.remove('turn', 'a')
    expect(await embedded.shelf.get('turn', 'a')).toBeNull()
    while ((await embedded.store.health().catch(() => null)) === null) await Bun.sleep(10)
    expect(await embedded.shelf.list({ kind: 'turn', limit: 9 })).toEqual([])
    await embedded.close()
  })

  test('is swept of what has expired, a little at a time', async () => {
    let at = systemClock.now()
    const clock = { ...systemClock, now: () => at }
    const store = new LocalStore(folder(), storeDefaults, { masker: { redact, redactJson } }, clock)
    const ids = Array.from({ length: 700 }, (_, index) => `i${index}`)
    const expiresAt = (at + 1_000_000) as Instant
    store.shelve(ids.map((id) => ({ item: anItem({ id, expiresAt }), words: 'absent' as const })))
    store.shelve([{ item: anItem({ id: 'stays' }), words: 'absent' }])
    expect(store.housekeep()).toBe(false)
    at = (at + 2_000_000) as Instant
    expect(store.housekeep()).toBe(true)
    expect(store.housekeep()).toBe(false)
    at = (at - 2_000_000) as Instant
    const left = await store.shelfItems({ kind: 'turn', limit: 9 }, null)
    expect(left.map(({ id }) => id)).toEqual(['stays'])
    await store.close()
  })
})
