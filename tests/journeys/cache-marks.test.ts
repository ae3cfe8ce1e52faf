import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

let town: Town
let anthropic: Anthropic
let openai: OpenAI
const key = 'web-secret-0123456789'

/** `birch` takes marks, `cedar` caches unasked, of `acme` nothing is known. */
beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  cedar: { type: groq, base_url: '{{cedar}}', api_key: cedar-key-0123456789 }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 0.15, output: 0.60, cache_read: 0.015 }
  birch/small: { input: 3, output: 15, cache_read: 0.30, cache_write: 3.75, cache_write_1h: 6 }
  cedar/small: { input: 0.20, output: 0.80, cache_read: 0.10 }
`,
    vendors: {
      acme: { key: 'acme-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
      cedar: { key: 'cedar-key-0123456789' },
    },
  })
  anthropic = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
})
afterAll(() => town.close())

/** Longer than the 1,024 tokens from which vendors keep prompts. */
const manual = 'Primes have two divisors, and one of them is the number itself. '.repeat(120)
const anHour = { type: 'ephemeral', ttl: '1h' } as const
const fiveMinutes = { type: 'ephemeral' } as const

function ask(model: string, question: string, headers: Readonly<Record<string, string>> = {}) {
  return anthropic.messages
    .create(
      {
        model,
        max_tokens: 50,
        system: [{ type: 'text', text: manual, cache_control: anHour }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: question, cache_control: fiveMinutes }] },
        ],
      },
      { headers },
    )
    .withResponse()
}

function lastBody(vendor: string): string {
  return town.vendors[vendor]!.history().at(-1)!.body
}

const prices = {
  birch: {
    input: 3_000_000n,
    cache_read: 300_000n,
    cache_write: 3_750_000n,
    cache_write_1h: 6_000_000n,
    output: 15_000_000n,
  },
  acme: { input: 150_000n, cache_read: 15_000n, output: 600_000n },
  cedar: { input: 200_000n, cache_read: 100_000n, output: 800_000n },
} as const

/** What the ledger counted of a call; its cost has to be that of these tokens. */
async function counted(response: Response, vendor: keyof typeof prices) {
  const call = await town.call(response.headers.get('x-request-id')!)
  const tokens = call.attempts[0]!.tokens!
  const [whole = '0', fraction = ''] = call.cost_usd!.split('.')
  const each: Readonly<Record<string, bigint>> = prices[vendor]
  const sum = Object.entries(tokens).reduce(
    (all, [kind, count]) => all + BigInt(count) * (each[kind] ?? 0n),
    0n,
  )
  expect(BigInt(whole + fraction.padEnd(12, '0'))).toBe(sum)
  expect(
    Object.keys(tokens).filter((kind) => tokens[kind]! > 0 && each[kind] === undefined),
  ).toEqual([])
  return tokens
}

describe("an Anthropic client's marks", () => {
  test('arrive where they are taken: the manual is written once, for an hour, and read after', async () => {
    const first = await ask('birch/small', 'Is 91 one?')
    expect(lastBody('birch')).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}')
    expect(first.response.headers.get('x-freehold-adapted')).toBeNull()
    const wrote = await counted(first.response, 'birch')
    expect(wrote['cache_write_1h']).toBeGreaterThan(1_024)
    expect(first.data.usage.cache_creation?.ephemeral_1h_input_tokens).toBe(
      wrote['cache_write_1h']!,
    )

    const second = await ask('birch/small', 'Is 97 one?')
    const read = await counted(second.response, 'birch')
    expect(read['cache_read']).toBe(wrote['cache_write_1h']!)
    expect(second.data.usage.cache_read_input_tokens).toBe(read['cache_read']!)
    expect(read['cache_write_1h'] ?? 0).toBe(0)
  })

  test.each([
    ['cedar', 'cache_control~automatic'],
    ['acme', '-cache_control'],
  ] as const)('stay behind on the way to %s, which is said: %s', async (vendor, word) => {
    await ask(`${vendor}/small`, 'Is 91 one?')
    const { data, response } = await ask(`${vendor}/small`, 'Is 97 one?')
    expect(lastBody(vendor)).not.toContain('cache_control')
    expect(response.headers.get('x-freehold-adapted')?.split(', ')).toContain(word)
    const tokens = await counted(response, vendor)
    expect(tokens['cache_read']).toBeGreaterThanOrEqual(1_024)
    expect(data.usage.cache_read_input_tokens).toBe(tokens['cache_read']!)
  })

  test('are no loss to a strict call where prompts are cached unasked', async () => {
    const strict = { 'x-freehold-strict': '1' }
    const { response } = await ask('cedar/small', 'Is 101 one?', strict)
    expect(response.status).toBe(200)
    const refused = ask('acme/small', 'Is 101 one?', strict)
    await expect(refused).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('cache_control') as string,
    })
  })
})

test("an OpenAI client's marks, by the convention of others, arrive at Anthropic's", async () => {
  const marked = { type: 'text', text: `${manual}!`, cache_control: anHour } as const
  const { response, data } = await openai.chat.completions
    .create({
      model: 'birch/small',
      max_tokens: 50,
      messages: [
        { role: 'system', content: [marked] },
        { role: 'user', content: 'Is 91 one?' },
      ],
    })
    .withResponse()
  expect(JSON.parse(lastBody('birch'))).toMatchObject({ system: [marked] })
  const tokens = await counted(response, 'birch')
  expect(tokens['cache_write_1h']).toBeGreaterThan(1_024)
  expect(data.usage!.prompt_tokens).toBe(tokens['input']! + tokens['cache_write_1h']!)
})
