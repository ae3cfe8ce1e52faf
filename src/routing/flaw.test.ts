import { describe, expect, test } from 'bun:test'
import { type Chat, noExtra, type ToolCallPart } from '../core/call.ts'
import type { ChatReply, Choice, Finish, ReplyPart } from '../core/reply.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { callOf } from '../dialects/meaning.suite.ts'
import { flawOf } from './flaw.ts'

const city = {
  type: 'object',
  properties: { city: { type: 'string' }, age: { type: 'integer' } },
  required: ['city'],
  additionalProperties: false,
}
const look = { type: 'function', function: { name: 'look', parameters: city } }

function chatOf(wire: object = {}): Chat {
  const messages = [{ role: 'user', content: 'Hello' }]
  const meaning = callOf(openaiChat, { model: 'task', messages, ...wire }).meaning()
  if (meaning.operation !== 'chat') throw new TypeError('a chat is a chat')
  return meaning
}

function replyOf(parts: readonly ReplyPart[], finish: Finish = 'stop'): ChatReply {
  const choice: Choice = {
    index: 0,
    parts,
    ending: { finish, word: finish, stopSequence: null },
    logprobs: null,
    extra: noExtra,
  }
  return {
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [choice],
    measured: null,
    extra: noExtra,
  }
}

function text(said: string, finish: Finish = 'stop'): ChatReply {
  return replyOf([{ type: 'text', text: said, extra: noExtra }], finish)
}

function calls(name: string, given: string): ChatReply {
  const part: ToolCallPart = { type: 'toolCall', id: 'a', name, arguments: given, extra: noExtra }
  return replyOf([part], 'tools')
}

const schema = { type: 'json_schema', json_schema: { name: 'city', schema: city } }

describe('what shows that an answer is not good enough', () => {
  test.each([
    ['a text where a document was wanted', text('Paris'), { response_format: schema }, 'schema'],
    ['a document that does not fit', text('{"city":1}'), { response_format: schema }, 'schema'],
    ['a member too many', text('{"city":"a","b":1}'), { response_format: schema }, 'schema'],
    ['no JSON', text('{"city":'), { response_format: { type: 'json_object' } }, 'schema'],
    ['a tool that there is not', calls('see', '{"city":"a"}'), { tools: [look] }, 'tools'],
    ['arguments that are no JSON', calls('look', '{"city'), { tools: [look] }, 'tools'],
    ['arguments that do not fit', calls('look', '{"age":1}'), { tools: [look] }, 'tools'],
    ['a tool not called', text('Hm.'), { tools: [look], tool_choice: 'required' }, 'tools'],
    ['an end before the end', text('It is', 'length'), {}, 'finish'],
    ['what its provider cut off', text('It is', 'filter'), {}, 'finish'],
    ['nothing', text(' \n'), {}, 'finish'],
    [
      'thoughts without an answer',
      replyOf([{ type: 'reasoning', text: 'Hm', signature: null, sealed: null, extra: noExtra }]),
      {},
      'finish',
    ],
    ['a refusal', replyOf([{ type: 'refusal', text: 'No.', extra: noExtra }]), {}, 'refusal'],
    ['words of a refusal', text('I’m sorry, but I can’t help with that.'), {}, 'refusal'],
    ['others', text('As an AI language model, I have no view.'), {}, 'refusal'],
  ] as const)('%s', (_what, reply, wire, signal) => {
    expect(flawOf(reply, chatOf(wire))?.signal).toBe(signal)
  })

  test.each([
    ['a text', text('The tide is high.'), {}],
    ['a document', text('{"city":"Paris","age":2000}'), { response_format: schema }],
    ['a call of a tool', calls('look', '{"city":"Paris"}'), { tools: [look] }],
    [
      'a call without arguments',
      calls('go', ''),
      { tools: [{ type: 'function', function: { name: 'go' } }] },
    ],
    [
      'a tool beside a document',
      calls('look', '{"city":"a"}'),
      { tools: [look], response_format: schema },
    ],
    ['an end that the caller set', text('It is', 'length'), { max_tokens: 2 }],
    [
      'a long text that begins with regret',
      text(`Sorry is a word. ${'So it is. '.repeat(60)}`),
      {},
    ],
  ] as const)('%s is none', (_what, reply, wire) => {
    expect(flawOf(reply, chatOf(wire))).toBeNull()
  })

  test('is told in no word of the answer', () => {
    const secret = 'Bertha Quillfeather'
    for (const reply of [text(secret), calls(secret, '{}'), calls('look', `{"city":"${secret}"`)]) {
      const flaw = flawOf(reply, chatOf({ tools: [look], response_format: schema }))
      expect(flaw).not.toBeNull()
      expect(flaw!.says).not.toContain('Quillfeather')
    }
  })
})
