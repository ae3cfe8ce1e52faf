import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { type Clock, type Instant, systemClock } from '../core/clock.ts'
import { type CallId, firstIdAt, newCallId } from '../core/ids.ts'
import { journalFolder } from './folders.ts'
import { JournalWriter } from './journal/writer.ts'
import { LocalStore } from './local.ts'
import { storeDefaults } from './options.ts'
import type { ShelfItem } from './ports.ts'
import { aRecord, noon } from './rows.suite.ts'
import { scratch } from './scratch.suite.ts'

const folder = scratch()
const dayUs = 86_400_000_000
/** Long enough to be a piece, and too short to be compressed, so that the files can be searched for it. */
const long = (words: string) => `${words} `.repeat(Math.ceil(700 / words.length)).slice(0, 700)

describe('erasing a customer', () => {
  test('takes its words out of every file of the store, and leaves shared pieces to the others', async () => {
    const shop = aShop()
    const shared = long('You help whoever asks.')
    const own = [long('walrus one'), long('walrus two')]
    const ids = {
      acme: [await shop.say('acme', [shared, own[0]!]), await shop.say('acme', [shared, own[1]!])],
      globex: await shop.say('globex', [shared, long('heron one')]),
    }
    expect(shop.written()).toContain('walrus one')
    const counts = await shop.erase('acme')
    // The answers and their pieces; the shared piece is another's too.
    expect(counts).toMatchObject({ calls: 2, pieces: 2 })
    expect(shop.written()).not.toContain('walrus')
    expect(shop.written()).toContain('heron one')
    expect(await shop.store.call(ids.globex)).toMatchObject({
      request: { messages: [{ content: shared }, { content: long('heron one') }] },
      payloadNote: null,
    })
    for (const id of ids.acme)
      expect(await shop.store.call(id)).toMatchObject({ request: null, payloadNote: 'erased' })
    expect(await shop.erase('acme')).toEqual(nothing)
    expect((await shop.erase('globex')).pieces).toBe(2)
    expect(shop.written()).not.toContain('You help')
    await shop.close()
  })

  test('a piece that somebody comes to need while it runs stays', async () => {
    const shop = aShop()
    const piece = long('a walrus for two')
    await shop.say('acme', [piece])
    const erasure = shop.erasure('acme')
    let late: CallId | null = null
    for (let isDone = false; !isDone;) {
      const { counts, done } = await shop.store.eraseSome(erasure)
      // Who needs the piece was looked for, and it has not gone so far.
      if (counts.calls === 1 && late === null) {
        expect(shop.written()).toContain(piece)
        late = await shop.say('globex', [piece])
      }
      if (done) expect(counts.pieces).toBe(0)
      isDone = done
    }
    expect((await shop.store.call(late!))?.request).toEqual({ messages: [{ content: piece }] })
    await shop.close()
  })

  test('what was broken off, wherever, is finished by the next', async () => {
    for (let steps = 1, wasWhole = false; !wasWhole; steps += 1) {
      const shop = aShop()
      const ids: CallId[] = []
      for (const days of [0, 1]) {
        ids.push(await shop.say('acme', [long(`walrus of day ${days}`)], { days }))
        await shop.say('globex', [long(`heron of day ${days}`)], { days })
      }
      const anew = await shop.say(null, [long('walrus, asked anew')])
      shop.keepRun([[ids[0]!, anew, 'walrus of a run']])
      shop.shelve('acme', 'walrus of the shelf')
      const erasure = shop.erasure('acme')
      let done = false
      for (let step = 0; step < steps && !done; step += 1)
        ({ done } = await shop.store.eraseSome(erasure))
      wasWhole = done
      await shop.reopen()
      await shop.erase('acme')
      expect(shop.written()).not.toContain('walrus')
      expect(shop.written()).toContain('heron of day 1')
      expect(await shop.erase('acme')).toEqual(nothing)
      await shop.close()
    }
  }, 60_000)

  test('what rows left behind when they moved from page to page is gone as well', async () => {
    const shop = aShop()
    // The newest first: each row goes before the others, and pages split.
    for (let minutes = 400; minutes > 0; minutes -= 1) {
      const customer = minutes % 2 === 0 ? 'acme' : 'globex'
      const animal = minutes % 2 === 0 ? 'walrus' : 'heron'
      await shop.say(customer, [`${animal} ${minutes} `.repeat(20)], { minutes })
    }
    expect(await shop.erase('acme')).toMatchObject({ calls: 200 })
    expect(shop.written()).not.toContain('walrus')
    expect(shop.written()).toContain('heron 399')
    await shop.close()
  })

  test('what its calls left on the shelf goes, and nobody else’s', async () => {
    const shop = aShop()
    shop.shelve('acme', 'walrus')
    shop.shelve('globex', 'heron')
    shop.shelve(null, 'nobody’s owl')
    expect(await shop.erase('acme', true)).toMatchObject({ kept: 1 })
    expect(await shop.erase('acme')).toMatchObject({ kept: 1 })
    const left = await shop.store.shelfItems({ kind: 'turn', limit: 10 }, null)
    expect(left.map(({ customer }) => customer).toSorted()).toEqual(['globex', undefined])
    expect(shop.written()).not.toContain('walrus')
    await shop.close()
  })

  test('cases that were made of its calls, their answers, and the calls that asked them anew', async () => {
    const shop = aShop()
    const asked = await shop.say(null, [long('walrus, asked anew')])
    const mine = await shop.say('acme', [long('walrus, the case')])
    const other = await shop.say('globex', [long('heron, the case')])
    const run = shop.keepRun([
      [mine, asked, 'walrus, the answer'],
      [other, newCallId(), 'heron, the answer'],
      ['case 3', newCallId(), 'owl, by hand'],
    ])
    expect(await shop.erase('acme', true)).toMatchObject({ calls: 2, cases: 1 })
    expect(await shop.erase('acme')).toMatchObject({ calls: 2, cases: 1 })
    expect(shop.written()).not.toContain('walrus')
    const lines = readFileSync(run, 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { id: mine, messages: [], answers: [], erased: true },
      { id: other, messages: [{ content: 'heron, the answer' }] },
      { id: 'case 3' },
    ])
    expect(await shop.erase('acme')).toEqual(nothing)
    await shop.close()
  })

  test('a day whose file is damaged is named, and the way out', async () => {
    const shop = aShop()
    await shop.say('acme', [long('walrus')])
    await shop.reopen(() => {
      const name = readdirSync(join(shop.path, 'payloads')).find((each) => each.endsWith('.db'))
      writeFileSync(join(shop.path, 'payloads', name!), 'no database at all'.repeat(5_000))
    })
    const failure = await shop.erase('acme').catch((error: unknown) => error)
    expect((failure as Error).message).toContain('delete it while no gateway runs')
    await shop.close()
  })
})

const nothing = { calls: 0, pieces: 0, comments: 0, kept: 0, cases: 0 }

function aShop() {
  const path = folder()
  const clock: Clock = { ...systemClock, now: () => noon }
  const open = () => new LocalStore(path, storeDefaults, { masker: null }, clock)
  let store = open()
  const ledger = new JournalWriter({ folder: journalFolder(path) })
  const shop = {
    path,
    get store() {
      return store
    },
    async say(
      customer: string | null,
      contents: readonly string[],
      { days = 0, minutes = 0 } = {},
    ): Promise<CallId> {
      const at = (noon - days * dayUs - (600 - minutes) * 1_000) as Instant
      const callId = `${firstIdAt(at).slice(0, -12)}${newCallId().slice(-12)}` as CallId
      ledger.append(aRecord({ callId, at, customer }))
      await ledger.flushed()
      store.keep([
        {
          callId,
          attempt: 1,
          at,
          dialect: 'openai-chat',
          request: JSON.stringify({ messages: contents.map((content) => ({ content })) }),
          answer: `${contents.at(-1)!.slice(0, 8)} said`,
          mode: 'full',
        },
      ])
      return callId
    },
    shelve(customer: string | null, text: string): void {
      const item: ShelfItem = {
        kind: 'turn',
        id: text,
        owner: 'web',
        ...(customer === null ? {} : { customer }),
        value: JSON.stringify({ text }),
        at: noon,
        expiresAt: (noon + dayUs) as Instant,
      }
      store.shelve([{ item, words: 'full' }])
    },
    /** A run as `freehold eval` keeps it, and its answers. @returns the file of its cases */
    keepRun(cases: readonly (readonly [string, CallId, string])[] = []): string {
      const runs = join(path, 'evals', 'runs')
      mkdirSync(runs, { recursive: true })
      let start = 0
      const lines: string[] = []
      const rows = cases.map(([id, callId, text]) => {
        const line = JSON.stringify({
          id,
          description: text,
          line: 1,
          cluster: id,
          variant: null,
          vars: {},
          messages: [{ content: text }],
          params: null,
          answers: [{ model: 'acme/small', repeat: 1, answer: { call_id: callId, text } }],
        })
        lines.push(line)
        const row = { id, description: text, values: [1], start, length: Buffer.byteLength(line) }
        start += row.length + 1
        return row
      })
      const file = join(runs, '20261121T120000-0123abcd')
      writeFileSync(`${file}.jsonl`, lines.map((line) => `${line}\n`).join(''))
      writeFileSync(`${file}.rows`, JSON.stringify({ rows, ungradable: [] }))
      writeFileSync(`${file}.json`, '{}')
      const answers = cases.map(([, callId, text]) => JSON.stringify({ answer: { callId, text } }))
      writeFileSync(join(path, 'evals', '0123456789abcdef.jsonl'), `${answers.join('\n')}\n`)
      return `${file}.jsonl`
    },
    erasure: (customer: string, dry = false) => ({
      id: newCallId(),
      customer,
      before: (noon + 1) as Instant,
      dry,
    }),
    async erase(customer: string, dry = false) {
      const erasure = shop.erasure(customer, dry)
      for (;;) {
        const { counts, done } = await store.eraseSome(erasure)
        if (done) return counts
      }
    },
    /** As after `kill -9`: nothing is told that it ends. */
    async reopen(between: () => void = () => {}): Promise<void> {
      await store.close()
      between()
      store = open()
    },
    /** All bytes of all files. */
    written(): string {
      return readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('')
    },
    async close(): Promise<void> {
      await ledger.close()
      await store.close()
    },
  }
  return shop
}
