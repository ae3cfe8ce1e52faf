import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { noExtra } from '../../core/call.ts'
import { providerFailed } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply, Finish, ReplyPart } from '../../core/reply.ts'
import { noUsage } from '../../core/usage.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { ProviderFault } from '../dialect.ts'
import {
  aCall,
  aStamp,
  aTarget,
  callOf,
  chatOf,
  foldStream,
  writeStream,
} from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { sseText } from '../sse.ts'
import { cohereChat as dialect } from './index.ts'

const user = { role: 'user', content: 'Who built the tower?' }

describe('a call', () => {
  test('keeps its text at Cohere but for the model, nulls and what was meant for the gateway', () => {
    const text =
      '{"model":"task", "messages":[{"role":"user","content":"x"}],"k":null,"metadata":{"x-freehold-feature":"f"},"safety_mode":"STRICT","new":1.50}'
    const { text: sent, adapted } = dialect.writeCall(callOf(dialect, text), aTarget('command-x'))
    expect(sent).toBe(
      '{"model":"command-x", "messages":[{"role":"user","content":"x"}],"safety_mode":"STRICT","new":1.50}',
    )
    expect(adapted).toEqual([])
  })

  test('is said in another dialect with its own words for the same', () => {
    const call = callOf(dialect, {
      model: 'task',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
        },
        {
          role: 'assistant',
          tool_plan: 'I will look.',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
          citations: [{ start: 0, end: 1 }],
        },
        {
          role: 'tool',
          tool_call_id: 'c1',
          content: [
            { type: 'text', text: 'a' },
            { type: 'document', document: { id: '1', data: { height: '12 m' } } },
          ],
        },
      ],
      p: 0.5,
      k: 40,
      stop_sequences: ['END'],
      tool_choice: 'REQUIRED',
      strict_tools: true,
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
      response_format: { type: 'json_object', json_schema: { type: 'object' } },
      thinking: { type: 'enabled', token_budget: 3_000 },
      safety_mode: 'STRICT',
    })
    const { text, adapted } = openaiChat.writeCall(call, aTarget('large'))
    expect(JSON.parse(text)).toMatchObject({
      model: 'large',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
        },
        {
          role: 'assistant',
          reasoning_content: 'I will look.',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        {
          role: 'tool',
          tool_call_id: 'c1',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: '{"height":"12 m"}' },
          ],
        },
      ],
      top_p: 0.5,
      top_k: 40,
      stop: ['END'],
      tool_choice: 'required',
      tools: [{ type: 'function', function: { name: 'look', strict: true } }],
      response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
      reasoning_effort: 'medium',
    })
    expect(text).not.toContain('citations')
    expect(adapted).toEqual(['-safety_mode'])
  })

  test('brings the documents that it is to be answered from into the conversation', () => {
    const documents = [{ id: 'd1', data: { text: 'Ada Miller built it.' } }, 'A plain one.']
    const call = callOf(dialect, { model: 'task', messages: [user], documents })
    expect(call.reworded).toEqual(['documents>messages'])
    const { text } = anthropicMessages.writeCall(call, aTarget('m'))
    const { system } = JSON.parse(text) as { system: string }
    expect(system).toContain('Ada Miller built it.')
    expect(system).toContain('A plain one.')
  })

  test.each([
    [{ messages: [] }, /'messages' has to be a list/],
    [{ messages: [{ role: 'user' }] }, /'messages\[0\]\.content'/],
    [{ messages: [{ role: 'tool', content: 'x' }] }, /tool_call_id/],
    [{ messages: [{ role: 'user', content: [{}] }] }, /'messages\[0\]\.content\[0\]\.type'/],
  ])('of %j is refused with its place', (body, words) => {
    expect(() => callOf(dialect, { model: 'task', ...body })).toThrow(words)
  })

  test.each([
    [{ messages: [{ role: 'chatbot', content: 'x' }] }, /system, user, assistant or tool/],
    [{ messages: [user], tool_choice: 'AUTO' }, /REQUIRED or NONE/],
    [{ messages: [user], response_format: { type: 'xml' } }, /text or json_object/],
  ])('of %j makes no sense in any dialect', (body, words) => {
    expect(() => chatOf(callOf(dialect, { model: 'task', ...body }))).toThrow(words)
  })
})

describe('a call of another dialect', () => {
  const written = (body: object, model = 'command-a-03-2025') => {
    const call = callOf(openaiChat, { model: 'task', messages: [user], ...body })
    const { text, adapted } = dialect.writeCall(call, aTarget(model))
    return { sent: JSON.parse(text) as Record<string, unknown>, adapted }
  }

  test('says what it leaves out', () => {
    const { sent, adapted } = written({
      logit_bias: { 5: 1 },
      logprobs: true,
      top_logprobs: 2,
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'look' } }],
      service_tier: 'flex',
      metadata: { team: 'a', 'x-freehold-feature': 'f' },
      verbosity: 'low',
    })
    expect(adapted).toEqual([
      '-verbosity',
      '-logit_bias',
      '-logprobs',
      '-top_logprobs',
      '-parallel_tool_calls',
      '-metadata',
      '-service_tier',
    ])
    expect(Object.keys(sent).toSorted()).toEqual(['messages', 'model', 'tools'])
  })

  test.each([
    ['none', { type: 'disabled' }],
    ['low', { type: 'enabled', token_budget: 2_048 }],
    ['high', { type: 'enabled' }],
  ])('that wants %p of thought gets %j', (effort, thinking) => {
    expect(written({ reasoning_effort: effort }).sent['thinking']).toEqual(thinking)
  })

  test('gives thoughts back to who thinks, the plan behind calls to who plans, and says so else', () => {
    const thought = { role: 'assistant', reasoning_content: 'Hm.', content: 'So.' }
    const turns = [user, thought, user]
    const thinker = written({ messages: turns }, 'command-a-reasoning-08-2025')
    expect(thinker.adapted).toEqual([])
    expect(JSON.stringify(thinker.sent)).toContain('{"type":"thinking","thinking":"Hm."}')
    const planner = written({ messages: turns })
    expect(planner.adapted).toEqual(['-reasoning_content'])
    expect(JSON.stringify(planner.sent)).not.toContain('Hm.')
  })

  test('has its pictures out of what a tool answered, and its failures unsaid', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
    const call = callOf(anthropicMessages, {
      model: 'task',
      max_tokens: 10,
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'shot', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              is_error: true,
              content: [{ type: 'image', source }],
            },
          ],
        },
      ],
    })
    const { text, adapted } = dialect.writeCall(call, aTarget('command-a-vision-07-2025'))
    expect(adapted).toEqual(['-is_error', 'tool_result>user'])
    expect((JSON.parse(text) as { messages: unknown[] }).messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 't', content: 'See the next message.' },
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
      },
    ])
  })

  test('has the pictures of several results behind the last of them', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: [image] })
    const called = (id: string) => ({
      id,
      type: 'function',
      function: { name: 'shot', arguments: '{}' },
    })
    const call = callOf(openaiChat, {
      model: 'task',
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: null, tool_calls: [called('a'), called('b')] },
        result('a'),
        result('b'),
      ],
    })
    const { text } = dialect.writeCall(call, aTarget('command-a-vision-07-2025'))
    const { messages } = JSON.parse(text) as { messages: { role: string; content: unknown[] }[] }
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'user'])
    expect(messages.at(-1)!.content).toEqual([image, image])
  })
})

const parts: readonly ReplyPart[] = [
  { type: 'reasoning', text: 'Hm.', signature: null, sealed: null, extra: noExtra },
  { type: 'text', text: 'naïve', extra: noExtra },
  { type: 'toolCall', id: 'c1', name: 'look', arguments: '{"a":1}', extra: noExtra },
  { type: 'toolCall', id: 'c2', name: 'wait', arguments: '', extra: noExtra },
]

function aReply(finish: Finish, stopSequence: string | null = null): ChatReply {
  return {
    operation: 'chat',
    id: 'r1',
    model: null,
    createdS: null,
    choices: [
      {
        index: 0,
        parts: parts.slice(0, finish === 'tools' ? 4 : 2),
        ending: { finish, word: 'x', stopSequence },
        logprobs: null,
        extra: noExtra,
      },
    ],
    measured: {
      usage: { ...noUsage, input: 5, cacheRead: 3, output: 7, reasoning: 2 },
      source: 'provider',
      raw: null,
      reportedUsd: null,
      clamped: false,
    },
    extra: noExtra,
  }
}

describe('an answer', () => {
  test.each([
    ['stop', null, 'COMPLETE'],
    ['stop', 'END', 'STOP_SEQUENCE'],
    ['length', null, 'MAX_TOKENS'],
    ['tools', null, 'TOOL_CALL'],
    ['filter', null, 'ERROR'],
    ['refusal', null, 'ERROR'],
    ['error', null, 'ERROR'],
    ['pause', null, 'MAX_TOKENS'],
  ] satisfies [Finish, string | null, string][])(
    'that ended as %p (%p) ends with %p',
    (finish, stop, word) => {
      const whole = JSON.parse(
        dialect.writeReply(aReply(finish, stop), aCall(dialect), aStamp),
      ) as {
        finish_reason: string
      }
      expect(whole.finish_reason).toBe(word)
      const stream = Buffer.from(writeStream(aReply(finish, stop), dialect)).toString()
      expect(stream).toContain(`"finish_reason":"${word}"`)
    },
  )

  test.each([
    ['COMPLETE', 'stop'],
    ['stop_sequence', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['TOOL_CALL', 'tools'],
    ['ERROR', 'error'],
    ['TIMEOUT', 'error'],
    ['A_WORD_OF_TOMORROW', 'error'],
  ] satisfies [string, Finish][])('with %p is read as %p, with the word kept', (word, finish) => {
    const wire = { id: 'x', message: { role: 'assistant', content: [] }, finish_reason: word }
    const [choice] = (dialect.readReply(JSON.stringify(wire), {}) as ChatReply).choices
    expect(choice!.ending).toEqual({ finish, word, stopSequence: null })
  })

  test('keeps its citations, whole and streamed', () => {
    const citations = [{ start: 0, end: 5, text: 'naïve', sources: [{ type: 'tool', id: 't:0' }] }]
    const wire = {
      id: 'x',
      message: { role: 'assistant', content: [{ type: 'text', text: 'naïve' }], citations },
      finish_reason: 'COMPLETE',
    }
    const reply = dialect.readReply(JSON.stringify(wire), {}) as ChatReply
    expect(reply.extra).toEqual({ citations })
    expect(JSON.parse(dialect.writeReply(reply, aCall(dialect), aStamp))).toEqual(wire)
    const writer = dialect.startWriting!(aCall(dialect), aStamp)
    const deltas = [...deltasOf(reply), { type: 'extra', extra: reply.extra } as const]
    const stream = Buffer.from(`${String(writer.write(deltas))}${String(writer.end())}`)
    expect(foldStream(stream, dialect).extra).toEqual({ citations })
  })

  test('is billed by its billed units, and by its tokens where it has no others', () => {
    const read = (usage: unknown): unknown =>
      (
        dialect.readReply(
          JSON.stringify({ message: { content: [] }, finish_reason: 'COMPLETE', usage }),
          {},
        ) as ChatReply
      ).measured?.usage ?? null
    const tokens = { input_tokens: 503, output_tokens: 90, reasoning_tokens: 29 }
    expect(read({ billed_units: { input_tokens: 8, output_tokens: 66 }, tokens })).toEqual({
      ...noUsage,
      input: 8,
      output: 37,
      reasoning: 29,
    })
    expect(read({ tokens })).toEqual({ ...noUsage, input: 503, output: 61, reasoning: 29 })
    expect(read({ billed_units: { input_tokens: 0, output_tokens: 3 }, tokens })).toEqual({
      ...noUsage,
      reasoning: 3,
    })
    expect(read({ cached_tokens: 5 })).toBeNull()
    expect(read(null)).toBeNull()
  })

  test.each([
    ['{"id":"a","message":"model overloaded"}', 'model overloaded'],
    ['{"error":"no such key"}', 'no such key'],
  ])('that is %s under 200 is a fault with its words', (text, message) => {
    expect(() => dialect.readReply(text, {})).toThrow(
      expect.objectContaining({ words: expect.objectContaining({ message }) }),
    )
  })

  test.each(['', '<html>', '[]', '{"id":"a"}'])('that is %p is none', (text) => {
    expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
  })
})

describe('a stream', () => {
  test('that was written is read again, wherever it is cut', () => {
    const bytes = Buffer.from(writeStream(aReply('tools'), dialect))
    const whole = foldStream(bytes, dialect)
    expect(whole.choices[0]!.parts).toEqual([...parts])
    expect(whole.id).toBe('r1')
    expect(whole.measured!.usage).toEqual({ ...noUsage, input: 8, output: 7, reasoning: 2 })
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (places) => {
        const cuts = places.toSorted((left, right) => left - right)
        const pieces = [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index]))
        expect(foldStream(pieces, dialect)).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })

  test('skips what is no JSON and events that it does not know', () => {
    const events = [
      'data: {broken\n\n',
      sseText('{"type":"content-brand-new","delta":{}}', 'content-brand-new'),
      sseText('{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"so"}}}}'),
      sseText('{"type":"tool-call-delta","index":4,"delta":{"message":{}}}'),
    ]
    const { choices } = foldStream(Buffer.from(events.join('')), dialect)
    expect(choices[0]!.parts).toEqual([{ type: 'text', text: 'so', extra: noExtra }])
  })

  test.each([
    '{"type":"message-end","delta":{"finish_reason":"ERROR","error":"it fell over"}}',
    '{"id":"a","message":"it fell over"}',
  ])('says %s as a fault', (event) => {
    expect(() => foldStream(Buffer.from(sseText(event)), dialect)).toThrow(
      expect.objectContaining({ words: expect.objectContaining({ message: 'it fell over' }) }),
    )
  })

  test('that failed ends in an event that its own reader takes for a fault', () => {
    const error = providerFailed('acme', 'it broke off its answer')
    const bytes = Buffer.from(dialect.writeStreamError(error, 'call'))
    expect(() => foldStream(bytes, dialect)).toThrow(error.message)
  })
})
