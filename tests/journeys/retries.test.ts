import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/** Who asks again, how often and when: the gateway, and not its clients on top. */
let town: Town

const key = 'web-secret-0123456789'
const forms = ['seconds', 'date', 'ms'] as const
const asked = [{ role: 'user' as const, content: 'one two' }]

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  full: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
${forms.map((form) => `  ${form}: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }`).join('\n')}
  birch: { type: openai-compatible, base_url: '{{birch}}' }
tasks:
${forms.map((form) => `  wait-${form}: { models: [${form}/fault/http-429-retry-after-${form}, birch/echo] }`).join('\n')}
${forms.map((form) => `  alone-${form}: { models: [${form}/fault/http-429-retry-after-${form}] }`).join('\n')}
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { acme: { key: 'acme-key-0123456789' }, birch: {} },
  })
})
afterAll(() => town.close())

const sent = (model: string): number =>
  town.vendors['acme']!.history().filter((entry) => entry.model === model).length

describe('official clients, which ask again by themselves', () => {
  test('do not where the gateway has: the openai client', async () => {
    const client = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1` })
    const failing = client.chat.completions.create({
      model: 'acme/fault/http-500',
      messages: asked,
    })
    const error = await failing.catch(
      (thrown: unknown) => thrown as InstanceType<typeof OpenAI.APIError>,
    )
    expect(error).toMatchObject({ status: 502, code: 'provider_failed' })
    expect(sent('fault/http-500')).toBe(2)
  })

  test("do not where the gateway has: Anthropic's client", async () => {
    const client = new Anthropic({ apiKey: key, baseURL: town.url })
    const model = 'acme/fault/http-503-empty'
    const failing = client.messages.create({ model, max_tokens: 20, messages: asked })
    expect(await failing.catch((thrown: unknown) => thrown)).toMatchObject({ status: 503 })
    expect(sent('fault/http-503-empty')).toBeLessThanOrEqual(2)
  })
})

async function chat(model: string): Promise<Response> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: asked }),
  })
  await response.text()
  return response
}

describe.each(forms)('a rate limit that says when to come back, in the form of %s', (form) => {
  test('is passed on by whoever has nobody else to ask, and rests the key so long', async () => {
    const response = await chat(`alone-${form}`)
    expect(response.status).toBe(429)
    const ms = Number(response.headers.get('retry-after-ms'))
    expect([ms > 0, ms <= 3_000]).toEqual([true, true])
    expect(Number(response.headers.get('retry-after'))).toBe(Math.ceil(ms / 1_000))
    const { resting } = await town.api<{ resting: { subject: string; cause: string }[] }>(
      '/api/status',
    )
    expect(resting).toContainEqual(
      expect.objectContaining({ subject: expect.stringContaining(`${form}/`), cause: 'rate' }),
    )
  })

  test('keeps calls away that have somebody else to ask', async () => {
    const before = sent(`fault/http-429-retry-after-${form}`)
    const response = await chat(`wait-${form}`)
    expect(response.headers.get('x-freehold-model')).toBe('birch/echo')
    expect(sent(`fault/http-429-retry-after-${form}`)).toBe(before)
  })
})

test('a key that was refused for its rate is asked more slowly, and it is told how fast', async () => {
  await chat('full/fault/http-429')
  interface Status {
    readonly learned_rates: { subject: string; per_minute: number; wait_ms: number }[]
  }
  const { learned_rates: rates } = await town.api<Status>('/api/status')
  const learned = rates.find(({ subject }) => subject.startsWith('full/fault/http-429#'))
  expect(learned!.per_minute).toBeCloseTo(42, 1) // 0.7 of one a second, the least that is believed at first
  const metrics = await fetch(`${town.url}/metrics`, {
    headers: { authorization: `Bearer ${town.adminKey}` },
  })
  expect(await metrics.text()).toContain(
    `freehold_learned_rate_per_minute{subject="${learned!.subject}"}`,
  )
})
