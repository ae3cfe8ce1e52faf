import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type CallerName, callers, eventsIn, type Json, nothing } from './bad-answers/callers.ts'
import { startTown, type Town } from './town.ts'

/**
 * Answers that go wrong before anything was said, in each format of a vendor: an error under 200, an error
 * as the first event, an end without a word. Callers of each dialect get the next model's answer, and not
 * a byte of the first.
 */
let town: Town

const key = 'web-secret-0123456789'
const said = 'one two three'

/** A type of provider for each format that vendors answer in. */
const types = {
  chat: 'openai-compatible',
  messages: 'anthropic-compatible',
  gemini: 'gemini-compatible',
  responses: 'openai-responses-compatible',
  cohere: 'cohere',
  bedrock: 'bedrock',
} as const
/** Behind the simulator's address, which ends with /v1. */
const paths: Readonly<Record<string, string>> = { cohere: '/../v2' }
const faults = ['error-event-first', 'error-under-200', 'says-nothing', 'empty-body'] as const
const callerNames = [
  'openai-chat',
  'anthropic-messages',
  'gemini',
  'openai-responses',
] as const satisfies readonly CallerName[]

/** Each case has a provider of its own: one that failed five times is left alone. */
const cases = Object.entries(types).flatMap(([format, type]) =>
  faults.flatMap((fault) =>
    callerNames.flatMap((from) =>
      [true, false].map((stream) => {
        const name = `${format}-${fault}-${from}-${stream ? 'streamed' : 'whole'}`
        return { format, type, fault, from, stream, name }
      }),
    ),
  ),
)

/** Formats that have stop sequences, and whether they tell an end by one from the model's own. */
const stopWords = {
  chat: false,
  messages: true,
  gemini: false,
  cohere: true,
  bedrock: true,
} as const
const stopping = Object.entries(stopWords).flatMap(([format, tells]) =>
  ['echo', 'fault/says-nothing'].map((fault) => ({
    name: `stop-${format}-${fault.replace('fault/', '')}`,
    type: types[format as keyof typeof types],
    path: paths[format] ?? '',
    fault,
    tells,
  })),
)

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
${cases
  .map(
    ({ name, type }) =>
      `  ${name}: { type: ${type}, base_url: '{{acme}}${paths[type] ?? ''}', api_key: vendor-key-0123456789 }`,
  )
  .join('\n')}
${stopping.map(({ name, type, path }) => `  ${name}: { type: ${type}, base_url: '{{acme}}${path}', api_key: vendor-key-0123456789 }`).join('\n')}
  single: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
tasks:
${cases.map(({ name, fault }) => `  ${name}: { models: [${name}/fault/${fault}, birch/echo] }`).join('\n')}
${stopping.map(({ name, fault }) => `  ${name}: { models: [${name}/${fault}, birch/echo] }`).join('\n')}
  alone: { models: [single/fault/says-nothing] }
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { acme: {}, birch: {} },
  })
})
afterAll(() => town.close())

function ask(from: CallerName, model: string, stream: boolean): Promise<Response> {
  const caller = callers[from]
  return fetch(town.url + caller.path(model, stream), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(caller.body(model, said, stream)),
  })
}

const places = Object.keys(types).flatMap((format) =>
  faults.map((fault) => [format, fault] as const),
)

test.each(places)(
  'a vendor of %s, %s: callers of every dialect hear the next one',
  async (format, fault) => {
    const those = cases.filter((each) => each.format === format && each.fault === fault)
    expect(those.length).toBe(8)
    await Promise.all(those.map(hearsTheNext))
  },
)

async function hearsTheNext({ name, from, stream }: (typeof cases)[number]): Promise<void> {
  const response = await ask(from, name, stream)
  const text = await response.text()
  const by = response.headers.get('x-freehold-model')
  expect([name, response.status, by]).toEqual([name, 200, 'birch/echo'])
  const got = stream ? nothing() : callers[from].whole(JSON.parse(text) as Json)
  if (stream) for (const data of eventsIn(text)) callers[from].event(data, got)
  expect([name, got.text, got.error]).toEqual([name, said, null])
  const call = await town.call(response.headers.get('x-request-id')!)
  expect(call.attempts[0]).toMatchObject({ provider: name, role: 'served' })
  expect(call.attempts[0]!.end_state).toMatch(/provider_error|provider_cut/)
  expect(call.attempts.at(-1)).toMatchObject({ provider: 'birch', end_state: 'complete' })
}

const streamed = [true, false]

test.each(stopping.flatMap((each) => streamed.map((stream) => ({ ...each, stream }))))(
  'a stop sequence met at once is an answer, and an end of the model itself is none: $name, streamed: $stream',
  async ({ name, fault, tells, stream }) => {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: name,
        stream,
        stop: ['END'],
        messages: [{ role: 'user', content: fault === 'echo' ? `END ${said}` : said }],
      }),
    })
    const text = await response.text()
    expect(response.status).toBe(200)
    // Who writes one word for both ends may have met the sequence: that is believed.
    const isAnswer = fault === 'echo' || !tells
    const by = response.headers.get('x-freehold-model')
    expect(by).toBe(isAnswer ? `${name}/${fault}` : 'birch/echo')
    const got = stream ? nothing() : callers['openai-chat'].whole(JSON.parse(text) as Json)
    if (stream) for (const data of eventsIn(text)) callers['openai-chat'].event(data, got)
    expect([got.text, got.end, got.error]).toEqual([isAnswer ? '' : said, 'stop', null])
    const { attempts } = await town.call(response.headers.get('x-request-id')!)
    // Who said nothing may be asked once more before the next one is.
    const asked = [...new Set(attempts.map(({ provider }) => provider))]
    expect(asked).toEqual(isAnswer ? [name] : [name, 'birch'])
    expect(attempts.at(-1)).toMatchObject({ end_state: 'complete', usage_source: 'provider' })
    expect(attempts.at(-1)!.tokens).toMatchObject({ output: isAnswer ? 0 : 3 })
  },
)

test.each(streamed)('with nobody else to ask it is an error, streamed: %p', async (stream) => {
  const response = await ask('openai-chat', 'alone', stream)
  expect(response.status).toBe(502)
  expect(await response.text()).toContain('without saying anything')
})
