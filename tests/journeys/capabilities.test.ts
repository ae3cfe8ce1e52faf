import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** Models that the catalog knows, at vendors that are simulated. */
const key = 'caller-secret-0123456789'
const config = (vendor: string): string => `
providers:
  deepseek: { base_url: "${vendor}", api_key: deepseek-key-0123456789 }
  openai: { base_url: "${vendor}", api_key: openai-key-0123456789 }
tasks:
  either: { models: [deepseek/deepseek-v4-flash, openai/gpt-4o-mini] }
  long: { models: [openai/gpt-4o-mini, deepseek/deepseek-v4-flash] }
  blind: { models: [deepseek/deepseek-v4-flash, deepseek/deepseek-v4-pro] }
keys:
  - { id: web, secret: ${key} }
`

/** A vendor that sells any model: what it was asked for, in order. */
const sent: string[] = []
const failing = new Set<string>()
const vendor = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    const { model } = (await request.json()) as { model: string }
    sent.push(model)
    if (failing.has(model)) return new Response('', { status: 503 })
    const message = { role: 'assistant', content: 'A cat.' }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
    return Response.json({ id: 'a', object: 'chat.completion', created: 1, model, choices, usage })
  },
})

let town: Town

beforeAll(async () => {
  town = await startTown({ config: config(vendor.url.origin) })
})

afterAll(async () => {
  await town.close()
  await vendor.stop(true)
})

const picture = {
  role: 'user',
  content: [
    { type: 'text', text: 'What is this?' },
    {
      type: 'image_url',
      image_url: {
        url: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      },
    },
  ],
}

async function ask(model: string, body: object) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], ...body }),
  })
  const answer = (await response.json()) as { error?: { code: string; message: string } }
  return {
    status: response.status,
    model: response.headers.get('x-freehold-model'),
    id: response.headers.get('x-request-id')!,
    error: answer.error ?? null,
    adapted: response.headers.get('x-freehold-adapted'),
  }
}

describe('a task asks who can take the call', () => {
  test('the first in order, when all can', async () => {
    expect(await ask('either', {})).toMatchObject({ model: 'deepseek/deepseek-v4-flash' })
  })

  test('the one that sees, when there is a picture', async () => {
    expect(await ask('either', { messages: [picture] })).toMatchObject({
      status: 200,
      model: 'openai/gpt-4o-mini',
    })
  })

  test('the one that can write that much before the one that cannot', async () => {
    const { id, ...answer } = await ask('long', { max_tokens: 20_000 })
    expect(answer).toMatchObject({ status: 200, model: 'deepseek/deepseek-v4-flash' })
    expect((await town.call(id)).attempts).toMatchObject([{ reason: 'first in order' }])
  })

  test('who cannot write that much is asked for less, when the other fails', async () => {
    failing.add('deepseek-v4-flash')
    const answer = await ask('long', { max_tokens: 20_000 })
    failing.clear()
    expect(answer).toMatchObject({
      status: 200,
      model: 'openai/gpt-4o-mini',
      adapted: 'max_tokens=16384',
    })
  })

  test('nobody, when none can: each reason is told, and nothing was sent', async () => {
    const before = sent.length
    const { status, error, id } = await ask('blind', { messages: [picture] })
    expect({ status, code: error?.code }).toEqual({ status: 400, code: 'no_candidate_fits' })
    expect(error?.message).toContain('deepseek/deepseek-v4-flash: it takes no images.')
    expect(error?.message).toContain('deepseek/deepseek-v4-pro: it takes no images.')
    expect(sent.length).toBe(before)
    expect((await town.call(id)).attempts).toMatchObject([
      { end_state: 'refused', role: 'refused' },
    ])
  })
})

test('a model that the caller names is asked, whatever the catalog says of it', async () => {
  const answer = await ask('deepseek/deepseek-v4-flash', { messages: [picture] })
  expect(answer.status).toBe(200)
})
