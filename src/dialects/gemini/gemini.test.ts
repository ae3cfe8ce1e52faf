import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { unsupportedContent } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'
import { ProviderFault, type Recall, type Target } from '../dialect.ts'
import { inCamelCase } from '../gemini-place.ts'
import { aCall, aStamp, aTarget, callOf, chatOf, foldStream, placeOf } from '../meaning.suite.ts'
import { gemini } from './index.ts'
import { readResponse, writeResponse } from './results.ts'
import { fitJsonSchema, toJsonSchema, toSubset } from './schema.ts'
import { writeThinking } from './thinking.ts'

const list = gemini.variantFor!({ model: 'm', stream: true, query: new URLSearchParams() })

describe('a request', () => {
  test('means the same in both spellings', () => {
    const camel = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'aGk=' } }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'look_up', args: { some_key: 1 } }, thoughtSignature: 'sig' },
          ],
        },
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'look_up', response: { some_key: 2 } } }],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: 'look_up', parametersJsonSchema: { properties: { some_key: {} } } },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look_up'] } },
      generationConfig: { maxOutputTokens: 50, stopSequences: ['.'], candidateCount: 2 },
    }
    const text = JSON.stringify(camel).replaceAll(
      /"([a-z]+[A-Z][A-Za-z]*)":/g,
      (_, name: string) => {
        return `"${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`
      },
    )
    expect(text).toContain('"function_response"')
    const snake = callOf(gemini, text, placeOf('m'))
    const whole = callOf(gemini, camel, placeOf('m'))
    expect(chatOf(snake)).toEqual(chatOf(whole))
    expect([snake.maxTokens, snake.n, snake.hasMedia]).toEqual([50, 2, true])
    const chat = chatOf(whole)
    expect(chat.toolChoice).toEqual({ kind: 'tool', name: 'look_up' })
    expect(chat.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool'])
    expect(chat.messages[2]!.parts).toMatchObject([
      { id: 'call_1', arguments: '{"some_key":1}', signature: 'sig' },
    ])
    expect(chat.messages[3]!.parts).toMatchObject([
      { callId: 'call_1', parts: [{ text: '{"some_key":2}' }] },
    ])
  })

  test('whose results bear no ids answers the calls of the same name in their order', () => {
    const call = (name: string) => ({ functionCall: { name, args: {} } })
    const result = (name: string, output: string) => ({
      functionResponse: { name, response: { output } },
    })
    const { messages } = chatOf(
      callOf(
        gemini,
        {
          contents: [
            { role: 'model', parts: [call('a'), call('b'), call('a')] },
            { role: 'user', parts: [result('b', '1'), result('a', '2'), result('a', '3')] },
          ],
        },
        placeOf('m'),
      ),
    )
    expect(messages[1]!.parts.map((part) => 'callId' in part && part.callId)).toEqual([
      'call_2',
      'call_1',
      'call_3',
    ])
  })

  test('of several allowed functions has no others', () => {
    const chat = chatOf(
      callOf(
        gemini,
        {
          contents: [{ parts: [{ text: 'x' }] }],
          tools: [{ functionDeclarations: ['a', 'b', 'c'].map((name) => ({ name })) }],
          toolConfig: { functionCallingConfig: { mode: 'any', allowedFunctionNames: ['a', 'c'] } },
        },
        placeOf('m'),
      ),
    )
    expect([chat.tools.map(({ name }) => name), chat.toolChoice]).toEqual([
      ['a', 'c'],
      { kind: 'required' },
    ])
  })

  test('goes on with what no other vendor can read, and is refused there', () => {
    const contents = [{ parts: [{ text: 'x' }] }]
    for (const foreign of [
      { contents, cachedContent: 'cachedContents/1' },
      { contents, tools: [{ googleSearch: {} }] },
      { contents: [{ role: 'model', parts: [{ executableCode: { code: '1' } }] }] },
    ]) {
      const call = callOf(gemini, foreign, placeOf('m'))
      expect(JSON.parse(gemini.writeCall(call, aTarget('m')).text)).toEqual(foreign)
      const again = { ...call, dialect: 'another' }
      expect(() => gemini.writeCall(again, aTarget('m'))).toThrow(
        expect.objectContaining({ code: unsupportedContent.code }),
      )
    }
  })

  test('tells what others leave out of it', () => {
    const { native, extra } = chatOf(
      callOf(
        gemini,
        {
          contents: [{ parts: [{ text: 'x', videoMetadata: { fps: 1 } }] }],
          safetySettings: [],
          generationConfig: { responseModalities: ['TEXT', 'IMAGE'], speechConfig: {} },
          toolConfig: { retrievalConfig: {} },
          somethingNew: 1,
        },
        placeOf('m'),
      ),
    )
    expect(native.toSorted()).toEqual([
      'responseModalities',
      'safetySettings',
      'speechConfig',
      'toolConfig.retrievalConfig',
      'videoMetadata',
    ])
    expect(extra).toEqual({ somethingNew: 1 })
  })

  test.each([
    [{}, 'contents'],
    [{ contents: [] }, 'contents'],
    [{ contents: ['x'] }, 'contents[0]'],
    [{ contents: [{ parts: 'x' }] }, 'contents[0].parts'],
    [{ contents: [{ parts: [{}], role: 7 }] }, 'contents[0].role'],
    [
      { contents: [{}], generationConfig: { candidateCount: 0 } },
      'generationConfig.candidateCount',
    ],
  ])('%j is refused at %s', (wire, param) => {
    expect(() => callOf(gemini, wire, placeOf('m'))).toThrow(expect.objectContaining({ param }))
  })

  test('is sent to the path that names the model', () => {
    if (typeof gemini.path === 'string') throw new Error('no function')
    expect(gemini.path('gemini-2.5-flash', false, '')).toBe(
      '/models/gemini-2.5-flash:generateContent',
    )
    expect(gemini.path('models/a', true, '')).toBe('/models/a:streamGenerateContent?alt=sse')
    expect(gemini.path('tunedModels/a b', false, '')).toBe('/tunedModels/a%20b:generateContent')
  })
})

describe('thoughts of past turns', () => {
  const read = (parts: readonly object[]) =>
    chatOf(callOf(gemini, { contents: [{ role: 'model', parts }] }, placeOf('m'))).messages[0]!
      .parts
  const piece = (text: string) => ({ text, thought: true })
  const signed = (thoughtSignature: string, text: string) => ({ ...piece(text), thoughtSignature })

  test('are one with the signature that ends them, however they came back', () => {
    const whole = read([signed('s', 'one two')])
    expect(whole).toMatchObject([{ type: 'reasoning', text: 'one two', signature: 's' }])
    expect(read([piece('one two'), signed('s', '')])).toEqual(whole)
    expect(read([piece('one'), piece(' two'), signed('s', '')])).toEqual(whole)
  })

  test('stay apart when each has its own signature, or is sealed', () => {
    const parts = read([signed('s', 'one'), signed('t', 'two'), piece('three')])
    expect(parts).toMatchObject([
      { text: 'one', signature: 's' },
      { text: 'two', signature: 't' },
      { text: 'three', signature: null },
    ])
    expect(read([piece('one'), { thought: true, thoughtSignature: 'seal' }])).toMatchObject([
      { text: 'one', signature: null, sealed: null },
      { text: '', signature: null, sealed: 'seal' },
    ])
  })
})

describe('signatures of past turns', () => {
  const contents = (signature: object) => [
    { role: 'user', parts: [{ text: 'x' }] },
    {
      role: 'model',
      parts: [
        { text: 'thought', thought: true, ...signature },
        { functionCall: { id: 'c1', name: 'f', args: {} }, ...signature },
      ],
    },
  ]
  const callEcho = { models: /three/, field: 'thoughtSignature', standIn: 'skip' }
  const recall: Recall = {
    turn: ([callId]) =>
      callId === 'c1'
        ? {
            thoughts: [],
            calls: new Map([['c1', { signature: 'kept', extra: {} }]]),
            foreign: false,
          }
        : null,
    mayTake: (signed) => signed !== 'of another',
  }
  const target: Target = { ...aTarget('three', { callEcho }), recall }

  test.each([
    ['that the caller sends stay', { thoughtSignature: 'own' }, 'own', []],
    ['are put back when they are remembered', {}, 'kept', ['+thoughtSignature']],
    [
      'of another vendor go, and the remembered one comes',
      { thought_signature: 'of another' },
      'kept',
      ['-signature', '+thoughtSignature'],
    ],
  ])('%s', (_, signature, expected, adapted) => {
    const call = callOf(gemini, { contents: contents(signature) }, placeOf('m'))
    const written = gemini.writeCall(call, target)
    const sent = JSON.parse(written.text) as { contents: { parts: Record<string, unknown>[] }[] }
    expect(sent.contents[1]!.parts[1]!['thoughtSignature']).toBe(expected)
    expect(sent.contents[1]!.parts[1]).not.toHaveProperty('thought_signature')
    expect(written.adapted).toEqual(adapted)
    const translated = gemini.writeCall({ ...call, dialect: 'another' }, target)
    expect(translated.text).toContain(`"thoughtSignature":"${expected}"`)
  })

  test('are wanted where the table says so', () => {
    const call = callOf(gemini, { contents: contents({ thoughtSignature: 'own' }) }, placeOf('m'))
    expect(gemini.turnsWant!(call, target)).toEqual({ calls: true })
    expect(gemini.turnsWant!(call, aTarget('two', { callEcho }))).toBeNull()
    expect(gemini.carriesSigned!(call.body)).toBe(true)
    expect(
      gemini.carriesSigned!(callOf(gemini, { contents: contents({}) }, placeOf('m')).body),
    ).toBe(false)
  })
})

describe('an answer', () => {
  const answered: ChatReply = {
    operation: 'chat',
    id: 'r1',
    model: 'm',
    createdS: null,
    choices: [
      {
        index: 0,
        parts: [
          { type: 'reasoning', text: 'sum', signature: null, sealed: 'sealed', extra: {} },
          { type: 'text', text: 'Hi', signature: 'text-sig', extra: {} },
          {
            type: 'toolCall',
            id: 'c1',
            name: 'f',
            arguments: '{"a":1}',
            signature: 's1',
            extra: {},
          },
          { type: 'toolCall', id: 'c2', name: 'g', arguments: '{"a":', extra: {} },
        ],
        ending: { finish: 'tools', word: 'tool_use', stopSequence: null },
        logprobs: {
          content: [{ token: 'H', logprob: -0.5, bytes: [72], top_logprobs: [] }],
          refusal: null,
        },
        extra: {},
      },
      {
        index: 1,
        parts: [{ type: 'refusal', text: 'No.', extra: {} }],
        ending: { finish: 'refusal', word: null, stopSequence: null },
        logprobs: null,
        extra: {},
      },
    ],
    measured: null,
    extra: {},
  }

  test('comes back as it went, whole and streamed', () => {
    const whole = gemini.readReply(
      gemini.writeReply(answered, aCall(gemini), aStamp),
      {},
    ) as ChatReply
    const writer = gemini.startWriting!(aCall(gemini), aStamp)
    const pieces = deltasOf(answered).map((delta) => writer.write([delta]))
    const streamed = foldStream(Buffer.from([...pieces, writer.end()].join('')), gemini)
    for (const reply of [whole, streamed]) {
      expect(reply.choices.map(({ ending }) => ending?.finish)).toEqual(['tools', 'filter'])
      expect(reply.choices[0]!.parts).toEqual([
        ...answered.choices[0]!.parts.slice(0, 3),
        {
          type: 'toolCall',
          id: 'c2',
          name: 'g',
          arguments: '{"malformed_arguments":"{\\"a\\":"}',
          extra: {},
        },
      ])
      expect(reply.choices[0]!.logprobs).toEqual(answered.choices[0]!.logprobs)
      expect(reply.choices[1]!.parts).toEqual([{ type: 'text', text: 'No.', extra: {} }])
    }
  })

  test('is one list for whoever did not ask for events, also when it fails', () => {
    for (const deltas of [deltasOf(answered), []]) {
      const writer = list.startWriting!(aCall(list), aStamp)
      const text = [writer.write(deltas), writer.end()].join('')
      expect(JSON.parse(text)).toBeArray()
      const failing = list.startWriting!(aCall(list), aStamp)
      const error = unsupportedContent('this', 'm')
      const failed = [failing.write(deltas), failing.fail!(error, 'id')].join('')
      expect((JSON.parse(failed) as unknown[]).at(-1)).toMatchObject({
        error: { code: 400, status: 'INVALID_ARGUMENT' },
      })
    }
  })

  test("is that list from the provider's own events too", () => {
    const framer = list.startFraming!()
    const events = ['data: {"a":1}\r\n\r\n', ': wait\n\n', 'data: {"a":2}\n\n']
    const text =
      events.map((event) => framer.frame(Buffer.from(event))).join('') + String(list.streamEnd)
    expect(JSON.parse(text)).toEqual([{ a: 1 }, { a: 2 }])
    const again = list.startFraming!()
    const broken =
      again.frame(Buffer.from(events[0]!)) +
      String(list.writeStreamError(unsupportedContent('x', 'm'), 'id'))
    expect(JSON.parse(broken)).toMatchObject([{ a: 1 }, { error: { code: 400 } }])
    expect(
      gemini.variantFor!({ ...placeOf('m'), stream: true, query: new URLSearchParams('alt=sse') }),
    ).toBe(gemini)
    expect(gemini.variantFor!(placeOf('m'))).toBe(gemini)
  })

  test.each([
    ['{"candidates":[]}', 'holds no candidates'],
    ['{}', 'holds no candidates'],
    ['[]', 'holds no candidates'],
    ['7', 'not a JSON object'],
    ['<html>', 'not JSON'],
    ['[{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}]', 'Slow down.'],
  ])('%s is a fault', (text, message) => {
    const read = (): unknown => gemini.readReply(text, {})
    expect(read).toThrow(ProviderFault)
    expect(read).toThrow(message)
  })
})

test('an error of our own is read as it was written', () => {
  const error = unsupportedContent('this', 'm').at('contents[0]').after(1_500)
  const text = gemini.writeError(error, 'req')
  expect(gemini.readError(text)).toEqual({
    code: 'unsupported_content',
    type: 'INVALID_ARGUMENT',
    message: error.message,
    param: 'contents[0]',
  })
  expect(text).toContain('"retryDelay":"1.5s"')
})

describe('schemas', () => {
  test('of the older subset become JSON Schema', () => {
    expect(
      toJsonSchema({
        type: 'OBJECT',
        nullable: true,
        propertyOrdering: ['b', 'any_of'],
        properties: {
          any_of: { type: 'STRING', format: 'enum', enum: ['x'], nullable: true },
          b: { any_of: [{ type: 'INTEGER', format: 'int32' }], nullable: true },
          c: { type: 'ARRAY', min_items: '2', items: { type: 'BOOLEAN' } },
        },
        required: ['b'],
      }),
    ).toEqual({
      type: ['object', 'null'],
      properties: {
        any_of: { type: ['string', 'null'], enum: ['x', null] },
        b: { anyOf: [{ type: 'integer', format: 'int32' }, { type: 'null' }] },
        c: { type: 'array', minItems: 2, items: { type: 'boolean' } },
      },
      required: ['b'],
    })
  })

  const tree = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {
      left: { $ref: '#/definitions/node', description: 'one side' },
      kind: { const: 'leaf' },
      size: { type: ['integer', 'null'], exclusiveMinimum: 0 },
    },
    additionalProperties: false,
    definitions: {
      node: {
        type: 'object',
        properties: { next: { $ref: '#/definitions/node', description: 'deeper' } },
      },
    },
  }

  test('keep what JSON Schema says, but that a reference stands alone', () => {
    const notes: string[] = []
    expect(fitJsonSchema(tree, (word) => notes.push(word))).toEqual({
      $schema: tree.$schema,
      type: 'object',
      properties: {
        left: {
          type: 'object',
          description: 'one side',
          properties: { next: { $ref: '#/$defs/node' } },
        },
        kind: tree.properties.kind,
        size: tree.properties.size,
      },
      additionalProperties: false,
      $defs: {
        node: {
          type: 'object',
          properties: {
            next: {
              type: 'object',
              description: 'deeper',
              properties: { next: { $ref: '#/$defs/node' } },
            },
          },
        },
      },
    })
    expect(new Set(notes)).toEqual(new Set(['-description']))
  })

  test('are cut down for models that take nothing else, with a word for each loss', () => {
    const notes = new Set<string>()
    expect(toSubset(tree, (word) => notes.add(word))).toEqual({
      type: 'OBJECT',
      properties: {
        left: {
          type: 'OBJECT',
          description: 'one side',
          properties: { next: { type: 'OBJECT', description: 'deeper' } },
        },
        kind: { type: 'STRING', format: 'enum', enum: ['leaf'] },
        size: { type: 'INTEGER', nullable: true },
      },
    })
    expect([...notes].toSorted()).toEqual(['-$ref', '-additionalProperties', '-exclusiveMinimum'])
  })
})

describe('how much to think', () => {
  const wish = { enabled: null, effort: null, budgetTokens: null, display: null }
  test.each([
    ['gemini-3-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'low' }],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'high' }],
    ['gemini-3.1-pro', { effort: 'medium' }, { thinkingLevel: 'medium' }],
    ['gemini-3-flash', { effort: 'xhigh' }, { thinkingLevel: 'high' }],
    ['gemini-flash-latest', { budgetTokens: 3_000 }, { thinkingLevel: 'low' }],
    ['gemini-3-flash', { enabled: true }, {}],
    ['gemini-2.5-flash', { effort: 'high' }, { thinkingBudget: 24_576 }],
    ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512 }],
    ['gemini-2.5-pro', { enabled: true }, { thinkingBudget: -1 }],
    ['a-name-of-ones-own', { effort: 'low', budgetTokens: 9 }, { thinkingBudget: 9 }],
  ])('%s is told %j as %j', (model, part, told) => {
    const config = writeThinking({ ...wish, ...part }, model, () => {})
    expect(config as object).toEqual({ includeThoughts: true, ...told })
  })

  test.each([
    ['gemini-3-flash', { thinkingLevel: 'minimal' }, ['reasoning_effort=minimal']],
    ['gemini-3-pro', { thinkingLevel: 'low' }, ['reasoning_effort=low']],
    ['gemini-2.5-flash', { thinkingBudget: 0 }, []],
    ['gemini-2.5-pro', { thinkingBudget: 128 }, ['thinkingBudget=128']],
    ['gemini-2.0-flash', null, []],
    ['a-name-of-ones-own', { thinkingBudget: 0 }, []],
  ])('%s is told not to by %j', (model, told, notes) => {
    const noted: string[] = []
    const config = writeThinking({ ...wish, enabled: false }, model, (word) => noted.push(word))
    expect([config, noted]).toEqual([told, notes])
  })

  test.each([
    [true, 'summarized'],
    [false, 'omitted'],
  ])('and whether thoughts are shown (%j) is what the caller said', (includeThoughts, display) => {
    const generationConfig = { thinkingConfig: { thinkingBudget: 50, includeThoughts } }
    const call = callOf(
      gemini,
      { contents: [{ parts: [{ text: 'x' }] }], generationConfig },
      placeOf('m'),
    )
    expect(chatOf(call).reasoning).toMatchObject({ budgetTokens: 50, display })
  })
})

test('what a tool answered comes back as the texts that it was', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.object().map((each) => JSON.stringify(each)),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), fc.boolean(), (texts, failed) => {
      const response = JSON.parse(JSON.stringify(writeResponse(texts, failed))) as object
      expect(readResponse(response as Record<string, unknown>)).toEqual({ texts, failed })
    }),
  )
})

test('one spelling is one spelling, whatever the object', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = inCamelCase(value)
      expect(inCamelCase(once)).toEqual(once)
    }),
  )
})
