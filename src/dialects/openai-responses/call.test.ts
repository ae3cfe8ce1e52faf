import { describe, expect, test } from 'bun:test'
import type { Quirks } from '../dialect.ts'
import { aTarget, callOf, chatOf } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { openaiResponses } from './index.ts'

function meaning(wire: object) {
  return chatOf(callOf(openaiResponses, { model: 'task', ...wire }))
}

function sent(wire: object, quirks: Quirks = {}, recall?: { mayTake: (text: string) => boolean }) {
  const call = callOf(openaiResponses, { model: 'task', ...wire })
  const target = {
    ...aTarget('large', quirks),
    ...(recall && { recall: { turn: () => null, ...recall } }),
  }
  const { text, adapted } = openaiResponses.writeCall(call, target)
  return { body: JSON.parse(text) as Record<string, unknown>, adapted }
}

function asChat(wire: object) {
  const call = callOf(openaiResponses, { model: 'task', ...wire })
  const { text, adapted } = openaiChat.writeCall(call, aTarget('large'))
  return { body: JSON.parse(text) as { messages: object[] } & Record<string, unknown>, adapted }
}

describe('a call is read', () => {
  test('from a text, with its instructions in front', () => {
    expect(meaning({ instructions: 'Be brief.', input: 'Hello' }).messages).toMatchObject([
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', text: 'Hello' }] },
    ])
  })

  test('from items: what an assistant thinks, says and calls is one turn', () => {
    const { messages } = meaning({
      input: [
        { role: 'developer', content: 'Use tools.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Two cities' }] },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'First.' },
            { type: 'summary_text', text: 'Second.' },
          ],
          encrypted_content: 'sealed+words=',
        },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          phase: 'commentary',
          content: [{ type: 'output_text', text: 'I look.', annotations: [], logprobs: [] }],
        },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'a',
          name: 'look',
          arguments: '{"at":"Oslo"}',
        },
        { type: 'function_call', call_id: 'b', name: 'look', arguments: '{' },
        { type: 'function_call_output', call_id: 'a', output: 'rain' },
        {
          type: 'function_call_output',
          call_id: 'b',
          output: [
            { type: 'input_image', image_url: 'https://pictures.example/b.png', detail: 'low' },
          ],
        },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      ],
    })
    expect(messages.map(({ role, parts }) => [role, parts.map(({ type }) => type)])).toEqual([
      ['developer', ['text']],
      ['user', ['text']],
      ['assistant', ['reasoning', 'text', 'toolCall', 'toolCall']],
      ['tool', ['toolResult', 'toolResult']],
      ['assistant', ['refusal']],
    ])
    expect(messages[2]!.parts).toMatchObject([
      { text: 'First.\n\nSecond.', sealed: 'sealed+words=', signature: null },
      { text: 'I look.', extra: {} },
      { id: 'a', name: 'look', arguments: '{"at":"Oslo"}', extra: {} },
      { id: 'b', arguments: '{' },
    ])
    expect(messages[3]!.parts).toMatchObject([
      { callId: 'a', parts: [{ text: 'rain' }] },
      {
        callId: 'b',
        parts: [
          { type: 'image', source: { url: 'https://pictures.example/b.png' }, detail: 'low' },
        ],
      },
    ])
  })

  test('with files by bytes, by id and by address', () => {
    const [message] = meaning({
      input: [
        {
          role: 'user',
          content: [
            {
              type: 'input_file',
              filename: 'a.pdf',
              file_data: 'data:application/pdf;base64,QUJD',
            },
            { type: 'input_file', filename: 'b', file_data: 'QUJD' },
            { type: 'input_file', file_id: 'file-1' },
            { type: 'input_file', file_url: 'https://papers.example/c.pdf' },
            { type: 'input_image', file_id: 'file-2' },
            { type: 'input_audio', input_audio: { data: 'QUJD', format: 'wav' } },
          ],
        },
      ],
    }).messages
    expect(message!.parts).toMatchObject([
      { source: { kind: 'base64', mediaType: 'application/pdf', data: 'QUJD' }, name: 'a.pdf' },
      { source: { kind: 'base64', mediaType: 'application/octet-stream', data: 'QUJD' } },
      { source: { kind: 'id', id: 'file-1' } },
      { source: { kind: 'url', url: 'https://papers.example/c.pdf' } },
      { type: 'image', source: { kind: 'id', id: 'file-2' } },
      { type: 'audio', format: 'wav' },
    ])
  })

  test('with every parameter that others have a word for', () => {
    const schema = { type: 'object', properties: { a: { default: null } } }
    expect(
      meaning({
        input: 'x',
        tools: [
          { type: 'function', name: 'f', parameters: schema, strict: true, description: null },
        ],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
        text: { format: { type: 'json_schema', name: 'n', schema, strict: true } },
        max_output_tokens: 99,
        temperature: 0,
        top_p: 0.5,
        top_logprobs: 3,
        reasoning: { effort: 'high', summary: 'auto' },
        user: 'u',
        metadata: { a: 'b' },
        service_tier: 'flex',
        seed: 4,
      }),
    ).toMatchObject({
      tools: [{ name: 'f', schema, strict: true, foreign: null }],
      toolChoice: { kind: 'tool', name: 'f' },
      parallelTools: false,
      format: { kind: 'schema', name: 'n', schema, strict: true },
      maxTokens: 99,
      temperature: 0,
      topP: 0.5,
      logprobs: true,
      topLogprobs: 3,
      reasoning: { effort: 'high', display: 'summarized', enabled: null },
      user: 'u',
      metadata: { a: 'b' },
      serviceTier: 'flex',
      extra: { seed: 4 },
      native: [],
    })
  })

  test.each([
    [{ input: 7 }, 'input'],
    [{ input: [] }, 'input'],
    [{}, 'input'],
    [{ input: [7] }, 'input[0]'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user', content: [{}] }] }, 'input[0].content[0].type'],
    [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    [{ input: 'x', background: true }, 'background'],
    [{ input: 'x', previous_response_id: 7 }, 'previous_response_id'],
    [{ input: 'x', max_output_tokens: 0 }, 'max_output_tokens'],
  ] as const)('unless it makes no sense: %j', (wire, param) => {
    let thrown: unknown = null
    try {
      callOf(openaiResponses, { model: 'task', ...wire })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'invalid_request', param })
  })
})

describe('another dialect', () => {
  test('gets the conversation, and a word for what it cannot say', () => {
    const { body, adapted } = asChat({
      input: [
        { role: 'user', content: 'Find it' },
        { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } },
        { role: 'assistant', content: [{ type: 'output_text', text: 'There.', annotations: [] }] },
        { role: 'user', content: 'Again' },
      ],
      truncation: 'auto',
      store: true,
      prompt_cache_key: 'k',
      text: { verbosity: 'low' },
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'low', context: 'all_turns' },
    })
    expect(body.messages).toEqual([
      { role: 'user', content: 'Find it' },
      { role: 'assistant', content: 'There.' },
      { role: 'user', content: 'Again' },
    ])
    expect(body['reasoning_effort']).toBe('low')
    expect(adapted.toSorted()).toEqual([
      '-prompt_cache_key',
      '-reasoning.context',
      '-truncation',
      '-verbosity',
      '-web_search_call',
    ])
  })

  test.each([
    [{ tools: [{ type: 'web_search' }] }, 'web_search'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ input: [{ type: 'item_reference', id: 'rs_1' }] }, 'item_reference'],
    [{ input: [{ id: 'rs_1' }] }, 'item_reference'],
    [{ input: [{ type: 'compaction', id: 'c', encrypted_content: 's' }] }, 'compaction'],
  ])('is not asked at all without %j', (wire, what) => {
    expect(() => asChat({ input: 'x', ...wire })).toThrow(what)
  })
})

describe('the same dialect', () => {
  test('gets the text as it came, but for the model and nulls', () => {
    const call = callOf(
      openaiResponses,
      '{"model":"task","input":[ {"role":"user","content":"x","odd":null} ],"temperature":null,"new":1.50}',
    )
    expect(openaiResponses.writeCall(call, aTarget('large')).text).toBe(
      '{"model":"large","input":[ {"role":"user","content":"x","odd":null} ],"new":1.50}',
    )
  })

  test('keeps what was meant for the gateway here', () => {
    const metadata = { 'x-freehold-customer': 'acme', team: 'maps' }
    expect(sent({ input: 'x', metadata }).body['metadata']).toEqual({ team: 'maps' })
  })

  test('gets no thoughts that another sealed, nor signatures of other dialects', () => {
    const input = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'theirs' },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'own' },
      {
        type: 'reasoning',
        id: 'rs_3',
        summary: [],
        content: [{ type: 'reasoning_text', text: 'Hm.' }],
        encrypted_content: 'signature:abc',
      },
      { role: 'user', content: 'x' },
    ]
    const { body, adapted } = sent({ input }, {}, { mayTake: (text) => text !== 'theirs' })
    expect(body['input']).toEqual([
      input[1],
      {
        type: 'reasoning',
        id: 'rs_freehold_2',
        summary: [],
        content: [{ type: 'reasoning_text', text: 'Hm.' }],
      },
      input[3],
    ])
    expect(adapted).toEqual(['-signature'])
  })
})

test.each([
  [{}, [], ['-reasoning_content']],
  [
    { thoughts: { go: 'content' } },
    [
      {
        type: 'reasoning',
        id: 'rs_0',
        summary: [],
        content: [{ type: 'reasoning_text', text: 'Hm' }],
      },
    ],
    [],
  ],
] as const)('thoughts in words go back where they are taken: %j', (quirks, thoughts, words) => {
  const messages = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: 'y', reasoning_content: 'Hm' },
    { role: 'user', content: 'z' },
  ]
  const call = callOf(openaiChat, { model: 'task', messages })
  const { text, adapted } = openaiResponses.writeCall(call, aTarget('large', quirks))
  const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'y' }] }
  expect((JSON.parse(text) as { input: unknown[] }).input.slice(1, -1)).toEqual([...thoughts, said])
  expect([...adapted]).toEqual([...words])
})

describe('a call of another dialect', () => {
  test('is written as items, not to be kept by the vendor', () => {
    const call = callOf(openaiChat, {
      model: 'task',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } },
          ],
        },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: 'rain' },
      ],
      tools: [{ type: 'function', function: { name: 'look' } }],
      tool_choice: 'required',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
      max_completion_tokens: 50,
      reasoning_effort: 'low',
      stop: ['.'],
      seed: 1,
      stream: true,
    })
    const { text, adapted } = openaiResponses.writeCall(call, aTarget('large'))
    expect(JSON.parse(text)).toEqual({
      model: 'large',
      input: [
        { type: 'message', role: 'system', content: 'Be brief.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,QUJD' },
          ],
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
        { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'a', output: 'rain' },
      ],
      tools: [
        {
          type: 'function',
          name: 'look',
          parameters: { type: 'object', properties: {} },
          strict: false,
        },
      ],
      tool_choice: 'required',
      text: { format: { type: 'json_schema', name: 'n', schema: {} } },
      reasoning: { effort: 'low' },
      max_output_tokens: 50,
      store: false,
      stream: true,
    })
    expect(adapted).toEqual(['-stop', '-seed'])
  })
})
