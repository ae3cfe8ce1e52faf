import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * Streams that break off after something was shown, of tasks that ask for somebody to go on: in every
 * dialect of a caller, by its official client, and what is left alone.
 */
let town: Town

const key = 'web-secret-0123456789'
const poorKey = 'poor-secret-0123456789'
const said = 'one two three four five six seven eight'
const breaks = [
  'stall-mid-stream',
  'reset-mid-stream',
  'close-mid-stream',
  'clean-end-mid-stream',
  'error-event-mid-stream',
] as const

/** Each vendor fails in its own way, and none is left alone for what another did. */
const vendors = {
  chat: 'openai-compatible',
  messages: 'anthropic-compatible',
  gemini: 'gemini-compatible',
  responses: 'openai-responses-compatible',
} as const
const names = breaks.flatMap((fault) => Object.keys(vendors).map((kind) => `${kind}-${fault}`))

const provider = (name: string, type: string, address: string): string =>
  `  ${name}: { type: ${type}, base_url: '{{${address}}}', api_key: acme-key-0123456789 }`
const taskOf = (name: string, fault: string, next: string): string =>
  `  ${name}: { models: [${name}/fault/${fault}, ${next}], resume: continue, timeouts: { idle: 200ms } }`

const config = `
providers:
${names.map((name) => provider(name, vendors[name.split('-')[0] as keyof typeof vendors], 'lifelike')).join('\n')}
${provider('plain', 'openai-compatible', 'lifelike')}
${provider('twice', 'openai-compatible', 'lifelike')}
${provider('broken', 'openai-compatible', 'lifelike')}
${provider('pondering', 'openai-compatible', 'lifelike')}
${provider('calling', 'openai-compatible', 'lifelike')}
${provider('dear', 'openai-compatible', 'lifelike')}
${provider('birch', 'anthropic-compatible', 'birch')}
tasks:
${names.map((name) => taskOf(name, name.slice(name.indexOf('-') + 1), 'birch/echo')).join('\n')}
  plain: { models: [plain/fault/reset-mid-stream, birch/echo], timeouts: { idle: 200ms } }
  twice: { models: [twice/fault/reset-mid-stream, broken/fault/reset-mid-stream, birch/echo], resume: continue }
  failing: { models: [twice/fault/close-mid-stream, broken/fault/http-503-empty, birch/echo], resume: continue }
  pondering: { models: [pondering/fault/thinks-only, birch/echo], resume: continue }
  calling: { models: [calling/fault/stall-mid-stream, birch/echo], resume: continue, timeouts: { idle: 200ms } }
  dear: { models: [dear/fault/close-mid-stream, birch/echo], resume: continue }
  kept: { models: [dear/fault/reset-mid-stream, birch/echo], resume: continue, cache: { ttl: 1h } }
keys:
  - { id: web, secret: ${key} }
  - { id: poor, secret: ${poorKey}, budget: { limit: 0.002 USD, per: day } }
prices:
  dear/fault/close-mid-stream: { input: 0, output: 40 }
  birch/echo: { input: 0, output: 40 }
`

beforeAll(async () => {
  town = await startTown({
    config,
    vendors: {
      // Its events come one by one, so that there is content before the fault.
      lifelike: { key: 'acme-key-0123456789', waitMs: 400, speed: 0.1 },
      birch: { key: 'acme-key-0123456789' },
    },
  })
})
afterAll(() => town.close())

interface Got {
  readonly id: string
  readonly text: string
}

/** Half of what was to be said, and then what the next model says to being told to go on. */
function expectSeam(text: string): void {
  const seam = text.indexOf('Your answer was cut off')
  expect(seam).toBeGreaterThan(0)
  expect(said.startsWith(text.slice(0, seam).trimEnd())).toBe(true)
  expect(text.slice(seam)).toContain('Go on exactly where it stopped')
}

async function expectRows(id: string, endStates: RegExp): Promise<void> {
  const call = await town.call(id)
  expect(call.ok).toBe(true)
  expect(call.attempts.map(({ role }) => role)).toEqual(['served', 'resume'])
  const [first, second] = call.attempts
  expect(first!.end_state).toMatch(endStates)
  expect(first!.tokens!['output']).toBeGreaterThan(0)
  expect(second).toMatchObject({ provider: 'birch', end_state: 'complete' })
  expect(second!['adapted']).toContain('resume~prompt')
}

const asked = [{ role: 'user' as const, content: said }]

const callers: Record<string, (model: string) => Promise<Got>> = {
  'Chat Completions': async (model) => {
    const client = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const { data, response } = await client.chat.completions
      .create({ model, messages: asked, stream: true, stream_options: { include_usage: true } })
      .withResponse()
    let text = ''
    const ids = new Set<string>()
    let marks = 0
    let finish: string | null = null
    let usage = 0
    for await (const chunk of data) {
      ids.add(chunk.id)
      text += chunk.choices[0]?.delta.content ?? ''
      if ('x_freehold_resumed' in chunk) marks += 1
      finish = chunk.choices[0]?.finish_reason ?? finish
      usage = chunk.usage?.completion_tokens ?? usage
    }
    const id = response.headers.get('x-request-id')!
    const rows = (await town.call(id)).attempts
    const sum = rows.reduce((all, { tokens }) => all + tokens!['output']!, 0)
    expect([ids.size, marks, finish, usage]).toEqual([1, 1, 'stop', sum])
    return { id, text }
  },
  Messages: async (model) => {
    const client = new Anthropic({ apiKey: key, baseURL: town.url, maxRetries: 0 })
    const stream = client.messages.stream({ model, max_tokens: 500, messages: asked })
    const { data: message, response } = await stream
      .withResponse()
      .then(async ({ response: head }) => ({ data: await stream.finalMessage(), response: head }))
    expect(message.stop_reason).toBe('end_turn')
    expect(message.content.length).toBe(1)
    const [block] = message.content
    return {
      id: response.headers.get('x-request-id')!,
      text: block?.type === 'text' ? block.text : '',
    }
  },
  Responses: async (model) => {
    const client = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const { data, response } = await client.responses
      .create({ model, input: said, stream: true })
      .withResponse()
    let text = ''
    let whole = ''
    for await (const event of data) {
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.completed') {
        const [item] = event.response.output
        const part = item?.type === 'message' ? item.content[0] : undefined
        whole = part?.type === 'output_text' ? part.text : ''
      }
    }
    expect(whole).toBe(text)
    return { id: response.headers.get('x-request-id')!, text }
  },
  Gemini: async (model) => {
    const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: town.url } })
    const stream = await client.models.generateContentStream({ model, contents: said })
    let text = ''
    let id = ''
    for await (const chunk of stream) {
      text += chunk.text ?? ''
      id = chunk.sdkHttpResponse?.headers?.['x-request-id'] ?? id
    }
    return { id, text }
  },
}

describe('another model goes on where a stream broke off', () => {
  const cases = Object.keys(callers).flatMap((caller) =>
    Object.keys(vendors).map((vendor, at) => [caller, `${vendor}-${breaks[at]!}`] as const),
  )
  test.each([
    ...cases,
    ...breaks.map((fault) => ['Chat Completions', `messages-${fault}`] as const),
  ])('%s, %s', async (caller, model) => {
    const { id, text } = await callers[caller]!(model)
    expectSeam(text)
    await expectRows(id, /provider_cut|provider_error|timeout/)
  })
})

async function chat(
  model: string,
  fields: object = {},
  secret = key,
): Promise<{ id: string; raw: string; text: string }> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model, messages: asked, stream: true, ...fields }),
  })
  const raw = await response.text()
  const text = raw
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] })
    .map(({ choices }) => choices?.[0]?.delta?.content ?? '')
    .join('')
  return { id: response.headers.get('x-request-id')!, raw, text }
}

describe('the seam', () => {
  test('is a comment before, and a field in, the first event behind it; and there is one end', async () => {
    const { raw } = await chat('chat-reset-mid-stream')
    const comments = raw.split('\n').filter((line) => line.startsWith(': x-freehold-resumed'))
    expect(comments.length).toBe(1)
    expect(JSON.parse(comments[0]!.slice(': x-freehold-resumed '.length))).toEqual({
      by: 'birch/echo',
      from: 'chat-reset-mid-stream/fault/reset-mid-stream',
      after: 'provider_failed',
    })
    expect(raw.split('[DONE]').length).toBe(2)
    expect(raw).not.toContain('"error"')
  })

  test('what goes to the next model is the conversation, what was said, and a request to go on', async () => {
    const { text } = await chat('chat-close-mid-stream')
    const { messages } = JSON.parse(town.vendors['birch']!.history().at(-1)!.body) as {
      messages: { role: string; content: string | { text: string }[] }[]
    }
    const textOf = ({ content }: (typeof messages)[number]): string =>
      typeof content === 'string' ? content : content.map((part) => part.text).join('')
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(text.startsWith(textOf(messages[1]!))).toBe(true)
  })

  test('the words of both are kept as one answer, with the attempt that ended it', async () => {
    const { id, text } = await chat('chat-close-mid-stream')
    const { answers } = await town.call(id)
    expect(Object.keys(answers)).toEqual(['2'])
    const { choices } = answers['2'] as { choices: { message: { content: string } }[] }
    expect(choices[0]!.message.content).toBe(text)
  })

  test('what two models said is kept in no cache', async () => {
    const first = await chat('kept')
    const second = await chat('kept')
    expectSeam(second.text)
    expect(first.id).not.toBe(second.id)
    expect((await town.call(second.id)).attempts.map(({ role }) => role)).not.toContain('cache_hit')
  })
})

describe('what nobody goes on from', () => {
  const endsHonestly = async (
    { raw, id }: { raw: string; id: string },
    roles: readonly string[],
  ): Promise<void> => {
    expect(raw).toContain('"error"')
    expect(raw).not.toContain('[DONE]')
    expect((await town.call(id)).attempts.map(({ role }) => role)).toEqual([...roles])
  }

  test('a task that did not ask for it', async () => {
    await endsHonestly(await chat('plain'), ['served'])
  })

  test('a thought', async () => {
    await endsHonestly(await chat('pondering'), ['served'])
  })

  test('half a call of a tool', async () => {
    const tool = { name: 'find', parameters: { type: 'object', properties: {} } }
    const fields = { tools: [{ type: 'function', function: tool }], tool_choice: 'required' }
    await endsHonestly(await chat('calling', fields), ['served'])
  })

  test('half a JSON document', async () => {
    const fields = { response_format: { type: 'json_object' } }
    await endsHonestly(await chat('dear', fields), ['served'])
  })

  test('an answer that went on once already', async () => {
    const got = await chat('twice')
    expect(got.raw.split('x-freehold-resumed').length).toBe(2)
    await endsHonestly(got, ['served', 'resume'])
  })

  test('an answer whose next model fails, too: its row is there, and the error says what broke it', async () => {
    const got = await chat('failing')
    expect(got.raw).toContain('twice failed: it broke off')
    await endsHonestly(got, ['served', 'resume'])
  })

  test('an answer that no budget bears twice', async () => {
    const got = await chat('dear', { max_tokens: 49 }, poorKey)
    expect(said.startsWith(got.text.trimEnd())).toBe(true)
    await endsHonestly(got, ['served'])
  })
})

test('both are paid for', async () => {
  const { id } = await chat('dear')
  const call = await town.call(id)
  const costs = call.attempts.map(({ cost_usd }) => Number(cost_usd))
  expect(costs.every((cost) => cost > 0)).toBe(true)
  expect(Number(call.cost_usd)).toBeCloseTo(costs[0]! + costs[1]!, 12)
})

test('a caller who leaves at the seam leaves nobody working', async () => {
  const leaving = new AbortController()
  const before = town.vendors['birch']!.history().length
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'chat-stall-mid-stream', messages: asked, stream: true }),
    signal: leaving.signal,
  })
  await response.body!.getReader().read()
  leaving.abort()
  const call = await town.call(response.headers.get('x-request-id')!)
  expect(call.attempts.at(-1)!.end_state).toBe('caller_left')
  expect(town.vendors['birch']!.history().length).toBe(before)
})
