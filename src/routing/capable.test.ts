import { describe, expect, test } from 'bun:test'
import type { Model } from '../catalog/model.ts'
import { noExtra } from '../core/call.ts'
import { anthropicCount } from '../dialects/anthropic-messages/count.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { callOf } from '../dialects/meaning.suite.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { lackOf } from './capable.ts'
import { Demand } from './demand.ts'

const able: Model = {
  provider: 'acme',
  id: 'large',
  name: null,
  author: null,
  openWeights: null,
  licence: null,
  operations: ['chat'],
  context: 1_000,
  outputMax: 200,
  inputs: ['text', 'image'],
  outputs: ['text'],
  tools: true,
  structured: true,
  reasoning: true,
  released: null,
  shutdown: null,
  replacement: null,
  prices: [],
  machine: null,
}

const picture = { type: 'image_url', image_url: { url: 'https://pictures.example/cat.png' } }
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
const asked = {
  plain: { messages: [{ role: 'user', content: 'Hello' }] },
  picture: { messages: [{ role: 'user', content: [picture] }] },
  tools: { messages: [{ role: 'user', content: 'Hello' }], tools: [weather] },
  schema: {
    messages: [{ role: 'user', content: 'Hello' }],
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: noExtra } },
  },
  thoughts: { messages: [{ role: 'user', content: 'Hello' }], reasoning_effort: 'high' },
  noThoughts: { messages: [{ role: 'user', content: 'Hello' }], reasoning_effort: 'none' },
  long: { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 201 },
}

function lack(wire: object, facts: Partial<Model>, ratio: number | null = null) {
  const demand = new Demand(callOf(openaiChat, { model: 'task', ...wire }))
  return lackOf(demand, { ...able, ...facts }, ratio)
}

describe('what a model lacks', () => {
  test('is no length where each text counts by itself, or where the length is what is asked', () => {
    const long = 'word '.repeat(1_000)
    const chat = { model: 'task', messages: [{ role: 'user', content: long }] }
    const calls = [
      callOf(openaiEmbeddings, { model: 'task', input: [long, long] }),
      callOf(anthropicCount, chat),
    ]
    for (const call of calls)
      expect(lackOf(new Demand(call), { ...able, context: 100 }, null)).toBeNull()
    expect(
      lackOf(new Demand(callOf(openaiChat, chat)), { ...able, context: 100 }, null),
    ).toMatchObject({ kind: 'hard' })
  })

  test.each([
    ['images', asked.picture, { inputs: ['text'] }, 'hard'],
    ['tools', asked.tools, { tools: false }, 'hard'],
    ['a schema', asked.schema, { structured: false }, 'soft'],
    ['thoughts', asked.thoughts, { reasoning: false }, 'soft'],
    ['a long answer', asked.long, {}, 'soft'],
  ] as const)('%s, when the catalog says so and the call needs it', (_what, wire, facts, kind) => {
    expect(lack(wire, facts)).toMatchObject({ kind })
    expect(lack(asked.plain, facts)).toBeNull()
  })

  test('is nothing that the catalog does not know', () => {
    const unknown = { inputs: [], tools: null, structured: null, reasoning: null, outputMax: null }
    for (const wire of Object.values(asked)) {
      expect(lack(wire, { ...unknown, context: null })).toBeNull()
    }
  })

  test('is no reasoning where the caller wants none', () => {
    expect(lack(asked.noThoughts, { reasoning: false })).toBeNull()
  })

  test('is found in the result of a tool and in another dialect too', () => {
    const result = {
      type: 'tool_result',
      tool_use_id: 'a',
      content: [{ type: 'image', source: { type: 'url', url: 'https://pictures.example/a.png' } }],
    }
    const call = callOf(anthropicMessages, {
      model: 'task',
      max_tokens: 10,
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: {} }] },
        { role: 'user', content: [result] },
      ],
    })
    expect(lackOf(new Demand(call), { ...able, inputs: ['text'] }, null)).toMatchObject({
      reason: 'it takes no images',
    })
  })
})

describe('the context', () => {
  const words = (tokens: number) => ({
    messages: [{ role: 'user', content: 'word '.repeat((tokens * 4) / 5) }],
  })

  test('without a measured tokeniser the estimate may be half too high', () => {
    expect(lack(words(1_300), {})).toBeNull()
    expect(lack(words(1_700), {})).toMatchObject({ kind: 'hard' })
  })

  test("is judged by the provider's own tokeniser once that is known", () => {
    expect(lack(words(1_300), {}, 1)?.reason).toMatch(/about 13\d\d tokens do not fit/)
    expect(lack(words(1_700), {}, 0.5)).toBeNull()
    expect(lack(words(600), {}, 2)).toMatchObject({ kind: 'hard' })
  })

  test('has to hold the answer as well', () => {
    const wire = { ...words(700), max_tokens: 150 }
    expect(lack(wire, {}, 1)).toBeNull()
    expect(lack({ ...wire, max_tokens: 400 }, {}, 1)?.reason).toMatch(
      /an answer of up to 400 do not fit into its context of 1000/,
    )
  })
})
