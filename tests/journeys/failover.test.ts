import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/**
 * One vendor fails in each way there is; the other answers. Each fault has a provider of its own, because
 * a provider that refuses its key is left alone for a while.
 */
let town: Town

const key = 'web-secret-0123456789'

const faultsBeforeContent = [
  'http-401',
  'http-402',
  'http-429',
  'http-500',
  'http-502-html',
  'http-503-empty',
  'http-504-text',
  'http-529',
  'error-under-200',
  'no-answer',
  'slow-headers',
  'headers-then-silence',
  'slow-first-token',
  'reset-before-headers',
  'reset-before-first',
  'error-event-first',
  'redirect',
  'empty-body',
  'html-200',
  'broken-gzip',
  'short-body',
  'cut-json',
]
/** These do nothing to an answer that is not streamed, or break it in a way that is before its content. */
const faultsAfterContent = [
  'stall-mid-stream',
  'reset-mid-stream',
  'close-mid-stream',
  'clean-end-mid-stream',
  'error-event-mid-stream',
]

/** Each combination of fault and way is a provider and a task of its own. */
const before = faultsBeforeContent.flatMap((fault) => [`${fault}-whole`, `${fault}-streamed`])
const vendorAt = (name: string, address: string): string =>
  `  acme-${name}: { type: openai-compatible, base_url: '{{${address}}}', api_key: acme-key-0123456789 }`
const impatient = '{ headers: 150ms, first_content: 150ms, idle: 150ms, total: 2s }'
const earlyTask = (name: string): string => {
  const model = `acme-${name}/fault/${name.replace(/-(whole|streamed)$/, '')}`
  return `  early-${name}: { models: [${model}, birch/echo], timeouts: ${impatient} }`
}
const lateTask = (fault: string): string =>
  `  late-${fault}: { models: [acme-${fault}/fault/${fault}, birch/echo], timeouts: { idle: 150ms } }`

const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  nowhere: { type: openai-compatible, base_url: 'http://127.0.0.1:9/v1' }
${before.map((name) => vendorAt(name, 'acme')).join('\n')}
${faultsAfterContent.map((name) => vendorAt(name, 'lifelike')).join('\n')}
tasks:
${before.map(earlyTask).join('\n')}
${faultsAfterContent.map(lateTask).join('\n')}
  unreachable: { models: [nowhere/model, birch/echo] }
  wrong-call: { models: [acme/fault/http-422, birch/echo] }
  all-down: { models: [acme/fault/http-503-empty, birch/fault/http-529] }
  limited: { models: [acme/fault/http-429-retry-after-seconds] }
keys:
  - { id: web, secret: ${key} }
`

beforeAll(async () => {
  town = await startTown({
    config,
    vendors: {
      acme: { key: 'acme-key-0123456789', waitMs: 400 },
      birch: { key: 'birch-key-0123456789' },
      // Its events come one by one, so that there is content before the fault.
      lifelike: { key: 'acme-key-0123456789', waitMs: 400, speed: 0.1 },
    },
  })
})
afterAll(() => town.close())

async function chat(
  model: string,
  stream: boolean,
): Promise<{ status: number; text: string; id: string; model: string | null }> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: 'one two three four five six seven eight' }],
    }),
  })
  return {
    status: response.status,
    text: await response.text(),
    id: response.headers.get('x-request-id')!,
    model: response.headers.get('x-freehold-model'),
  }
}

describe('before the first content another vendor answers', () => {
  const onlyWhole = new Set(['short-body', 'cut-json', 'broken-gzip'])
  const onlyStream = new Set(['slow-first-token', 'error-event-first'])
  const cases = faultsBeforeContent.flatMap((fault) =>
    [true, false]
      .filter((stream) => !(stream ? onlyWhole : onlyStream).has(fault))
      .map((stream) => [fault, stream ? 'streamed' : 'whole', stream] as const),
  )

  test.each(cases)('%s, %s', async (fault, way, stream) => {
    const { status, text, model, id } = await chat(`early-${fault}-${way}`, stream)
    expect([status, model]).toEqual([200, 'birch/echo'])
    expect(saidIn(text, stream)).toBe('one two three four five six seven eight')
    const call = await town.call(id)
    expect(call.attempts.at(-1)).toMatchObject({
      provider: 'birch',
      role: 'fallback',
      end_state: 'complete',
    })
    expect(call.attempts[0]).toMatchObject({ provider: `acme-${fault}-${way}`, role: 'served' })
    expect(call.attempts[0]!.end_state).not.toBe('complete')
  })

  test('what it had begun to say is paid for, though nobody heard it', async () => {
    const { status, id } = await chat('early-short-body-whole', false)
    expect(status).toBe(200)
    const [cut] = (await town.call(id)).attempts
    expect(cut).toMatchObject({ end_state: 'provider_cut', usage_source: 'estimate' })
    expect(cut!.tokens!['input']).toBeGreaterThan(0)
  })

  test('a vendor that is not there', async () => {
    const { status, model, id } = await chat('unreachable', false)
    expect([status, model]).toEqual([200, 'birch/echo'])
    expect((await town.call(id)).attempts[0]).toMatchObject({
      end_state: 'unreachable',
      cost_usd: '0',
    })
  })
})

describe('after the first content nobody else is asked', () => {
  test.each(faultsAfterContent)(
    '%s ends with an error, and no answer is glued to another',
    async (fault) => {
      const birch = town.vendors['birch']!.history().length
      const { status, text, model, id } = await chat(`late-${fault}`, true)
      expect([status, model]).toEqual([200, `acme-${fault}/fault/${fault}`])
      expect(text).toContain('"error"')
      expect(text).not.toContain('[DONE]')
      expect(saidIn(text, true).length).toBeGreaterThan(0)
      expect('one two three four five six seven eight'.startsWith(saidIn(text, true))).toBe(true)
      expect(town.vendors['birch']!.history().length).toBe(birch)
      const call = await town.call(id)
      expect(call.attempts.length).toBe(1)
      expect(call.attempts[0]!.end_state).toMatch(/provider_cut|provider_error|timeout/)
      expect(call.attempts[0]!.tokens!['output']).toBeGreaterThan(0)
    },
  )
})

describe('what nobody can help', () => {
  test("the caller's own mistake is passed on once", async () => {
    const asked = town.vendors['acme']!.history().length
    const { status, text } = await chat('wrong-call', false)
    expect(status).toBe(422)
    expect(text).toContain('acme refused the request')
    expect(town.vendors['acme']!.history().length).toBe(asked + 1)
  })

  test('when all are down the last one says why', async () => {
    const { status, text } = await chat('all-down', false)
    expect(status).toBe(503)
    expect(text).toContain('overloaded')
  })

  test('a rate keeps the wait that the vendor asked for', async () => {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'limited', messages: [{ role: 'user', content: 'x' }] }),
    })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('a caller who leaves before the first byte frees the vendor at once', async () => {
    const acme = town.vendors['acme']!
    const leaving = new AbortController()
    const asked = fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'acme/fault/no-answer',
        messages: [{ role: 'user', content: 'x' }],
      }),
      signal: leaving.signal,
    }).catch(() => null)
    const earlier = acme.history().length
    while (acme.history().length === earlier) await Bun.sleep(5)
    leaving.abort()
    await asked
    for (let tries = 0; tries < 20 && acme.history().at(-1)!.ending !== 'left'; tries += 1)
      await Bun.sleep(10)
    expect(acme.history().at(-1)!.ending).toBe('left')
  })
})

function saidIn(text: string, stream: boolean): string {
  if (!stream) {
    const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] }
    return choices[0]!.message.content
  }
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] })
    .map(({ choices }) => choices?.[0]?.delta?.content ?? '')
    .join('')
}
