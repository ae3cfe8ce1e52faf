import { describe, expect, test } from 'bun:test'
import { readJsonObject } from '../../core/json.ts'
import type { ChatReply, ReplyPart } from '../../core/reply.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { anthropic } from '../../providers/anthropic.ts'
import { mistral } from '../../providers/mistral.ts'
import { resumedCall, unfinished } from './resume-call.ts'

const text = (said: string): ReplyPart => ({ type: 'text', text: said, extra: {} })
const thought: ReplyPart = {
  type: 'reasoning',
  text: 'hm',
  signature: null,
  sealed: null,
  extra: {},
}
const toolCall: ReplyPart = { type: 'toolCall', id: 'a', name: 'look', arguments: '{"q', extra: {} }

describe('what can be continued', () => {
  test('is text, also behind a thought', () => {
    expect(unfinished(callOf(), replyOf([thought, text('Once upon a ')]))).toBe('Once upon a ')
  })

  test.each([
    ['nothing', []],
    ['white space', [text(' \n')]],
    ['a thought', [thought]],
    ['half a call', [toolCall]],
    ['a text with a call behind it', [text('I look it up.'), toolCall]],
    ['a refusal', [{ type: 'refusal', text: 'I can', extra: {} } satisfies ReplyPart]],
  ] as const)('is not %s', (_, parts) => {
    expect(unfinished(callOf(), replyOf([...parts]))).toBeNull()
  })

  test('is not one of several answers, nor one that had ended, nor half a document', () => {
    const half = replyOf([text('Once')])
    expect(unfinished(callOf({ n: 2 }), half)).toBeNull()
    expect(unfinished(callOf({ response_format: { type: 'json_object' } }), half)).toBeNull()
    const ending = { finish: 'stop', word: 'stop', stopSequence: null } as const
    const whole = { ...half, choices: half.choices.map((choice) => ({ ...choice, ending })) }
    expect(unfinished(callOf(), whole)).toBeNull()
  })
})

describe('the call that goes on', () => {
  test('puts what was said in front of a request to go on, and asks for what is left', () => {
    const { call, word } = resumed('Once upon a ', 'mistral-large-latest', {})!
    expect(word).toBe('resume~prompt')
    const { messages, ...rest } = written(call)
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(messages[1]!.content).toBe('Once upon a')
    expect(rest).toMatchObject({ stream: true })
    const left = Number(rest['max_tokens'])
    expect([left > 40, left < 50]).toEqual([true, true])
  })

  test('begins the turn of a model that goes on from one, with its own mark', () => {
    const quirks = mistral.doors.chat![0]!.quirks!
    const { call, word } = resumed('Once upon a ', 'mistral-large-latest', quirks)!
    expect(word).toBe('resume~prefill')
    const { messages } = written(call)
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'Once upon a', prefix: true })
    expect(resumed('Once', 'magistral-medium-latest', quirks)!.word).toBe('resume~prompt')
  })

  test('begins no turn of a Claude that refuses it, or that is to think', () => {
    const quirks = anthropic.doors.chat![0]!.quirks!
    const words = [
      'claude-sonnet-4-5',
      'claude-3-5-haiku-latest',
      'claude-opus-4-6',
      'claude-sonnet-5',
    ]
    expect(words.map((model) => resumed('Once', model, quirks)!.word)).toEqual([
      'resume~prefill',
      'resume~prefill',
      'resume~prompt',
      'resume~prompt',
    ])
    const thinking = callOf({ reasoning_effort: 'high' })
    const target = { model: 'claude-sonnet-4-5', quirks }
    expect(resumedCall(thinking, 'Once', anthropicMessages, target)!.word).toBe('resume~prompt')
  })

  test('is not made where the limit of the caller leaves nothing to say', () => {
    const said = 'word '.repeat(200)
    expect(resumed(said, 'mistral-large-latest', {})).toBeNull()
  })
})

function callOf(fields: object = {}) {
  const body = {
    model: 'acme/m',
    max_tokens: 50,
    stream: true,
    messages: [{ role: 'user', content: 'Tell me a story.' }],
    ...fields,
  }
  return openaiChat.readCall(readJsonObject(JSON.stringify(body)))
}

function replyOf(parts: readonly ReplyPart[]): ChatReply {
  return {
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [{ index: 0, parts, ending: null, logprobs: null, extra: {} }],
    measured: null,
    extra: {},
  }
}

function resumed(said: string, model: string, quirks: object) {
  return resumedCall(callOf(), said, openaiChat, { model, quirks })
}

function written(call: ReturnType<typeof callOf>) {
  const target = { model: 'mistral-large-latest', quirks: {}, outputMax: null }
  return JSON.parse(openaiChat.writeCall(call, target).text) as Record<string, unknown> & {
    messages: { role: string; content: string; prefix?: boolean }[]
  }
}
