import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { CacheMark, Chat, Part } from '../core/call.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { markOf } from './cache-marks.ts'
import { cohereChat } from './cohere-chat/index.ts'
import type { Dialect, Quirks } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { aCall, aTarget, callOf, chatOf, placeOf } from './meaning.suite.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const mark = (ttl: CacheMark['ttl'] = null) => ({
  cache_control: { type: 'ephemeral', ...(ttl === null ? {} : { ttl }) },
})
const text = (said: string, beside: object = {}) => ({ type: 'text', text: said, ...beside })
const user = (...content: object[]) => ({ role: 'user', content })
const ask = (body: object) => callOf(anthropicMessages, { model: 'task', max_tokens: 9, ...body })

/** Where its marks are, by the words that carry them, and for how long each. */
function marksIn({ tools, messages }: Chat): readonly (readonly [string, CacheMark['ttl']])[] {
  const parts = messages.flatMap((message) => message.parts)
  const all = parts.flatMap((part) => (part.type === 'toolResult' ? [...part.parts, part] : [part]))
  return [...tools, ...all].flatMap((part) => {
    const cache = markOf(part)
    return cache ? [[nameOf(part), cache.ttl] as const] : []
  })
}

function nameOf(part: Part | Chat['tools'][number]): string {
  if (!('type' in part)) return `tool ${part.name}`
  switch (part.type) {
    case 'text':
      return part.text
    case 'toolCall':
      return `call ${part.id}`
    case 'toolResult':
      return `result ${part.callId}`
    default:
      return part.type
  }
}

function through(chat: Chat, from: Dialect, to: Dialect, model: string): Chat {
  const call = { ...aCall(from), meaning: () => chat }
  const { text: written } = to.writeCall(call, aTarget(model))
  return chatOf(callOf(to, written, placeOf(model)))
}

const ttl = fc.constantFrom(undefined, null, '5m' as const, '1h' as const)
const marks = fc.array(ttl, { minLength: 9, maxLength: 9 })

/** A conversation with a tool, a picture and a document, and these marks on its nine parts. */
function marked(ttls: readonly (CacheMark['ttl'] | undefined)[]): object {
  const at = (place: number) => {
    const given = ttls[place]
    return given === undefined ? {} : mark(given)
  }
  const data = Buffer.from('%PDF-1.7').toString('base64')
  const source = (media_type: string) => ({ type: 'base64', media_type, data })
  return {
    tools: [{ name: 'look', input_schema: { type: 'object' }, ...at(0) }],
    system: [text('One.', at(1)), text('Two.', at(2))],
    messages: [
      user(
        { type: 'image', source: source('image/png'), ...at(3) },
        { type: 'document', title: 'paper', source: source('application/pdf'), ...at(4) },
        text('Three?', at(5)),
      ),
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'a', name: 'look', input: {}, ...at(6) }],
      },
      user(
        { type: 'tool_result', tool_use_id: 'a', content: 'Seen.', ...at(7) },
        text('And?', at(8)),
      ),
    ],
  }
}

describe('marks for the prompt cache', () => {
  test('survive Anthropic, Bedrock and Anthropic in number, place and time', () => {
    fc.assert(
      fc.property(marks, (ttls) => {
        const four = ttls.map((given, place) =>
          ttls.slice(place).filter((other) => other !== undefined).length > 4 ? undefined : given,
        )
        const asked = chatOf(ask(marked(four)))
        expect(marksIn(asked)).toHaveLength(four.filter((given) => given !== undefined).length)
        const there = through(asked, anthropicMessages, bedrockConverse, claude)
        expect(marksIn(there)).toEqual(marksIn(asked))
        const back = through(there, bedrockConverse, anthropicMessages, 'claude-sonnet-4-5')
        expect(marksIn(back)).toEqual(marksIn(asked))
      }),
    )
  })

  test("survive from chat completions to Anthropic's, on parts, tools and whole messages", () => {
    fc.assert(
      fc.property(fc.array(ttl, { minLength: 4, maxLength: 4 }), (ttls) => {
        const at = (place: number) => (ttls[place] === undefined ? {} : mark(ttls[place]))
        const call = callOf(openaiChat, {
          model: 'task',
          tools: [{ type: 'function', function: { name: 'look' }, ...at(0) }],
          messages: [
            { role: 'system', content: 'One.', ...at(1) },
            user(text('Two?', at(2))),
            {
              role: 'assistant',
              content: null,
              tool_calls: [
                { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } },
              ],
            },
            { role: 'tool', tool_call_id: 'a', content: 'Seen.', ...at(3) },
          ],
        })
        const there = through(chatOf(call), openaiChat, anthropicMessages, 'claude-haiku-4-5')
        const places = ['tool look', 'One.', 'Two?', 'result a']
        const expected = places.flatMap((place, index) =>
          ttls[index] === undefined ? [] : [[place, ttls[index]] as const],
        )
        expect(marksIn(there)).toEqual(expected)
      }),
    )
  })

  test('that are too many are left out from the front, and told', () => {
    const five = ['5m', '5m', '5m', '5m', '5m'] as const
    const call = callOf(openaiChat, {
      model: 'task',
      messages: [user(...five.map((given, index) => text(`${index}`, mark(given))))],
    })
    const written = anthropicMessages.writeCall(call, aTarget('claude-haiku-4-5'))
    const sent = chatOf(callOf(anthropicMessages, written.text))
    expect(marksIn(sent).map(([place]) => place)).toEqual(['1', '2', '3', '4'])
    expect(written.adapted).toContain('-cache_control')
  })

  test('on a request as a whole stand on its last part', () => {
    const chat = chatOf(ask({ ...mark('1h'), messages: [user(text('One.'), text('Two.'))] }))
    expect(marksIn(chat)).toEqual([['Two.', '1h']])
  })

  test('within a result stand behind it where no part of it takes one', () => {
    const result = { type: 'tool_result', tool_use_id: 'a', content: [text('Seen.', mark('1h'))] }
    const called = { type: 'tool_use', id: 'a', name: 'look', input: {} }
    const messages = [user(text('?')), { role: 'assistant', content: [called] }, user(result)]
    const chat = chatOf(ask({ messages }))
    expect(marksIn(chat)).toEqual([['Seen.', '1h']])
    const there = through(chat, anthropicMessages, bedrockConverse, claude)
    expect(marksIn(there)).toEqual([['result a', '1h']])
  })
})

describe("Bedrock's points are for", () => {
  const asked = ask({
    tools: [{ name: 'look', input_schema: { type: 'object' }, ...mark('1h') }],
    messages: [user(text('One.', mark('1h')))],
  })
  test.each([
    ['anthropic.claude-opus-4-5-20251101-v1:0', ['1h', '1h'], []],
    ['eu.anthropic.claude-sonnet-4-20250514-v1:0', [null, null], ['cache_control.ttl="5m"']],
    ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', [null, null], ['cache_control.ttl="5m"']],
    ['us.amazon.nova-pro-v1:0', [null], ['-cache_control', 'cache_control.ttl="5m"']],
    ['anthropic.claude-3-haiku-20240307-v1:0', [], ['-cache_control']],
    ['mistral.mistral-large-2407-v1:0', [], ['-cache_control']],
  ] as const)('%s', (model, ttls, words) => {
    const { text: sent, adapted } = bedrockConverse.writeCall(asked, aTarget(model))
    const chat = chatOf(callOf(bedrockConverse, sent, placeOf(model)))
    expect(marksIn(chat).map(([, given]) => given)).toEqual([...ttls])
    expect(adapted).toEqual([...words])
  })
})

describe('who speaks chat completions', () => {
  const result = { type: 'tool_result', tool_use_id: 'a', content: 'Seen.', ...mark() }
  const called = { type: 'tool_use', id: 'a', name: 'look', input: {} }
  const asked = ask({
    system: [text('One.', mark('1h'))],
    messages: [user(text('?')), { role: 'assistant', content: [called] }, user(result)],
  })
  const written = (quirks: Quirks, model = 'vendor/large') => {
    const { text: sent, adapted } = openaiChat.writeCall(asked, aTarget(model, quirks))
    const { messages } = JSON.parse(sent) as { messages: readonly { content: unknown }[] }
    return { system: messages[0]!.content, result: messages.at(-1)!.content, adapted }
  }

  test('gets marks on texts where it takes them, with a time where it takes that too', () => {
    expect(written({ cacheMarks: { max: 4, ttl: /^vendor/ } })).toEqual({
      system: [text('One.', mark('1h'))],
      result: [text('Seen.', mark())],
      adapted: [],
    })
    expect(written({ cacheMarks: { max: 4 }, cachesUnasked: true })).toEqual({
      system: [text('One.', mark())],
      result: [text('Seen.', mark())],
      adapted: ['cache_control.ttl="5m"'],
    })
  })

  test('gets none where it takes none, and caches by itself or not at all', () => {
    const bare = { system: 'One.', result: 'Seen.' }
    expect(written({})).toEqual({ ...bare, adapted: ['-cache_control'] })
    const automatic = { ...bare, adapted: ['cache_control~automatic'] }
    expect(written({ cachesUnasked: true })).toEqual(automatic)
    expect(written({ cacheMarks: { models: /^other/, max: 4 }, cachesUnasked: true })).toEqual(
      automatic,
    )
  })

  test('gets the text of a caller of its own dialect as it is', () => {
    const body = { model: 'task', messages: [user(text('One.', mark('1h')))] }
    const { text: sent, adapted } = openaiChat.writeCall(callOf(openaiChat, body), aTarget('task'))
    expect(JSON.parse(sent)).toEqual(body)
    expect(adapted).toEqual([])
  })
})

test.each([gemini, cohereChat, openaiResponses].map((each) => [each.id, each] as const))(
  '%s takes no marks',
  (_id, dialect) => {
    const asked = ask({ messages: [user(text('One.', mark()))] })
    const told = (quirks: Quirks) => dialect.writeCall(asked, aTarget('large', quirks)).adapted
    expect(told({})).toContain('-cache_control')
    expect(told({ cachesUnasked: true })).toContain('cache_control~automatic')
  },
)

test("OpenAI's key for its cache is not missed by who caches by himself", () => {
  const asked = callOf(openaiChat, {
    model: 'task',
    messages: [user(text('One.'))],
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
  })
  const told = (dialect: Dialect, quirks: Quirks) =>
    dialect.writeCall(asked, aTarget('large', quirks)).adapted
  expect(told(gemini, { cachesUnasked: true })).toEqual([
    'prompt_cache_key~automatic',
    '-prompt_cache_retention',
  ])
  expect(told(cohereChat, {})).toEqual(['-prompt_cache_key', '-prompt_cache_retention'])
})
