import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  badInputTown,
  echo,
  type EchoWish,
  expectUnharmed,
  fixture,
  haveFixtures,
  noFixtures,
  type Path,
  post,
  refusalOf,
} from './bad-input.ts'
import { latin1 } from './raw-http.ts'
import { runCommand } from './command.ts'
import type { CallFacts, Town } from './town.ts'

/** Texts that were meant for a browser, a shell, a database or a terminal: here they are texts. */
let town: Town

beforeAll(async () => {
  town = await badInputTown()
})
afterAll(() => town.close())

const ownStrings = [
  'plain',
  ' spaces around ',
  '\ttab\nline\r\nend',
  'a\u0000b',
  '\u001b[31mred\u001b[0m\u009b31m\u0007',
  '\u202eright to left\u2066\u2069',
  'e\u0301 \u00e9 \u1e9b\u0323', // composed and not: neither is made the other
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\ufeffmark\ufffe\uffff',
  '\u2028\u2029\u0085',
  '\u{10ffff}\u{e0041}',
  'data: [DONE]\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  '"}],"choices":[{"delta":{"content":"forged',
  '\\u0022\\',
  '<script>alert(1)</script>',
  "'; DROP TABLE attempts; --",
  '=HYPERLINK("http://evil")',
  '{{7*7}}${7*7}<%= 7*7 %>#{7*7}',
  '../../../../etc/passwd%00',
  '__proto__',
  '%s%n%d',
  '١٢٣٤٥',
]
const strings = [
  ...new Set([
    ...ownStrings,
    ...(fixture<readonly string[]>('naughty-strings.json') ?? []),
    ...(fixture<readonly string[]>('xss-strings.json') ?? []),
  ]),
]
  // A message has to say something; Anthropic's dialect refuses one that does not.
  .filter((text) => text !== '')

if (!haveFixtures) test.skip(noFixtures, () => {})

/** Does `work` for each of the strings, some at a time. */
async function withEach(work: (text: string) => Promise<void>): Promise<void> {
  const left = strings.values()
  const worker = async (): Promise<void> => {
    for (const text of left) await work(text)
  }
  await Promise.all(Array.from({ length: 12 }, worker))
}

describe('as content', () => {
  const ways = (['/v1/chat/completions', '/v1/messages'] as const).flatMap((path) =>
    ['acme', 'birch'].flatMap((vendor) =>
      [false, true].map((stream): Omit<EchoWish, 'text'> => ({ path, vendor, stream })),
    ),
  )

  test.each(ways)('they come back character for character: %o', async (way) => {
    await withEach(async (text) => expect(await echo(town, { ...way, text })).toBe(text))
  })
})

describe('as names', () => {
  test('of users, features, sessions and keys they are kept as they are, or refused', async () => {
    const kept: [id: string, text: string][] = []
    await withEach(async (text) => {
      const metadata = { 'x-freehold-feature': text, session: text, [text]: text }
      const response = await chat({ user: text, metadata })
      if (response.ok) kept.push([response.headers.get('x-request-id')!, text])
      else expect((await refusalOf(response)).message).toContain('longer than 256 characters')
    })
    expect(kept.length).toBeGreaterThan(strings.length * 0.9)
    for (const [id, text] of kept) {
      const { attempts, request } = (await town.call(id)) as CallFacts & {
        request: { user: string; metadata: object }
      }
      expect(attempts[0]).toMatchObject({ customer: text, feature: text, session: text })
      expect(request).toMatchObject({ user: text, metadata: { [text]: text } })
    }
    // And found by it.
    for (const [id, text] of kept) {
      const found = await town.api<{ calls: readonly CallFacts[] }>(
        `/api/calls?customer=${encodeURIComponent(text)}`,
      )
      expect(found.calls.map((call) => call.id)).toContain(id)
    }
  })

  test('of customers in a header they are kept as UTF-8', async () => {
    const kept: [id: string, value: string][] = []
    await withEach(async (text) => {
      // What a header cannot carry, and what HTTP takes off its ends, cannot be sent.
      const value = latin1Of(text).replaceAll(/^[ \t]+|[ \t]+$/g, '')
      const isSendable = [...value].every(
        (byte) => (byte >= ' ' || byte === '\t') && byte !== '\u007f',
      )
      if (!isSendable || value === '') return
      const response = await chat({}, { 'x-freehold-customer': value })
      const id = response.headers.get('x-request-id')!
      if (response.ok) kept.push([id, latin1(value).toString()])
      else expect((await refusalOf(response)).message).toContain('longer than 256 characters')
    })
    expect(kept.length).toBeGreaterThan(strings.length / 2)
    for (const [id, customer] of kept) {
      const { attempts } = await town.call(id)
      expect(attempts[0]!['customer']).toBe(customer)
    }
  })

  test('of models they are unknown, wherever they stand', async () => {
    await withEach(async (text) => {
      for (const model of [text, `${text}/echo`]) {
        for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/embeddings'] as const) {
          expect([400, 404]).toContain((await refusalOf(await ask(path, model))).status)
        }
      }
      // A model of a vendor is the vendor's to know.
      for (const vendor of ['acme', 'birch']) {
        const response = await ask('/v1/chat/completions', `${vendor}/${text}`)
        expect((await refusalOf(response)).status).toBeOneOf([400, 404])
      }
    })
  })

  test('of tools they are for the vendor to judge, and in their parameters data', async () => {
    await withEach(async (text) => {
      const parameters = {
        type: 'object',
        properties: { [text]: { description: text } },
        required: [text],
      }
      for (const vendor of ['acme', 'birch']) {
        const named = await chat({
          model: `${vendor}/echo`,
          tools: [{ type: 'function', function: { name: text } }],
        })
        if (!named.ok) await refusalOf(named)
        const described = { name: 'f', description: text, parameters }
        const tool = await chat({
          model: `${vendor}/echo`,
          tools: [{ type: 'function', function: described }],
        })
        expect(tool.status).toBe(200)
      }
    })
    for (const vendor of ['acme', 'birch']) {
      const sent = new Set(town.vendors[vendor]!.history().map(({ body }) => body))
      const descriptions = [...sent].flatMap((body) => {
        const { tools } = JSON.parse(body) as {
          tools?: { description?: string; function?: { description?: string } }[]
        }
        return (tools ?? []).map((tool) => tool.description ?? tool.function?.description)
      })
      for (const text of strings) expect(descriptions).toContain(text)
    }
  })

  test('of stop sequences, formats and fields that nobody knows they go on as they are', async () => {
    await withEach(async (text) => {
      const last = { stop: [`${text}\u0001`], prompt_cache_key: text, [`x-${text}`]: text }
      const response = await chat(last)
      expect(response.status).toBe(200)
    })
    const bodies = town.vendors['acme']!.history().map(
      ({ body }) => JSON.parse(body) as Record<string, unknown>,
    )
    const keys = new Set(bodies.map((body) => body['prompt_cache_key']))
    for (const text of strings) expect(keys.has(text)).toBe(true)
  })

  const chat = (more: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    post(
      town,
      '/v1/chat/completions',
      JSON.stringify({ model: 'acme/echo', messages: [{ role: 'user', content: 'x' }], ...more }),
      headers,
    )

  const ask = (path: Path, model: string): Promise<Response> =>
    post(
      town,
      path,
      JSON.stringify({
        model,
        ...(path === '/v1/embeddings'
          ? { input: 'x' }
          : { max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }),
      }),
    )
})

function freehold(...words: readonly string[]) {
  const env = { FREEHOLD_URL: town.url, FREEHOLD_KEY: town.adminKey }
  return runCommand(words, { cwd: town.folder, env })
}

describe('afterwards', () => {
  test('the table of calls has a line for each call, and no escape in it', async () => {
    const { code, out, err } = await freehold('logs', '--limit', '1000')
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBe(1_001)
    expect(lines[0]).toStartWith('TIME')
    for (const line of lines.slice(1))
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}[0-9a-f-]{36} {2}/)
    expect(out).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('the lines for a spreadsheet are as many, and none of their cells is a formula', async () => {
    const print = async (...words: readonly string[]): Promise<string> => {
      const { code, out, err } = await freehold(...words)
      expect([words, code, err]).toEqual([words, 0, ''])
      return out
    }
    const logs = (await print('logs', '--csv', '--limit', '1000')).trimEnd().split('\r\n')
    expect(logs.length).toBe(1_001)
    expect(logs[0]).toStartWith('"time","call","model_asked"')
    const costs = (await print('costs', '--csv', '--by', 'customer,feature'))
      .trimEnd()
      .split('\r\n')
    expect(costs[0]).toStartWith('"customer","feature","calls"')
    expect(costs.length).toBeGreaterThan(1)
    for (const line of [...logs, ...costs]) {
      expect(line).not.toMatch(/[\p{Cc}\u202e\u2066]/u)
      expect(line).not.toMatch(/(?:^|,)"[\s"]*[=+\-@|%]/)
      expect(line).toMatch(/^(?:(?:"(?:[^"]|"")*"|-?\d*(?:\.\d+)?)(?:,|$))+$/)
    }
    const json = await print('logs', '--json', '--limit', '1000')
    expect(json).not.toMatch(/[\u007f-\u009f\u2028\u202e]/)
    expect((JSON.parse(json) as { calls: unknown[] }).calls.length).toBe(1_000)
  }, 30_000)

  test('every page of /metrics is one that Prometheus can read', async () => {
    const headers = { authorization: `Bearer ${town.adminKey}` }
    const text = await (await fetch(`${town.url}/metrics`, { headers })).text()
    const line =
      /^(?:# (?:HELP|TYPE) .*|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? [-+\d.e]+)$/
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((each) => !line.test(each)),
    ).toEqual([])
  })

  test('the gateway is unharmed, and every line of its log is one of JSON', async () => {
    await expectUnharmed(town)
    for (const line of town
      .log()
      .split('\n')
      .filter((each) => each !== ''))
      expect(JSON.parse(line)).toBeObject()
  })
})

/** The bytes of a text in UTF-8, as the characters that fetch makes bytes of. */
function latin1Of(text: string): string {
  return Buffer.from(text.toWellFormed()).toString('latin1')
}
