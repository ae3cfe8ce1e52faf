import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { noExtra } from '../../core/call.ts'
import type { ChatReply, Finish } from '../../core/reply.ts'
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
import { openaiCompletions as dialect } from './index.ts'

describe('a prompt', () => {
  test('keeps its text at a provider of the same dialect, whatever it is made of', () => {
    const text = '{"prompt": [[1, 2], "x"],  "model":"task", "best_of":2, "logit_bias":null}'
    const { text: sent, adapted } = dialect.writeCall(callOf(dialect, text), aTarget('davinci-002'))
    expect(sent).toBe('{"prompt": [[1, 2], "x"],  "model":"davinci-002", "best_of":2}')
    expect(adapted).toEqual([])
  })

  test('is one message for a model that chats, with what can be said of it there', () => {
    const call = callOf(dialect, {
      model: 'task',
      prompt: 'Once upon',
      suffix: 'the end',
      echo: true,
      best_of: 3,
      logprobs: 2,
      stop: '\n',
      max_tokens: 30,
      n: 2,
      min_p: 0.1,
    })
    expect(call.reworded).toEqual(['prompt>messages'])
    const { text, adapted } = openaiChat.writeCall(call, aTarget('large'))
    expect(JSON.parse(text)).toEqual({
      model: 'large',
      messages: [{ role: 'user', content: 'Once upon' }],
      max_tokens: 30,
      n: 2,
      stop: ['\n'],
      logprobs: true,
      top_logprobs: 2,
      min_p: 0.1,
    })
    expect(adapted).toEqual(['-suffix', '-echo', '-best_of'])
  })

  test('says nothing of what was switched off or stands at its default', () => {
    const body = { model: 'task', prompt: ['x'], suffix: '', echo: false, best_of: 1 }
    expect(chatOf(callOf(dialect, body)).native).toEqual([])
  })

  test.each([
    [['one', 'two'], /several prompts/],
    [
      [
        [1, 2],
        [3, 4],
      ],
      /several prompts/,
    ],
    [[[1, 2]], /token numbers/],
    [[1, 2], /token numbers/],
  ])('of %j has no words in a chat', (prompt, words) => {
    const call = callOf(dialect, { model: 'task', prompt })
    expect(() => openaiChat.writeCall(call, aTarget('large'))).toThrow(
      expect.objectContaining({
        code: 'unsupported_content',
        message: expect.stringMatching(words),
      }),
    )
  })

  test.each([
    [undefined, /'prompt' has to be a text/],
    [[], /not an empty list/],
    [[{}], /'prompt\[0\]'/],
    [[1, 'x'], /'prompt\[0\]'/],
    [[[]], /'prompt\[0\]'/],
  ])('that is %j is refused with its place', (prompt, words) => {
    expect(() => callOf(dialect, { model: 'task', prompt })).toThrow(words)
  })

  test('holds for every answer that is made, though only the best are shown', () => {
    const answers = (body: object) => callOf(dialect, { model: 'task', ...body })
    expect(answers({ prompt: 'x' })).toMatchObject({ n: 1, nMade: 1 })
    expect(answers({ prompt: ['x', 'y'], n: 2, best_of: 5 })).toMatchObject({ n: 4, nMade: 10 })
  })

  test('of another dialect never comes here: its turns would be lost', () => {
    const chat = callOf(openaiChat, { model: 'task', messages: [{ role: 'user', content: 'x' }] })
    expect(() => dialect.writeCall(chat, aTarget('davinci-002'))).toThrow(/a conversation/)
  })

  test('asks for the usage of its stream, unless the server refuses to be asked', () => {
    const call = callOf(dialect, { model: 'm', prompt: 'x', stream: true })
    expect(JSON.parse(dialect.writeCall(call, aTarget('m')).text)).toMatchObject({
      stream_options: { include_usage: true },
    })
    const asked = callOf(dialect, {
      model: 'm',
      prompt: 'x',
      stream: true,
      stream_options: { include_usage: true },
    })
    const refused = dialect.writeCall(asked, aTarget('m', { streamUsage: 'refused' }))
    expect(JSON.parse(refused.text)).not.toHaveProperty('stream_options')
    expect(refused.adapted).toEqual(['-stream_options'])
  })
})

describe('a text', () => {
  const answer = (finish: unknown, more: object = {}): string =>
    JSON.stringify({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [{ text: 'so', index: 0, logprobs: null, finish_reason: finish, ...more }],
    })

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'filter'],
    ['eos_token', 'stop'],
    ['stop_sequence', 'stop'],
    ['abort', 'error'],
    ['a word of tomorrow', 'error'],
  ] satisfies [string, Finish][])(
    'that ends with %p ended as %p, with the word kept',
    (word, finish) => {
      const [choice] = (dialect.readReply(answer(word), {}) as ChatReply).choices
      expect(choice!.ending).toEqual({ finish, word, stopSequence: null })
    },
  )

  test('of TGI still runs while its word for the end is empty', () => {
    expect((dialect.readReply(answer(''), {}) as ChatReply).choices[0]!.ending).toBeNull()
  })

  test('tells which stop sequence was met, where vLLM does', () => {
    const reply = dialect.readReply(answer('stop', { stop_reason: '###' }), {}) as ChatReply
    expect(reply.choices[0]!.ending!.stopSequence).toBe('###')
  })

  test('that is an error under 200 is a fault with its words', () => {
    const fault = (text: string): unknown => {
      try {
        return dialect.readReply(text, {})
      } catch (error) {
        return error
      }
    }
    expect(fault('{"error":{"message":"no slot","type":"unavailable_error"}}')).toMatchObject({
      words: { message: 'no slot', type: 'unavailable_error' },
    })
    for (const text of ['<html>', '[]', '{"id":1}'])
      expect(fault(text)).toBeInstanceOf(ProviderFault)
  })

  test('is written with nothing but what this dialect has', () => {
    const reply: ChatReply = {
      operation: 'chat',
      id: null,
      model: null,
      createdS: null,
      choices: [
        {
          index: 0,
          parts: [
            { type: 'reasoning', text: 'hm', signature: null, sealed: null, extra: noExtra },
            { type: 'text', text: 'so', extra: noExtra },
          ],
          ending: { finish: 'filter', word: 'SAFETY', stopSequence: null },
          logprobs: null,
          extra: noExtra,
        },
      ],
      measured: null,
      extra: noExtra,
    }
    expect(JSON.parse(dialect.writeReply(reply, aCall(dialect), aStamp))).toEqual({
      id: 'cmpl-call',
      object: 'text_completion',
      created: aStamp.nowS,
      model: 'vendor/model',
      choices: [{ text: 'so', index: 0, logprobs: null, finish_reason: 'content_filter' }],
    })
  })
})

describe('log probabilities', () => {
  const column = fc.array(
    fc.record({
      token: fc.string({ maxLength: 6 }),
      chance: fc.option(fc.integer({ min: -900, max: 0 }).map((value) => value / 100)),
      top: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), fc.constant(-1.5)),
    }),
  )

  test('keep their columns through the shape of a chat', () => {
    fc.assert(
      fc.property(column, (tokens) => {
        let offset = 0
        const logprobs = {
          tokens: tokens.map(({ token }) => token),
          token_logprobs: tokens.map(({ chance }) => chance),
          top_logprobs: tokens.map(({ top }) => top),
          text_offset: tokens.map(({ token }) => {
            offset += token.length
            return offset - token.length
          }),
        }
        const text = logprobs.tokens.join('')
        const wire = { id: 'c', model: 'm', choices: [{ text, index: 0, logprobs }] }
        const reply = dialect.readReply(JSON.stringify(wire), {})
        const again = JSON.parse(dialect.writeReply(reply, aCall(dialect), aStamp)) as typeof wire
        expect(again.choices[0]!.logprobs).toEqual(logprobs)
      }),
    )
  })

  test('of a stream go on where the last ended', () => {
    const chunk = (text: string): string =>
      sseText(
        JSON.stringify({
          id: 'c',
          model: 'm',
          choices: [
            {
              text,
              index: 0,
              logprobs: {
                tokens: [text],
                token_logprobs: [-1],
                top_logprobs: null,
                text_offset: [0],
              },
            },
          ],
        }),
      )
    const last = sseText('{"choices":[{"text":"","index":0,"finish_reason":"stop"}]}')
    const bytes = Buffer.from(`${chunk('nau')}${chunk('ght')}${last}${sseText('[DONE]')}`)
    const reply = foldStream(bytes, dialect)
    const told = Buffer.from(writeStream(reply, dialect)).toString()
    expect(told).toContain('"text_offset":[0,3]')
    const writer = dialect.startWriting!(aCall(dialect), aStamp)
    const logprobs = { content: [{ token: 'nau', logprob: -1, bytes: [], top_logprobs: [] }] }
    const together = String(
      writer.write([
        { type: 'text', choice: 0, text: 'nau' },
        { type: 'logprobs', choice: 0, logprobs },
      ]),
    )
    expect(together.match(/data: /g)).toHaveLength(1)
    expect(together).toContain('"text":"nau"')
    expect(together).toContain('"tokens":["nau"]')
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(foldStream([bytes.subarray(0, cut), bytes.subarray(cut)], dialect)).toEqual(reply)
    }
  })
})
