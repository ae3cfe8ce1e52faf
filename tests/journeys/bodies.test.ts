import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  askedSoFar,
  badInputTown,
  callerKey,
  echo,
  expectUnharmed,
  fixture,
  haveFixtures,
  noFixtures,
  type Path,
  post,
  refusalOf,
} from './bad-input.ts'
import type { Town } from './town.ts'

/** Bodies that are no call, or look like another one than they are. */
let town: Town

beforeAll(async () => {
  town = await badInputTown()
})
afterAll(() => town.close())

const chat = (content: string, rest = ''): string =>
  `{"model":"acme/echo","messages":[{"role":"user","content":${content}}]${rest}}`

/** Bodies of both dialects that are the same call but for what stands in the place of `inner`. */
const bothWays = (inner: string): readonly (readonly [Path, string])[] => [
  [
    '/v1/chat/completions',
    `{"model":"acme/echo","messages":[{"role":"user","content":"x"}]${inner}}`,
  ],
  [
    '/v1/messages',
    `{"model":"birch/echo","max_tokens":9,"messages":[{"role":"user","content":"x"}]${inner}}`,
  ],
  ['/v1/embeddings', `{"model":"acme/embed","input":"x"${inner}}`],
]

if (!haveFixtures) test.skip(noFixtures, () => {})

interface BodyCase {
  readonly name: string
  readonly endpoint: string
  readonly raw?: string
  readonly expect: string
}

const bodyCases = (fixture<readonly BodyCase[]>('api-bodies.json') ?? []).filter(
  ({ raw }) => raw !== undefined,
)

describe.if(haveFixtures)('the bodies of api-bodies.json', () => {
  for (const { name, endpoint, raw, expect: expected } of bodyCases) {
    const [own, other] = endpoint === '/v1/messages' ? ['birch', 'acme'] : ['acme', 'birch']
    test(`${name}: ${expected}`, async () => {
      const said = await sayTo(own!, endpoint, raw!)
      const allowed = expected.startsWith('2xx;')
        ? ['2xx']
        : [expected.includes('2xx') ? '2xx' : '', '4xx']
      if (said.sent !== null && expected.includes('passed to the vendor')) {
        expect(withoutModel(said.sent)).toEqual(withoutModel(raw!))
      } else {
        expect(allowed).toContain(`${Math.floor(said.status / 100)}xx`)
        // A vendor may refuse what the gateway cannot judge; what the gateway refuses it never sees.
        expect(said.sent === null || said.status < 300 || said.code === 'provider_refused').toBe(
          true,
        )
      }
    })
    test(`${name}: refused or served by a vendor of the other dialect`, async () => {
      const said = await sayTo(other!, endpoint, raw!)
      expect(said.status).toBeLessThan(500)
      if (expected.startsWith('4xx') && !expected.includes('passed')) {
        expect(said.sent).toBeNull()
        expect(said.status).toBeGreaterThanOrEqual(400)
      }
    })
  }

  test('have harmed nothing', () => expectUnharmed(town))
})

interface SuiteCase {
  readonly name: string
  readonly b64: string
}

describe.if(haveFixtures)('the documents of json-test-suite.json', () => {
  const suite = fixture<readonly SuiteCase[]>('json-test-suite.json') ?? []

  test.each(['/v1/chat/completions', '/v1/embeddings', '/v1/messages'] as const)(
    'are no calls of %s, whether they are JSON or not',
    async (path) => {
      const before = askedSoFar(town)
      for (const { b64 } of suite)
        await refusalOf(await post(town, path, Buffer.from(b64, 'base64')))
      expect(askedSoFar(town)).toBe(before)
      expect(suite.length).toBeGreaterThan(100)
    },
  )
})

describe('a key that stands twice', () => {
  test.each([
    ['at the top', ',"model":"acme/other"'],
    ['at the top, once escaped', ',"mod\\u0065l":"acme/other"'],
    ['at the top, as __proto__', ',"__proto__":1,"__proto__":2'],
    ['further in', ',"metadata":{"user_id":"a","user_id":"b"}'],
    ['further in, once escaped', ',"metadata":{"user_id":"a","user\\u005fid":"b"}'],
    ['in a list', ',"tools":[{"a":1},{"b":1,"c":2,"b":3}]'],
    ['with the same value', ',"stream":false,"stream":false'],
    ['deep down', `,"x":${'{"a":['.repeat(90)}{"k":1,"k":1}${']}'.repeat(90)}`],
  ])('%s is refused, because two readers may take two values', async (_, inner) => {
    const before = askedSoFar(town)
    for (const [path, body] of bothWays(inner)) {
      const refusal = await refusalOf(await post(town, path, body))
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_json' })
      expect(refusal.message).toContain('stands twice')
    }
    expect(askedSoFar(town)).toBe(before)
  })

  test('in two objects is no key that stands twice', async () => {
    const twice = ',"metadata":{"a":"1"},"x":{"a":{"a":1}},"y":"{\\"a\\":1,\\"a\\":2}"'
    expect((await post(town, '/v1/chat/completions', chat('"x"', twice))).status).toBe(200)
  })
})

describe('names that every object has', () => {
  const nasty =
    '{"__proto__":{"polluted":"yes","isAdmin":true},"constructor":{"prototype":{"polluted":"yes"}},"toString":1,"valueOf":null,"hasOwnProperty":[],"then":1,"toJSON":{}}'
  const inside = nasty.slice(1, -1)

  test.each([
    ['the body itself', (nested: string) => `,${nested.slice(1, -1)}`],
    ['metadata', (nested: string) => `,"metadata":${nested}`],
    ['a field that nobody knows', (nested: string) => `,"x":[${nested}]`],
    [
      'the parameters of a tool',
      (nested: string) =>
        `,"tools":[{"type":"function","function":{"name":"f","parameters":${nested}}}]`,
    ],
    ['a message', (nested: string) => `,"prediction":{"content":[${nested}]}`],
    ['the options of streams', (nested: string) => `,"stream_options":${nested}`],
    ['the format', (nested: string) => `,"response_format":${nested}`],
  ])('are data in %s, or refused', async (_, place) => {
    for (const [path, body] of bothWays(place(nasty))) {
      for (const vendor of ['acme', 'birch']) {
        const response = await post(town, path, body.replace(/acme|birch/, vendor))
        if (response.status !== 200) await refusalOf(response)
      }
    }
    await expectClean()
  })

  test('reach the vendor as they were sent where it speaks the dialect', async () => {
    const body = chat('"x"', `,${inside},"metadata":${nasty}`)
    const { sent } = await sayTo('acme', '/v1/chat/completions', body)
    // A top-level null says nothing and goes no further; all else stays, character for character.
    const expected = body.replace('acme/echo', 'echo').replace(',"valueOf":null', '')
    expect(sent).toBe(expected)
  })

  test('are not models, tasks or paths', async () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      'acme/__proto__/..',
      '__proto__/echo',
      'constructor/echo',
    ]) {
      const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'x' }] })
      expect((await refusalOf(await post(town, '/v1/chat/completions', body))).status).toBe(404)
    }
    for (const path of [
      '/__proto__',
      '/constructor',
      '/v1/models/__proto__',
      '/v1/models/toString',
    ]) {
      const headers = { authorization: `Bearer ${callerKey}` }
      expect((await refusalOf(await fetch(town.url + path, { headers }))).status).toBe(404)
    }
  })

  /** A gateway whose prototypes were written to would find `polluted` or `isAdmin` everywhere. */
  async function expectClean(): Promise<void> {
    const { sent } = await sayTo('acme', '/v1/chat/completions', chat('"clean"'))
    expect(sent).toBe(chat('"clean"').replace('acme/', ''))
    const headers = { authorization: `Bearer ${callerKey}` }
    expect((await fetch(`${town.url}/api/status`, { headers })).status).toBe(403)
    expect(JSON.stringify(await town.api('/api/status'))).not.toContain('polluted')
  }
})

describe('text that is hardly text', () => {
  test('half a character passes to the same dialect untouched, and to the other unchanged', async () => {
    for (const lone of ['\\ud800', '\\udfff', 'a\\uD83Db', '\\ude00\\ud83d']) {
      const { sent } = await sayTo('acme', '/v1/chat/completions', chat(`"${lone}"`))
      expect(sent).toBe(chat(`"${lone}"`).replace('acme/', ''))
      const text = JSON.parse(`"${lone}"`) as string
      for (const path of ['/v1/chat/completions', '/v1/messages'] as const) {
        for (const vendor of ['acme', 'birch']) {
          for (const stream of [false, true])
            expect(await echo(town, { path, vendor, text, stream })).toBe(text)
        }
      }
    }
  })

  test('half a character in a name that stands on the ledger is refused', async () => {
    for (const rest of [
      ',"user":"\\ud800"',
      ',"metadata":{"x-freehold-customer":"a\\udfff"}',
      ',"metadata":{"session":"\\ud800"}',
    ]) {
      const refusal = await refusalOf(await post(town, '/v1/chat/completions', chat('"x"', rest)))
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_request' })
      expect(refusal.message).toContain('half a character')
    }
  })

  test.each([
    ['a byte of no text', [0xff]],
    ['a cut character', [0xe2, 0x82]],
    ['a surrogate in bytes', [0xed, 0xa0, 0x80]],
    ['a NUL in two bytes', [0xc0, 0x80]],
    ['a character beyond the last', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0xe9]],
  ])('%s is refused, and not replaced', async (_, bytes) => {
    const before = askedSoFar(town)
    const [head, tail] = chat('"MARK"').split('MARK') as [string, string]
    const body = Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)])
    const refusal = await refusalOf(await post(town, '/v1/chat/completions', body))
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_json' })
    expect(refusal.message).toContain('UTF-8')
    expect(askedSoFar(town)).toBe(before)
  })

  test('UTF-16 and UTF-32 are refused', async () => {
    const body = Buffer.from(`\ufeff${chat('"x"')}`, 'utf16le')
    expect((await refusalOf(await post(town, '/v1/chat/completions', body))).status).toBe(400)
  })

  test('a byte order mark is skipped, and no second one', async () => {
    const { sent, status } = await sayTo('acme', '/v1/chat/completions', `\ufeff${chat('"x"')}`)
    expect([status, sent]).toEqual([200, chat('"x"').replace('acme/', '')])
    expect((await post(town, '/v1/chat/completions', `\ufeff\ufeff${chat('"x"')}`)).status).toBe(
      400,
    )
  })

  test('a control character in a string is refused raw and passes escaped', async () => {
    for (let code = 0; code < 0x20; code += 1) {
      const raw = await post(town, '/v1/chat/completions', chat(`"a${String.fromCharCode(code)}b"`))
      expect((await refusalOf(raw)).status).toBe(400)
      const text = `a${String.fromCharCode(code)}b`
      expect(await echo(town, { path: '/v1/messages', vendor: 'acme', text })).toBe(text)
    }
  })
})

describe('what a body is said to be', () => {
  test.each(['gzip', 'deflate', 'br', 'zstd', 'GZIP', 'x-gzip', 'gzip, identity', 'nonsense'])(
    'content-encoding %s is a 415 that says how to send it',
    async (encoding) => {
      const headers = { 'content-encoding': encoding }
      const bytes = Bun.gzipSync(Buffer.from(chat('"x"')))
      for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/embeddings'] as const) {
        const refusal = await refusalOf(await post(town, path, bytes, headers))
        expect(refusal).toMatchObject({ status: 415, code: 'encoding_unsupported' })
      }
    },
  )

  test('content-encoding identity is none', async () => {
    const headers = { 'content-encoding': 'identity' }
    expect((await post(town, '/v1/chat/completions', chat('"x"'), headers)).status).toBe(200)
  })

  test('the content type does not matter: the body is JSON or it is not', async () => {
    const types = [
      '',
      'text/plain',
      'application/json; charset=latin1',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]
    for (const type of types) {
      const good = await post(town, '/v1/chat/completions', chat('"é"'), { 'content-type': type })
      expect(good.status).toBe(200)
      const bad = await post(town, '/v1/chat/completions', 'model=acme/echo', {
        'content-type': type,
      })
      expect((await refusalOf(bad)).code).toBe('invalid_json')
    }
  })
})

/** What became of a body, and what the vendor was sent for it. */
async function sayTo(
  vendor: string,
  path: string,
  raw: string,
): Promise<{
  readonly status: number
  readonly code: string | null
  readonly sent: string | null
}> {
  const last = town.vendors[vendor]!.history().at(-1)?.id ?? 0
  const body = raw
    .replaceAll('{{MODEL}}', `${vendor}/echo`)
    .replaceAll('{{EMBED}}', `${vendor}/embed`)
  const response = await post(town, path as Path, body)
  const refusal = response.ok ? null : await refusalOf(response)
  if (!refusal) await response.body?.cancel()
  const entries = town.vendors[vendor]!.history(last)
  expect(entries.length).toBeLessThanOrEqual(1)
  return { status: response.status, code: refusal?.code ?? null, sent: entries[0]?.body ?? null }
}

function withoutModel(text: string): unknown {
  const { model: _, ...rest } = JSON.parse(text) as Record<string, unknown>
  return rest
}
