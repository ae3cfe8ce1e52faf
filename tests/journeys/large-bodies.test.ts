import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  askedSoFar,
  badInputTown,
  callerKey,
  expectUnharmed,
  fixture,
  haveFixtures,
  noFixtures,
  post,
  refusalOf,
} from './bad-input.ts'
import { Pulse } from './pulse.ts'
import type { Town } from './town.ts'

/** One caller's body, as large as may be, holds up nobody else, and leaves nothing behind in memory. */
let town: Town
let pulse: Pulse

beforeAll(async () => {
  town = await badInputTown('', 'body_timeout: 3s')
  pulse = new Pulse(town.url)
})
afterAll(async () => {
  pulse.stop()
  await town.close()
})

/** Looks for a hang: parsed at once, the worst of these bodies would hold everybody for many seconds. */
const holdMsMax = 1_000
/** Others use the machine as well: what the gateway itself does shows in the quietest of some rounds. */
const rounds = 6

async function expectNoHold(work: () => Promise<unknown>): Promise<void> {
  const heldMs: number[] = []
  do heldMs.push(await pulse.longestMsDuring(work))
  while (heldMs.at(-1)! > holdMsMax && heldMs.length < rounds)
  expect(Math.min(...heldMs)).toBeLessThan(holdMsMax)
}

const turn = '{"role":"user","content":"hi"}'
const chat = (inner: string): string => `{"model":"acme/echo","messages":[${turn}]${inner}}`
const listOf = (count: number, item: string): string => `[${`${item},`.repeat(count - 1)}${item}]`
const keysOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')

if (!haveFixtures) test.skip(noFixtures, () => {})

type Generated =
  | { readonly kind: 'deep-array' | 'deep-object'; readonly depth: number }
  | { readonly kind: 'many-messages' | 'many-keys'; readonly count: number }
  | { readonly kind: 'pad'; readonly bytes: number }
  | { readonly kind: 'slow-body' }

interface GeneratedCase {
  readonly name: string
  readonly gen?: Generated
  readonly expect: string
}

describe.if(haveFixtures)('the bodies that api-bodies.json describes', () => {
  for (const { name, gen, expect: expected } of fixture<readonly GeneratedCase[]>(
    'api-bodies.json',
  ) ?? []) {
    if (gen === undefined) continue
    test(`${name}: ${expected}`, async () => {
      const allowed = expected.split(' ').filter((word) => /^(?:[24]xx|4\d\d),?$/.test(word))
      const before = askedSoFar(town)
      const rssBefore = rssMb()
      await expectNoHold(async () => {
        const response = await (gen.kind === 'slow-body'
          ? slowly()
          : post(town, '/v1/chat/completions', bodyOf(gen)))
        const { status } = response.ok ? response : await refusalOf(response)
        expect(
          allowed.some((word) => `${status}`.startsWith(word.slice(0, 3).replace('xx', ''))),
        ).toBe(true)
      })
      expect(askedSoFar(town)).toBe(before)
      await expectMemoryBack(rssBefore)
    })
  }
})

function bodyOf(gen: Exclude<Generated, { kind: 'slow-body' }>): string {
  switch (gen.kind) {
    case 'deep-array':
      return chat(`,"x":${'['.repeat(gen.depth)}${']'.repeat(gen.depth)}`)
    case 'deep-object':
      return chat(`,"x":${'{"a":'.repeat(gen.depth)}1${'}'.repeat(gen.depth)}`)
    case 'many-messages':
      return `{"model":"acme/echo","messages":${listOf(gen.count, turn)}}`
    case 'many-keys':
      return chat(`,${keysOf(gen.count)}`)
    case 'pad':
      return chat(`,"x":"${'a'.repeat(gen.bytes)}"`)
  }
}

/** A byte a second, for longer than `server.body_timeout` allows. */
function slowly(): Promise<Response> {
  let left = 10
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      controller.enqueue(Buffer.from('{'))
      await Bun.sleep(1_000)
      left -= 1
      if (left === 0) controller.close()
    },
  })
  const headers = { authorization: `Bearer ${callerKey}` }
  return fetch(`${town.url}/v1/chat/completions`, { method: 'POST', headers, body })
}

describe('a body of the largest size', () => {
  const bytes = 31_900_000
  const text = (piece: string): string => `"${piece.repeat(bytes / Buffer.byteLength(piece))}"`
  const asking = (content: string): string => `[{"role":"user","content":${content}}]`
  /** What stands in the place of the messages, and of a field that nobody knows. */
  const bodies = {
    'of plain text': [asking(text('abcdefgh ')), '1'],
    'of Cyrillic text': [asking(text('привет ')), '1'],
    'of as many escaped quotes as there may be': [
      asking(`"${'\\"'.repeat(6_900_000)}${'a'.repeat(bytes - 13_800_000)}"`),
      '1',
    ],
    'of JSON within JSON': [asking(text('{\\"key\\": \\"value\\"},')), '1'],
    'of one picture': [
      asking(
        `[{"type":"image_url","image_url":{"url":"data:image/png;base64,${'QUJD'.repeat(bytes / 4)}"}}]`,
      ),
      '1',
    ],
    'of blanks': [`${' '.repeat(bytes)}[${turn}]`, '1'],
    'of one number': [`[${turn}]`, '1'.repeat(bytes)],
    'of as many messages as there may be': [listOf(24_000, turn), '1'],
    'of as many keys as there may be': [`[${turn}]`, `{${keysOf(49_000)}}`],
    'of as many numbers as there may be': [`[${turn}]`, listOf(390_000, '0.123456789')],
    'of as many lists as there may be': [`[${turn}]`, listOf(190_000, '[]')],
    'of as many texts as there may be': [`[${turn}]`, listOf(390_000, '"x"')],
  } as const satisfies Record<string, readonly [string, string]>

  test.each(Object.entries(bodies))(
    '%s holds up nobody',
    async (_, [messages, x]) => {
      for (const vendor of ['acme', 'birch']) {
        const before = askedSoFar(town)
        const body = `{"model":"${vendor}/fault/http-400","x":${x},"messages":${messages}}`
        let sent = 0
        await expectNoHold(async () => {
          await refusalOf(await post(town, '/v1/chat/completions', body))
          sent += 1
        })
        expect(askedSoFar(town)).toBe(before + sent)
      }
    },
    60_000,
  )

  test.each([
    ['more members', chat(`,${keysOf(1_000)}`), 'more than 1000 keys'],
    ['more keys', chat(`,"x":{${keysOf(50_001)}}`), 'more than 50000 keys'],
    ['more lists', chat(`,"x":${listOf(5_000_000, '[]')}`), 'more than 400000 values'],
    ['more numbers', chat(`,"x":${listOf(15_000_000, '1')}`), 'more than 400000 values'],
    ['more objects', chat(`,"x":${listOf(5_000_000, '{}')}`), 'more than 400000 values'],
    [
      'more depth',
      chat(`,"x":${'[{"a":'.repeat(101)}1${'}]'.repeat(101)}`),
      'more than 200 levels',
    ],
    ['nothing but open lists', '['.repeat(bytes), 'more than 200 levels'],
    ['nothing but quotes', '"'.repeat(bytes), 'malformed'],
    ['nothing but backslashes', `"${'\\'.repeat(bytes)}`, 'more than 7000000 backslashes'],
    ['nothing but colons', ':'.repeat(bytes), 'keys'],
    ['nothing but commas', ','.repeat(bytes), 'values'],
    ['nothing but blanks', ' '.repeat(bytes), 'empty'],
  ])(
    '%s than may be is refused at once',
    async (_, body, why) => {
      const before = askedSoFar(town)
      await expectNoHold(async () => {
        const refusal = await refusalOf(await post(town, '/v1/chat/completions', body))
        expect(refusal).toMatchObject({ status: 400, code: 'invalid_json' })
        expect(refusal.message).toContain(why)
      })
      expect(askedSoFar(town)).toBe(before)
    },
    60_000,
  )

  test('leaves nothing behind', async () => {
    await expectUnharmed(town)
    await expectMemoryBack(100)
  })
})

function rssMb(): number {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(town.pid)])
  return Number(stdout.toString()) / 1_000
}

/** The runtime gives memory back when it finds the time. */
async function expectMemoryBack(beforeMb: number): Promise<void> {
  const mostMb = beforeMb + 200
  for (let tries = 0; tries < 50 && rssMb() > mostMb; tries += 1) await Bun.sleep(200)
  expect(rssMb()).toBeLessThan(mostMb)
}
