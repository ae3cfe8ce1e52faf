import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { providerFailed } from '../../core/errors.ts'
import { Fold } from '../../core/fold.ts'
import type { Delta, Finish } from '../../core/reply.ts'
import { ProviderFault } from '../dialect.ts'
import { aCall, aStamp, callOf, foldStream, writeStream } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { SseParser, sseText } from '../sse.ts'
import { writeAnnotations } from './answer.ts'
import { openaiResponses } from './index.ts'

const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 10 },
  total_tokens: 130,
}

function whole(response: object) {
  const text = JSON.stringify({ id: 'resp_1', object: 'response', model: 'm', ...response })
  const reply = openaiResponses.readReply(text, {})
  if (reply.operation !== 'chat') throw new Error('no chat')
  return { ...reply, choice: reply.choices[0]! }
}

const said = { type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }

test('a citation that is none is left out, and the text stays', () => {
  const citation = { type: 'url_citation', url: 'https://a.example', title: 'a' }
  const content = [{ type: 'output_text', text: 'Hi', annotations: [null, 3, citation] }]
  const { choice } = whole({ output: [{ type: 'message', content }] })
  expect(choice.parts).toMatchObject([
    { text: 'Hi', extra: { annotations: [{ type: 'url_citation' }] } },
  ])
  expect(writeAnnotations({ annotations: [null, 'a', citation] })).toEqual([citation])
})

test('citations of a message in several pieces are told once', () => {
  const citation = { type: 'url_citation', url_citation: { url: 'https://a.example' } }
  const content = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]
  const answer = { choices: [{ index: 0, message: { content, annotations: [citation] } }] }
  const reply = openaiChat.readReply(JSON.stringify(answer), {})
  const told = openaiResponses.writeReply(reply, aCall(openaiResponses), aStamp)
  expect(told.split('https://a.example')).toHaveLength(2)
})

describe('the citations of a stream', () => {
  const fields = { url: 'https://a.example', title: 'a', start_index: 0, end_index: 2 }
  const [nested, flat] = [
    { type: 'url_citation', url_citation: fields },
    { type: 'url_citation', ...fields },
  ]
  const stream = (...events: object[]) =>
    Buffer.from(events.map((event) => sseText(JSON.stringify(event))).join(''))
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'c',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const item = {
    type: 'message',
    content: [{ type: 'output_text', text: 'Hi', annotations: [flat] }],
  }
  const [begins, noted, ends, over] = [
    { type: 'response.output_text.delta', output_index: 0, delta: 'Hi' },
    { type: 'response.output_text.annotation.added', output_index: 0, annotation: flat },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { status: 'completed', output: [item] } },
  ]

  test.each([
    ['behind the text', openaiChat, [chunk({ content: 'Hi' }), chunk({ annotations: [nested] })]],
    ['before it', openaiChat, [chunk({ annotations: [nested] }), chunk({ content: 'Hi' })]],
    ['one by one', openaiResponses, [begins, noted, ends, over]],
    ['with the item', openaiResponses, [begins, ends, over]],
    ['with the item alone', openaiResponses, [ends, over]],
  ] as const)('that come %s are told once, in either dialect', (_, dialect, events) => {
    const reply = foldStream(stream(...events), dialect)
    const [part] = reply.choices[0]!.parts
    expect(part).toMatchObject({ text: 'Hi', extra: { annotations: [nested] } })
    for (const other of [openaiChat, openaiResponses]) {
      const written = Buffer.from(writeStream(reply, other))
      expect(foldStream(written, other).choices[0]!.parts[0]).toMatchObject(part!)
    }
    expect(String(writeStream(reply, openaiChat)).split('https://a.example')).toHaveLength(2)
  })
})

describe('how an answer ended', () => {
  test.each([
    [{ status: 'completed' }, 'stop', 'completed'],
    [{ status: 'complete' }, 'stop', 'complete'],
    [
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'length',
      'max_output_tokens',
    ],
    [
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      'filter',
      'content_filter',
    ],
    [{ status: 'incomplete', incomplete_details: { reason: 'boredom' } }, 'error', 'boredom'],
    [{ status: 'cancelled' }, 'error', 'cancelled'],
    [{ status: 'failed' }, 'error', 'failed'],
    [{ status: 'in_progress' }, 'error', 'in_progress'],
    [{ status: 'toString' }, 'error', 'toString'],
  ])('%j is %s', (response, finish, word) => {
    expect(whole({ ...response, output: [said] }).choice.ending).toMatchObject({ finish, word })
  })

  test('is not known when the provider does not say', () => {
    expect(whole({ output: [said] }).choice.ending).toBeNull()
    expect(whole({ status: 'incomplete', output: [said] }).choice.ending).toBeNull()
  })

  test('with a call is for tools', () => {
    const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }
    expect(whole({ status: 'completed', output: [call] }).choice.ending?.finish).toBe('tools')
  })

  test.each([
    ['stop', 'completed', null],
    ['tools', 'completed', null],
    ['length', 'incomplete', 'max_output_tokens'],
    ['filter', 'incomplete', 'content_filter'],
    ['refusal', 'incomplete', 'content_filter'],
    ['pause', 'incomplete', null],
    ['error', 'failed', null],
  ] as const satisfies readonly (readonly [Finish, string, string | null])[])(
    '%s is written as %s',
    (finish, status, reason) => {
      const deltas: Delta[] = [
        { type: 'text', choice: 0, text: 'Hi' },
        { type: 'finish', choice: 0, ending: { finish, word: 'odd', stopSequence: null } },
      ]
      const writer = openaiResponses.startWriting!(aCall(openaiResponses), aStamp)
      const events = eventsOf(`${String(writer.write(deltas))}${String(writer.end())}`)
      const last = events.at(-1)! as unknown as { type: string; response: Record<string, unknown> }
      expect(last.type).toBe(`response.${status}`)
      expect(last.response).toMatchObject({
        status,
        incomplete_details: reason === null ? null : { reason },
      })
      if (finish === 'error') expect(JSON.stringify(last.response['error'])).toContain('odd')
      else expect(last.response['error']).toBeNull()
    },
  )

  test('without an answer is a fault, in the provider’s words', () => {
    for (const response of [
      { status: 'failed', output: [], error: { code: 'server_error', message: 'Out of luck' } },
      { status: 'queued', output: [] },
      { error: { message: 'No such model', code: 'model_not_found' } },
      {},
    ]) {
      expect(() => whole(response)).toThrow(ProviderFault)
    }
    expect(() => openaiResponses.readReply('<html>', {})).toThrow(ProviderFault)
  })
})

describe('an answer', () => {
  test('is read with its parts, its seals and its counts', () => {
    const reply = whole({
      status: 'completed',
      created_at: 7,
      output: [
        {
          type: 'reasoning',
          id: 'rs',
          summary: [{ type: 'summary_text', text: 'Hm' }],
          encrypted_content: 'x',
        },
        { type: 'web_search_call', id: 'ws', status: 'completed', action: { type: 'search' } },
        {
          type: 'message',
          content: [
            {
              type: 'output_text',
              text: 'Hi',
              logprobs: [{ token: 'Hi', logprob: -1, bytes: [], top_logprobs: [] }],
              annotations: [
                {
                  type: 'url_citation',
                  url: 'https://a.example',
                  title: 'A',
                  start_index: 0,
                  end_index: 2,
                },
              ],
            },
            { type: 'refusal', refusal: 'No' },
          ],
        },
        { type: 'function_call', id: 'fc', call_id: 'a', name: 'f', arguments: '{"a":1}' },
      ],
      usage,
    })
    expect(reply.choice.parts).toMatchObject([
      { type: 'reasoning', text: 'Hm', sealed: 'x' },
      { type: 'foreign', value: { id: 'ws' } },
      {
        type: 'text',
        text: 'Hi',
        extra: {
          annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example' } }],
        },
      },
      { type: 'refusal', text: 'No' },
      { type: 'toolCall', id: 'a', name: 'f', arguments: '{"a":1}' },
    ])
    expect(reply.choice.logprobs).toMatchObject({ content: [{ token: 'Hi' }] })
    expect(reply.createdS).toBe(7)
    expect(reply.measured!.usage).toMatchObject({
      input: 60,
      cacheRead: 40,
      output: 20,
      reasoning: 10,
      search: 1,
    })
  })

  test('has the gateway’s own id when its provider’s is of another dialect', () => {
    const reply = {
      operation: 'chat',
      id: 'chatcmpl-1',
      model: null,
      createdS: null,
      choices: [],
      measured: null,
      extra: {},
    } as const
    const written = JSON.parse(
      openaiResponses.writeReply(reply, aCall(openaiResponses), aStamp),
    ) as object
    expect(written).toMatchObject({
      id: 'resp_call',
      model: aStamp.model,
      usage: null,
      status: 'incomplete',
    })
  })

  test('repeats what was asked for, and not what was meant for the gateway', () => {
    const call = callOf(openaiResponses, {
      model: 'task',
      input: 'x',
      instructions: 'Be brief.',
      temperature: 0,
      metadata: { 'x-freehold-session': 's', team: 'maps' },
      previous_response_id: 'resp_0',
    })
    const reply = {
      operation: 'chat',
      id: null,
      model: 'm',
      createdS: 1,
      choices: [],
      measured: null,
      extra: {},
    } as const
    expect(JSON.parse(openaiResponses.writeReply(reply, call, aStamp))).toMatchObject({
      instructions: 'Be brief.',
      temperature: 0,
      top_p: null,
      metadata: { team: 'maps' },
      previous_response_id: 'resp_0',
    })
  })
})

interface Event {
  readonly type: string
  readonly sequence_number: number
}

function eventsOf(stream: string): readonly Event[] {
  return new SseParser()
    .feed(Buffer.from(stream))
    .flatMap(({ event }) => (event ? (JSON.parse(event.data) as Event) : []))
}

function streamed(...events: readonly object[]): string {
  return events.map((event) => sseText(JSON.stringify(event))).join('')
}

const created = { type: 'response.created', response: { id: 'resp_1', model: 'm', created_at: 1 } }
const completed = {
  type: 'response.completed',
  response: { id: 'resp_1', model: 'm', status: 'completed', output: [said], usage },
}

describe('a stream', () => {
  test('that gives items whole at their end is read all the same', () => {
    const call = { type: 'function_call', id: 'fc', call_id: 'a', name: 'f', arguments: '{"a":1}' }
    const reply = foldStream(
      Buffer.from(
        streamed(
          created,
          {
            type: 'response.output_item.done',
            output_index: 0,
            item: {
              type: 'reasoning',
              summary: [],
              content: [{ type: 'reasoning_text', text: 'Hm' }],
            },
          },
          { type: 'response.output_item.done', output_index: 1, item: said },
          { type: 'response.output_item.done', output_index: 2, item: call },
          { type: 'response.completed', response: { status: 'completed', output: [], usage } },
        ),
      ),
      openaiResponses,
    )
    expect(reply.choices[0]).toMatchObject({
      parts: [{ text: 'Hm' }, { text: 'Hi' }, { id: 'a', name: 'f', arguments: '{"a":1}' }],
      ending: { finish: 'tools' },
    })
  })

  test('that gives nothing but its last event is read from it', () => {
    const reply = foldStream(Buffer.from(streamed(completed)), openaiResponses)
    expect(reply).toMatchObject({
      id: 'resp_1',
      model: 'm',
      choices: [{ parts: [{ text: 'Hi' }] }],
    })
    expect(reply.measured!.usage.output).toBe(20)
  })

  test('parts its summary as a whole answer does, and reads one kind of thoughts', () => {
    const delta = (summary: number, text: string) => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index: summary,
      delta: text,
    })
    const reply = foldStream(
      Buffer.from(
        streamed(
          created,
          { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning' } },
          delta(0, 'One'),
          delta(0, ' two'),
          delta(1, 'Three'),
          {
            type: 'response.reasoning_text.delta',
            output_index: 0,
            content_index: 0,
            delta: 'raw',
          },
          {
            type: 'response.output_item.done',
            output_index: 0,
            item: { type: 'reasoning', encrypted_content: 's' },
          },
          completed,
        ),
      ),
      openaiResponses,
    )
    expect(reply.choices[0]!.parts).toMatchObject([{ text: 'One two\n\nThree', sealed: 's' }])
  })

  test.each([
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow down', param: null }],
    [{ type: 'error', error: { code: 'rate_limit_exceeded', message: 'Slow down' } }],
    [
      {
        type: 'response.failed',
        response: {
          status: 'failed',
          error: { code: 'rate_limit_exceeded', message: 'Slow down' },
        },
      },
    ],
  ])('tells of an error after it was created: %j', (event) => {
    const read = () => foldStream(Buffer.from(streamed(created, event)), openaiResponses)
    expect(read).toThrow('Slow down')
    try {
      read()
    } catch (error) {
      expect((error as ProviderFault).words).toMatchObject({ code: 'rate_limit_exceeded' })
    }
  })

  test('that broke off goes on with an error and a failed response, in number', () => {
    const reader = openaiResponses.startReading!({})
    for (const [at, event] of [created, { type: 'response.in_progress' }].entries()) {
      reader.read({
        event: 'message',
        data: JSON.stringify({ ...event, sequence_number: at }),
        id: null,
      })
    }
    const events = eventsOf(reader.fail!(providerFailed('acme', 'it broke off'), 'request'))
    expect(events).toMatchObject([
      {
        type: 'error',
        sequence_number: 2,
        code: 'provider_failed',
        error: { code: 'provider_failed' },
      },
      { type: 'response.failed', sequence_number: 3, response: { id: 'resp_1', status: 'failed' } },
    ])
  })

  test('is what was written, whatever came in it', () => {
    const choice = 0
    const text = fc.string({ minLength: 1, maxLength: 12 })
    const piece = fc.oneof(
      fc.record({ type: fc.constant('text' as const), choice: fc.constant(choice), text }),
      fc.record({ type: fc.constant('refusal' as const), choice: fc.constant(choice), text }),
      fc.record({ type: fc.constant('reasoning' as const), choice: fc.constant(choice), text }),
      fc.record({
        type: fc.constant('seal' as const),
        choice: fc.constant(choice),
        signature: fc.constant(null),
        sealed: text.filter((sealed) => !sealed.startsWith('signature:')),
      }),
      fc.constant('tool' as const),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (pieces, summary) => {
          let tools = 0
          const deltas = pieces.flatMap((each): Delta[] => {
            if (each !== 'tool') return [each]
            const index = tools
            tools += 1
            return [
              { type: 'tool', choice, index, id: `call_${index}`, name: 'f' },
              { type: 'arguments', choice, index, text: '{"a":' },
              { type: 'arguments', choice, index, text: '1}' },
            ]
          })
          const finish = tools > 0 ? 'tools' : 'stop'
          deltas.push({
            type: 'finish',
            choice,
            ending: { finish, word: 'completed', stopSequence: null },
          })
          const call = callOf(openaiResponses, {
            model: 'task',
            input: 'x',
            ...(summary && { reasoning: { summary: 'auto' } }),
          })
          const writer = openaiResponses.startWriting!(call, aStamp)
          const stream = `${String(writer.write(deltas))}${String(writer.end())}`
          const wanted = new Fold()
          for (const delta of deltas) wanted.take(delta)
          const read = foldStream(Buffer.from(stream), openaiResponses)
          expect(read.choices).toEqual(wanted.reply().choices)
          const events = eventsOf(stream)
          expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at))
          // The last event tells all that came, as a whole answer would.
          const last = (events.at(-1) as unknown as { response: object }).response
          const again = openaiResponses.readReply(JSON.stringify(last), {})
          expect(again).toMatchObject({ choices: wanted.reply().choices })
          expect(last).toEqual(JSON.parse(openaiResponses.writeReply(wanted.reply(), call, aStamp)))
        },
      ),
      { numRuns: 200 },
    )
  })
})
