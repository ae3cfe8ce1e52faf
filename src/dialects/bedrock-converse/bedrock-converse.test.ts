import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { providerFailed, providerRateLimited } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'

import { anthropicMessages } from '../anthropic-messages/index.ts'
import { AwsEventStreamParser, exceptionFrame, jsonFrame, readFrame } from '../aws-event-stream.ts'
import { ProviderFault } from '../dialect.ts'
import { aCall, aStamp, aTarget, callOf, chatOf, foldStream, placeOf } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { usedKinds } from '../usage.ts'
import { bedrockConverse } from './index.ts'

const claude = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
const hello = { role: 'user', content: 'Name a prime above ten.' }
const tool = {
  type: 'function',
  function: { name: 'get_weather', strict: true, parameters: { type: 'object', properties: {} } },
}

/** What a caller of OpenAI's dialect has sent to Bedrock. */
function sent(wire: object, model = claude) {
  const call = callOf(openaiChat, { model: 'task', messages: [hello], ...wire })
  const { text, adapted } = bedrockConverse.writeCall(call, aTarget(model))
  return { body: JSON.parse(text) as Record<string, unknown>, adapted }
}

describe('a call in its own dialect', () => {
  test('passes untouched but for nulls and what was meant for the gateway', () => {
    const body = {
      messages: [
        { role: 'user', content: [{ text: 'Hello.' }, { cachePoint: { type: 'default' } }] },
      ],
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2048 } },
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    }
    const call = callOf(
      bedrockConverse,
      { ...body, system: null, requestMetadata: { team: 'a', 'x-freehold-customer': 'acme' } },
      { ...placeOf('bedrock/us.amazon.nova-micro-v1:0'), stream: true },
    )
    expect(call).toMatchObject({ model: 'bedrock/us.amazon.nova-micro-v1:0', stream: true })
    const written = bedrockConverse.writeCall(call, aTarget('us.amazon.nova-micro-v1:0'))
    expect(JSON.parse(written.text)).toEqual({ ...body, requestMetadata: { team: 'a' } })
    expect(written.adapted).toEqual([])
  })

  test('asks at a path in which colons and slashes of the model are escaped', () => {
    const path = bedrockConverse.path as (model: string, stream: boolean, base: string) => string
    expect(path('us.amazon.nova-micro-v1:0', false, '')).toBe(
      '/model/us.amazon.nova-micro-v1%3A0/converse',
    )
    expect(path('arn:aws:bedrock:eu-west-1:1:inference-profile/a(b)', true, '')).toBe(
      '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fa%28b%29/converse-stream',
    )
  })

  test('is refused with the field that is wrong', () => {
    const place = placeOf('sim/echo')
    for (const [wire, param] of [
      [{ messages: [] }, 'messages'],
      [{ messages: [{ role: 'user', content: 'text' }] }, 'messages[0].content'],
      [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]'],
      [{ messages: [{ content: [] }] }, 'messages[0].role'],
      [
        { messages: [{ role: 'user', content: [] }], inferenceConfig: { maxTokens: 0 } },
        'inferenceConfig.maxTokens',
      ],
    ] as const) {
      expect(() => callOf(bedrockConverse, wire, place)).toThrow(expect.objectContaining({ param }))
    }
    expect(() => callOf(bedrockConverse, { messages: [] }, placeOf(''))).toThrow(
      expect.objectContaining({ param: 'modelId' }),
    )
  })
})

describe('a call from another dialect', () => {
  test('says what Converse has a field for, and names what it has none for', () => {
    const { body, adapted } = sent({
      messages: [{ role: 'developer', content: 'Be brief.' }, hello],
      max_completion_tokens: 50,
      temperature: 1.4,
      top_p: 0.9,
      stop: ['END'],
      seed: 1,
      logit_bias: { 5: 1 },
      user: 'u-1',
      service_tier: 'flex',
      metadata: { team: 'a', 'x-freehold-feature': 'f' },
      tools: [tool],
      tool_choice: 'required',
      parallel_tool_calls: false,
    })
    expect(body).toEqual({
      messages: [{ role: 'user', content: [{ text: hello.content }] }],
      system: [{ text: 'Be brief.' }],
      inferenceConfig: { maxTokens: 50, temperature: 1, topP: 0.9, stopSequences: ['END'] },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'get_weather',
              inputSchema: { json: { type: 'object', properties: {} } },
            },
          },
        ],
        toolChoice: { any: {} },
      },
      serviceTier: { type: 'flex' },
      requestMetadata: { team: 'a' },
    })
    expect(adapted.toSorted()).toEqual(
      [
        '-logit_bias',
        '-parallel_tool_calls',
        '-seed',
        '-strict',
        '-user',
        'temperature=1',
      ].toSorted(),
    )
  })

  test('a schema for the answer goes as text, and JSON as an instruction', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } }
    const format = { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } }
    expect(sent({ response_format: format }).body['outputConfig']).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'city', schema: JSON.stringify(schema) } },
      },
    })
    const json = sent({ response_format: { type: 'json_object' } })
    expect(json.body['system']).toEqual([{ text: 'Answer with one JSON object and nothing else.' }])
    expect(json.adapted).toEqual(['response_format>system'])
  })

  test.each([
    [claude, { thinking: { type: 'enabled', budget_tokens: 24_576 } }, ['-temperature']],
    [
      'amazon.nova-2-lite-v1:0',
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
      [],
    ],
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'high' }, []],
    [
      'arn:aws:bedrock:us-east-1:1:application-inference-profile/x',
      undefined,
      ['-reasoning_effort'],
    ],
  ])('thinking is asked of %s in the words of its maker', (model, more, adapted) => {
    const written = sent({ reasoning_effort: 'high', temperature: 0.3 }, model)
    expect(written.body['additionalModelRequestFields']).toEqual(more as never)
    expect(written.adapted).toEqual(adapted)
  })

  test('no tool shall be called: none is named, unless the past holds calls', () => {
    const none = sent({ tools: [tool], tool_choice: 'none' })
    expect(none.body).not.toHaveProperty('toolConfig')
    expect(none.adapted).toEqual(['-tools'])
    const past = [
      hello,
      {
        role: 'assistant',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '4 degrees' },
    ]
    const withPast = sent({ messages: past, tools: [tool], tool_choice: 'none' })
    expect(withPast.adapted).toEqual(['-tool_choice', '-strict'])
    const unnamed = sent({ messages: past })
    expect(unnamed.adapted).toEqual(['+tools'])
    expect(unnamed.body['toolConfig']).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'get_weather',
            inputSchema: { json: { type: 'object', properties: {} } },
          },
        },
      ],
    })
    expect(unnamed.body['messages']).toEqual([
      { role: 'user', content: [{ text: hello.content }] },
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 'c1', name: 'get_weather', input: {} } }],
      },
      {
        role: 'user',
        content: [{ toolResult: { toolUseId: 'c1', content: [{ text: '4 degrees' }] } }],
      },
    ])
  })

  test('pictures and documents go as bytes, under names that Bedrock takes', () => {
    const data = 'JVBERi0='
    const file = {
      type: 'file',
      file: {
        filename: 'Q3_report (final)!.pdf',
        file_data: `data:application/pdf;base64,${data}`,
      },
    }
    const image = { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/' } }
    const { body } = sent({ messages: [{ role: 'user', content: [image, file, file] }] })
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { image: { format: 'jpeg', source: { bytes: '/9j/' } } },
          { document: { format: 'pdf', name: 'Q3-report (final)-', source: { bytes: data } } },
          { document: { format: 'pdf', name: 'Q3-report (final)- 2', source: { bytes: data } } },
          { text: 'See the document.' },
        ],
      },
    ])
    const far = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } }
    expect(() => sent({ messages: [{ role: 'user', content: [far] }] })).toThrow(
      expect.objectContaining({ code: 'unsupported_content', again: 'elsewhere' }),
    )
  })

  test('thoughts go with their signature or not at all', () => {
    const turn = (content: object[]) => ({
      model: 'task',
      max_tokens: 50,
      messages: [
        { role: 'user', content: 'Hello.' },
        { role: 'assistant', content: [...content, { type: 'text', text: 'Hi.' }] },
        { role: 'user', content: 'Again.' },
      ],
    })
    const write = (content: object[]) => {
      const call = callOf(anthropicMessages, turn(content))
      const { text, adapted } = bedrockConverse.writeCall(call, aTarget(claude))
      const { messages } = JSON.parse(text) as { messages: { content: unknown[] }[] }
      return { content: messages[1]!.content, adapted }
    }
    expect(
      write([
        { type: 'thinking', thinking: 'A greeting.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'c2VhbGVk' },
      ]).content,
    ).toEqual([
      { reasoningContent: { reasoningText: { text: 'A greeting.', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: 'c2VhbGVk' } },
      { text: 'Hi.' },
    ])
    expect(write([{ type: 'thinking', thinking: 'Whose?' }])).toEqual({
      content: [{ text: 'Hi.' }],
      adapted: ['-reasoning_content'],
    })
  })
})

test('thoughts that another signed stay behind, and its own come back to Claude', () => {
  const thought = (signature: string) => ({
    reasoningContent: { reasoningText: { text: 't', signature } },
  })
  const toolUse = { toolUse: { toolUseId: 't1', name: 'find', input: {} } }
  const messages = [
    { role: 'user', content: [{ text: 'Look.' }] },
    { role: 'assistant', content: [thought('theirs'), thought('ours'), toolUse] },
  ]
  const recall = {
    turn: () => ({
      thoughts: [
        { type: 'reasoning', text: 'lost', signature: 'ours', sealed: null, extra: {} } as const,
      ],
      calls: new Map(),
      foreign: false,
    }),
    mayTake: (signed: string) => signed === 'ours',
  }
  const call = callOf(bedrockConverse, { messages }, placeOf('task'))
  expect(bedrockConverse.carriesSigned!(call.body)).toBe(true)
  const same = bedrockConverse.writeCall(call, { ...aTarget(claude), recall })
  expect(same.adapted).toEqual(['-signature'])
  expect((JSON.parse(same.text) as typeof call.body.value)['messages']).toEqual([
    messages[0],
    { role: 'assistant', content: [thought('ours'), toolUse] },
  ])

  const past = { id: 't1', type: 'function', function: { name: 'find', arguments: '{}' } }
  const lost = callOf(openaiChat, {
    model: 'task',
    reasoning_effort: 'low',
    messages: [
      hello,
      { role: 'assistant', tool_calls: [past] },
      { role: 'tool', tool_call_id: 't1', content: '0' },
    ],
    tools: [tool],
  })
  const written = bedrockConverse.writeCall(lost, { ...aTarget(claude), recall })
  expect(written.adapted).toContain('+reasoningContent')
  expect((JSON.parse(written.text) as { messages: unknown[] }).messages[1]).toEqual({
    role: 'assistant',
    content: [
      { reasoningContent: { reasoningText: { text: 'lost', signature: 'ours' } } },
      toolUse,
    ],
  })
})

test('a call to another dialect keeps its meaning, and drops marks and guards by name', () => {
  const call = callOf(
    bedrockConverse,
    {
      messages: [
        {
          role: 'user',
          content: [
            { text: 'Look.' },
            {
              document: {
                format: 'txt',
                name: 'n',
                source: { bytes: Buffer.from('Notes.').toString('base64') },
              },
            },
            { cachePoint: { type: 'default' } },
          ],
        },
        {
          role: 'assistant',
          content: [{ toolUse: { toolUseId: 't1', name: 'find', input: { q: 1 } } }],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 't1', status: 'error', content: [{ json: { found: 0 } }] } },
            { text: 'Go on.' },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 9, temperature: 0.5 },
      toolConfig: {
        tools: [{ toolSpec: { name: 'find', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { tool: { name: 'find' } },
      },
      additionalModelRequestFields: {
        thinking: { type: 'enabled', budget_tokens: 2000 },
        top_k: 5,
        frobnicate: true,
      },
      guardrailConfig: { guardrailIdentifier: 'g' },
    },
    placeOf('task'),
  )
  const chat = chatOf(call)
  expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  expect(chat).toMatchObject({ maxTokens: 9, topK: 5, toolChoice: { kind: 'tool', name: 'find' } })
  expect(chat.reasoning).toMatchObject({ enabled: true, budgetTokens: 2000 })
  const { adapted } = openaiChat.writeCall(call, aTarget('m'))
  for (const name of [
    '-guardrailConfig',
    '-cache_control',
    '-additionalModelRequestFields.frobnicate',
  ])
    expect(adapted).toContain(name)
})

test('a block that only Bedrock knows is refused elsewhere by its name', () => {
  const content = [{ guardContent: { text: { text: 'x', qualifiers: ['query'] } } }]
  const call = callOf(bedrockConverse, { messages: [{ role: 'user', content }] }, placeOf('task'))
  expect(() => openaiChat.writeCall(call, aTarget('m'))).toThrow(/guardContent/)
})

describe('an answer', () => {
  const answer = (stopReason: string) => ({
    output: { message: { role: 'assistant', content: [{ text: 'Eleven.' }] } },
    stopReason,
    usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 },
  })

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['tool_use', 'tools'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'filter'],
    ['content_filtered', 'filter'],
    ['malformed_model_output', 'error'],
    ['malformed_tool_use', 'error'],
    ['a_word_of_next_year', 'error'],
  ])('that ended with %s means %s, the word kept', (word, finish) => {
    const reply = bedrockConverse.readReply(JSON.stringify(answer(word)), {}) as ChatReply
    expect(reply.choices[0]!.ending).toMatchObject({ word, finish: finish as 'stop' })
  })

  test('counts cached tokens apart, by how long they are kept', () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 3,
      totalTokens: 163,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 50,
      cacheDetails: [{ ttl: '1h', inputTokens: 20 }],
    }
    const reply = bedrockConverse.readReply(JSON.stringify({ ...answer('end_turn'), usage }), {})
    expect(usedKinds(reply.measured!.usage)).toEqual({
      input: 10,
      cacheRead: 100,
      cacheWrite5m: 30,
      cacheWrite1h: 20,
      output: 3,
    })
    const again = bedrockConverse.readReply(
      bedrockConverse.writeReply(reply, aCall(bedrockConverse), aStamp),
      {},
    )
    expect(again.measured!.usage).toEqual(reply.measured!.usage)
  })

  test('of another shape is a fault, and an error under 200 keeps its words', () => {
    for (const text of ['', '[]', '{"choices":[]}', '<html>', '{"output":{}}'])
      expect(() => bedrockConverse.readReply(text, {})).toThrow(ProviderFault)
    try {
      bedrockConverse.readReply('{"__type":"ThrottlingException","message":"Slow down."}', {})
      expect.unreachable()
    } catch (error) {
      expect((error as ProviderFault).words).toMatchObject({
        code: 'ThrottlingException',
        message: 'Slow down.',
      })
    }
  })
})

describe('errors', () => {
  test('are told by a header, in a stream by the frame', () => {
    const body = '{"message":"Too many requests, please wait."}'
    const header = 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/'
    const headers = new Headers({ 'x-amzn-errortype': header })
    expect(bedrockConverse.readError(body, headers)).toEqual({
      code: 'ThrottlingException',
      type: null,
      message: 'Too many requests, please wait.',
      param: null,
    })
    expect(bedrockConverse.readError(body).code).toBeNull()
    const stream = Buffer.concat([
      jsonFrame('messageStart', { role: 'assistant' }),
      exceptionFrame('throttlingException', { message: 'Too many requests.' }),
    ])
    expect(() => foldStream(stream, bedrockConverse)).toThrow(
      expect.objectContaining({
        words: expect.objectContaining({
          code: 'ThrottlingException',
          message: 'Too many requests.',
        }),
      }),
    )
  })

  test('are written so that clients of Amazon make their own classes of them', () => {
    const error = providerRateLimited('acme')
    expect(bedrockConverse.errorHeaders!(error)).toEqual({
      'x-amzn-errortype': 'ThrottlingException',
    })
    expect(JSON.parse(bedrockConverse.writeError(error, 'id'))).toMatchObject({
      message: error.message,
    })
    const failed = bedrockConverse.writeStreamError(
      providerFailed('acme', 'it broke'),
      'id',
    ) as Uint8Array
    const { headers, payload } = readFrame(failed)
    expect(headers.get(':message-type')).toEqual({ type: 'string', value: 'exception' })
    expect(headers.get(':exception-type')).toEqual({
      type: 'string',
      value: 'modelStreamErrorException',
    })
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      message: 'acme failed: it broke',
    })
  })
})

test('a stream that is written is read back as it was, in events in their order', () => {
  const part = fc.oneof(
    fc.record({
      type: fc.constant('text' as const),
      text: fc.string({ minLength: 1 }),
      extra: fc.constant({}),
    }),
    fc.record({
      type: fc.constant('reasoning' as const),
      text: fc.string({ minLength: 1 }),
      signature: fc.string({ minLength: 1 }),
      sealed: fc.constant(null),
      extra: fc.constant({}),
    }),
    fc.record({
      type: fc.constant('toolCall' as const),
      id: fc.stringMatching(/^t\w{1,8}$/),
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      arguments: fc.dictionary(fc.string(), fc.integer()).map((input) => JSON.stringify(input)),
      extra: fc.constant({}),
    }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const joined = parts.filter(
        (each, index) => each.type !== 'text' || parts[index - 1]?.type !== 'text',
      )
      const reply: ChatReply = {
        operation: 'chat',
        id: null,
        model: null,
        createdS: null,
        choices: [
          {
            index: 0,
            parts: joined,
            ending: { finish: 'tools', word: 'tool_use', stopSequence: null },
            logprobs: null,
            extra: {},
          },
        ],
        measured: null,
        extra: {},
      }
      const writer = bedrockConverse.startWriting!(aCall(bedrockConverse), aStamp)
      const bytes = Buffer.concat([writer.write(deltasOf(reply)), writer.end()] as Uint8Array[])
      expect(foldStream(bytes, bedrockConverse).choices[0]!.parts).toEqual(joined)
      const names = new AwsEventStreamParser().feed(bytes).map(({ event }) => event!.event)
      expect(names[0]).toBe('messageStart')
      expect(names.slice(-2)).toEqual(['messageStop', 'metadata'])
      const starts = names.filter((name) => name === 'contentBlockStop').length
      expect(starts).toBe(joined.length)
    }),
  )
})
