import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallFacts, startTown, type Town } from './town.ts'

/** What else a cascade goes by: a function of the user's own, and who holds the prompt of a conversation. */

const key = 'web-secret-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'freehold-checks-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, code: string): string {
  const path = join(folder, name)
  writeFileSync(path, code)
  return path
}

const polite = write(
  'polite.ts',
  `export default ({ output, messages, finish }: { output: string; messages: { role: string; content: string }[]; finish: string }) => ({
    score: output.includes('please') && messages.at(-1)!.content === output && finish === 'stop' ? 1 : 0,
    why: 'it has to say please\\u0007',
  })`,
)
const throwing = write('throwing.ts', `export default () => { throw new Error('no such luck') }`)
const endless = write('endless.ts', `export default () => { for (;;) {} }`)
const keyless = write(
  'keyless.ts',
  `export default () => ({ pass: process.env.ACME_KEY === undefined && process.env.PATH !== undefined })`,
)
const later = write('later.ts', 'export default () => false')

/** Answers every second question only, and the others never. */
let questions = 0
const moody = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 60,
  async fetch() {
    questions += 1
    if (questions % 2 === 0) await Bun.sleep(30_000)
    const message = { role: 'assistant', content: 'Here I am.' }
    return Response.json({
      id: 'a1',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1_000, completion_tokens: 1_000 },
    })
  },
})
afterAll(() => moody.stop(true))

let town: Town
beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: '\${ACME_KEY}' }
  moody: { type: openai-compatible, base_url: 'http://127.0.0.1:${moody.port}/v1', rate: { concurrent: 2 } }
prices:
  moody/small: { input: 1, output: 1 }
  acme/echo: { input: 1, output: 0.02 }
  acme/large: { input: 5, cache_read: 0.001, output: 0.02 }
  acme/medium: { input: 5, cache_read: 4, output: 0.02 }
tasks:
  polite: { policy: cascade, models: [acme/echo, acme/large], checks: ${polite} }
  throwing: { policy: cascade, models: [acme/echo, acme/large], checks: ${throwing} }
  endless: { policy: cascade, models: [acme/echo, acme/large], checks: { file: ${endless}, timeout: 200ms } }
  keyless: { policy: cascade, models: [acme/echo, acme/large], checks: ${keyless} }
  later: { policy: cascade, models: [acme/echo, acme/large], checks: ${later} }
  held: { policy: cascade, models: [acme/echo, acme/large] }
  compared: { policy: cascade, models: [moody/small, acme/large], samples: 2 }
  left: { policy: cascade, models: [acme/echo, acme/medium] }
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { acme: { key: 'acme-key-0123456789' } },
    env: { ACME_KEY: 'acme-key-0123456789' },
  })
}, 60_000)
afterAll(() => town.close())

interface Message {
  readonly role: string
  readonly content: string
}

async function say(model: string, messages: readonly Message[], more: object = {}) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages, ...more }),
  })
  const text = await response.text()
  expect([response.status, text]).toEqual([200, expect.anything()])
  return {
    model: response.headers.get('x-freehold-model'),
    attempts: response.headers.get('x-freehold-attempts'),
    id: response.headers.get('x-request-id')!,
    text,
  }
}

function ask(model: string, content: string, more: object = {}) {
  return say(model, [{ role: 'user', content }], more)
}

function reasonsOf({ attempts }: CallFacts): string {
  return attempts.map(({ reason }) => String(reason)).join(' | ')
}

describe('a check', () => {
  test.each([false, true])(
    'lets an answer pass, or has a better one asked for (streamed: %p)',
    async (stream) => {
      const passed = await ask('polite', 'Your number, please.', { stream })
      expect([passed.model, passed.attempts]).toEqual(['acme/echo', '1'])
      expect(reasonsOf(await town.call(passed.id))).toContain(
        'accepted by no flaw; check: it passed',
      )
      const rejected = await ask('polite', 'Your number.', { stream })
      expect([rejected.model, rejected.attempts]).toEqual(['acme/large', '2'])
      // What the function says goes to the ledger without what a terminal would obey.
      expect(reasonsOf(await town.call(rejected.id))).toContain(
        'escalated from acme/echo by check: it has to say please ',
      )
    },
  )

  test.each([
    ['throwing', 'no such luck'],
    ['endless', 'took longer than 200 ms'],
  ])('that is %s is a no, and no error to the caller', async (model, why) => {
    const asked = await ask(model, 'Hello')
    expect([asked.model, asked.attempts]).toEqual(['acme/large', '2'])
    expect(reasonsOf(await town.call(asked.id))).toContain(why)
    expect((await ask('polite', 'And now please')).model).toBe('acme/echo')
  })

  test('sees no key', async () => {
    expect((await ask('keyless', 'Hello')).model).toBe('acme/echo')
  })

  test('is read anew when its file has changed', async () => {
    expect((await ask('later', 'Hello')).model).toBe('acme/large')
    write('later.ts', 'export default () => true // a change of mind')
    expect((await ask('later', 'Hello')).model).toBe('acme/echo')
  })
})

test('of two answers at once the one that is there is paid for, though its caller leaves before the other', async () => {
  for (const _ of [1, 2]) {
    const leaving = new AbortController()
    const asking = fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'compared', messages: [{ role: 'user', content: 'Hello' }] }),
      signal: leaving.signal,
    })
    setTimeout(() => leaving.abort(), 300)
    expect(await asking.catch(({ name }: Error) => name)).toBe('AbortError')
    await Bun.sleep(200)
  }
  // Both of its places are free again.
  expect(questions).toBe(4)
  const left = () => town.api<{ calls: { id: string }[] }>('/api/calls?task=compared')
  while ((await left()).calls.length < 2) await Bun.sleep(20)
  const { attempts } = await town.call((await left()).calls[0]!.id)
  expect(attempts.map(({ end_state: end }) => end).toSorted()).toEqual(['caller_left', 'complete'])
  expect(attempts.find(({ end_state: end }) => end === 'complete')?.cost_usd).toBe('0.002')
})

describe('a conversation that the strong model holds', () => {
  /** The first turn needs a document, which the echo gives not; the second could be the echo's. */
  async function secondTurn(model: string) {
    const long = `Tell of the tides of ${model}. ${'The moon draws the water. '.repeat(400)}`
    const schema = { type: 'object', properties: { tide: { type: 'string' } }, required: ['tide'] }
    const format = { type: 'json_schema', json_schema: { name: 'tide', schema } }
    const opening = { role: 'user', content: long }
    const first = await say(model, [opening], { response_format: format })
    expect(first.attempts).toBe('2')
    await town.call(first.id)
    const turns = [opening, { role: 'assistant', content: '{}' }, { role: 'user', content: 'On.' }]
    return say(model, turns)
  }

  test('stays there while that costs no more than to have all of it read anew', async () => {
    const stayed = await secondTurn('held')
    expect([stayed.model, stayed.attempts]).toEqual(['acme/large', '1'])
    expect(reasonsOf(await town.call(stayed.id))).toContain('holds the prompt')
    const short = await ask('held', 'Tell of the tides.')
    expect(short.model).toBe('acme/echo')
  })

  test('leaves where that is cheaper', async () => {
    const left = await secondTurn('left')
    expect([left.model, left.attempts]).toEqual(['acme/echo', '1'])
  })
})
