import { describe, expect, test } from 'bun:test'
import type { Chat } from '../../core/call.ts'
import type { ChatReply, ReplyPart } from '../../core/reply.ts'
import { readJsonObject } from '../../core/json.ts'
import { noUsage } from '../../core/usage.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import type { Emulates } from '../../dialects/dialect.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { type Emulation, emulationOf, folded } from './emulation.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const named = { type: 'json_schema', json_schema: { name: 'place', schema } }

function callOf(more: object) {
  const wire = { model: 'm', messages: [{ role: 'user', content: 'Where?' }], ...more }
  return openaiChat.readCall(readJsonObject(JSON.stringify(wire)))
}

function of(more: object, emulates: Emulates): Emulation | null {
  return emulationOf(callOf(more), openaiChat, { emulates }, 'm-1')
}

function asked({ call }: Pick<Emulation, 'call'>): Chat {
  return call.meaning() as Chat
}

const text = (said: string): ReplyPart => ({ type: 'text', text: said, extra: {} })
const toolCall = (name: string, args: string): ReplyPart => ({
  type: 'toolCall',
  id: 'c1',
  name,
  arguments: args,
  extra: {},
})

function replyOf(...parts: ReplyPart[]): ChatReply {
  const finish = parts.some(({ type }) => type === 'toolCall') ? 'tools' : 'stop'
  const ending = { finish, word: finish, stopSequence: null } as const
  return {
    operation: 'chat',
    id: 'a',
    model: 'm-1',
    createdS: 1,
    choices: [{ index: 0, parts, ending, logprobs: null, extra: {} }],
    measured: null,
    extra: {},
  }
}

function textIn({ choices }: ChatReply): string {
  return choices[0]!.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

test('a call that asks for none of it is not even read', () => {
  const call = callOf({ tools: [], temperature: 1 })
  let reads = 0
  const unread = { ...call, meaning: () => ((reads += 1), call.meaning()) }
  const emulates: Emulates = { schema: { by: 'json' }, n: {}, toolChoice: {}, stop: { max: 0 } }
  expect(emulationOf(unread, openaiChat, { emulates }, 'm')).toBeNull()
  expect(reads).toBe(0)
})

test('a call of which the provider can do everything is left alone', () => {
  expect(emulationOf(callOf({ response_format: named, n: 3 }), openaiChat, {}, 'm')).toBeNull()
  expect(of({}, { schema: { by: 'prompt' }, n: {}, toolChoice: {}, stop: { max: 4 } })).toBeNull()
  expect(of({ response_format: named }, { schema: { models: /^other/, by: 'tool' } })).toBeNull()
  expect(of({ n: 99 }, { n: {} })).toBeNull()
})

describe('a JSON Schema', () => {
  test('is told in words, in the JSON mode where there is one', () => {
    const emulation = of({ response_format: named }, { schema: { by: 'json' } })!
    expect(emulation.words).toEqual(['response_format~prompt'])
    const { messages, format } = asked(emulation)
    expect(format).toEqual({ kind: 'json' })
    expect(JSON.stringify(messages[0])).toContain(
      JSON.stringify(JSON.stringify(schema)).slice(1, -1),
    )
    expect(asked(of({ response_format: named }, { schema: { by: 'prompt' } })!).format).toBeNull()
  })

  test('is told behind the instructions that are there', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Where?' },
    ]
    const chat = asked(of({ response_format: named, messages }, { schema: { by: 'prompt' } })!)
    expect(chat.messages.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(chat.messages[0]!.parts[0]).toMatchObject({ text: 'Be brief.' })
  })

  test('is looked for in what comes, and asked for again with what is wrong', () => {
    const emulation = of({ response_format: named }, { schema: { by: 'prompt' } })!
    const fenced = replyOf(text('```json\n{"city": "Oslo", "people": 12345678901234567890}\n```'))
    expect(emulation.check(fenced)).toBeNull()
    expect(textIn(emulation.give(fenced))).toBe('{"city": "Oslo", "people": 12345678901234567890}')
    expect(emulation.check(replyOf(text('Oslo, of course.')))).toBe('it is no JSON')
    const wrong = replyOf(text('{"city":7}'))
    const why = emulation.check(wrong)!
    expect(why).toBe('city has to be string, not 7')
    const { messages } = emulation.again(wrong, why).meaning() as Chat
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(JSON.stringify(messages.at(-1))).toContain(why)
  })

  test('is not looked for in an answer that is none: a refusal, one cut short, a call of a tool', () => {
    const emulation = of({ response_format: named }, { schema: { by: 'prompt' } })!
    const cut = replyOf(text('{"ci'))
    const ending = { finish: 'length', word: 'length', stopSequence: null } as const
    expect(emulation.check({ ...cut, choices: [{ ...cut.choices[0]!, ending }] })).toBeNull()
    expect(emulation.check(replyOf({ type: 'refusal', text: 'No.', extra: {} }))).toBeNull()
    expect(emulation.check(replyOf(toolCall('look', '{}')))).toBeNull()
  })

  test.each(['prompt', 'json', 'tool'] as const)(
    'by %s leaves a call of the caller’s own tool, whatever stands beside it',
    (by) => {
      const own = toolCall('weather', '{}')
      const emulation = of({ response_format: named }, { schema: { by } })!
      const beside = by === 'tool' ? [toolCall('give_answer', '{"city":"Oslo"}')] : []
      const reply = replyOf(text('{"city":"Oslo"}'), ...beside, own)
      expect(emulation.check(reply)).toBeNull()
      const [choice] = emulation.give(reply).choices
      expect(choice!.parts).toEqual([text('{"city":"Oslo"}'), own])
      expect(choice!.ending!.finish).toBe('tools')
    },
  )

  test('is the schema of a tool that has to be called, whose arguments become the text', () => {
    const emulation = of({ response_format: named }, { schema: { by: 'tool' } })!
    const { tools, toolChoice, format } = asked(emulation)
    expect(format).toBeNull()
    expect(tools).toMatchObject([{ name: 'give_answer', schema }])
    expect(toolChoice).toEqual({ kind: 'tool', name: 'give_answer' })
    const reply = emulation.give(replyOf(toolCall('give_answer', '{"city":"Oslo"}')))
    expect(textIn(reply)).toBe('{"city":"Oslo"}')
    expect(reply.choices[0]!.ending?.finish).toBe('stop')
    expect(emulation.check(replyOf(text('Oslo.')))).toBe('it is no JSON')
  })

  test('of no object is put into one for the tool, and taken out again', () => {
    const list = { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } }
    const format = { type: 'json_schema', json_schema: { name: 'list', schema: list } }
    const emulation = of({ response_format: format }, { schema: { by: 'tool' } })!
    expect(asked(emulation).tools[0]!.schema).toMatchObject({
      properties: { answer: { type: 'array' } },
      $defs: list.$defs,
    })
    const reply = replyOf(toolCall('give_answer', '{"answer":[1,2]}'))
    expect(emulation.check(reply)).toBeNull()
    expect(textIn(emulation.give(reply))).toBe('[1,2]')
    expect(emulation.check(replyOf(toolCall('give_answer', '{"answer":["x"]}')))).toContain('[0]')
  })

  test('goes by words where the model thinks, because then no tool can be forced', () => {
    const emulation = of(
      { response_format: named, reasoning_effort: 'high' },
      { schema: { by: 'tool' } },
    )
    expect(emulation!.words).toEqual(['response_format~prompt'])
  })
})

test('several answers are several calls, where the dialect or the provider gives one', () => {
  const call = callOf({ n: 3, stream: true })
  const emulation = emulationOf(call, anthropicMessages, {}, 'm')!
  expect(emulation).toMatchObject({ times: 3, words: ['n~calls', 'stream~whole'] })
  expect(emulation.call).toMatchObject({ n: 1, stream: false })
  expect(asked(emulation).n).toBeNull()
  const usage = { ...noUsage, input: 5, output: 2 }
  const measured = {
    usage,
    source: 'provider',
    raw: {},
    reportedUsd: null,
    clamped: false,
  } as const
  const one = { ...replyOf(text('A')), measured }
  expect(folded([one, one])).toMatchObject({
    choices: [{ index: 0 }, { index: 1 }],
    measured: { usage: { input: 10, output: 4 } },
  })
  expect(folded([one, replyOf(text('B'))]).measured).toBeNull()
})

test('a tool that has to be called is asked for in words', () => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: {} } }]
  const emulation = of({ tools, tool_choice: 'required' }, { toolChoice: {} })!
  expect(asked(emulation).toolChoice).toBeNull()
  expect(emulation.check(replyOf(text('Hm.')))).toContain('no tool')
  expect(emulation.check(replyOf(toolCall('look', '{}')))).toBeNull()
  const off = { tools, tool_choice: 'required', reasoning_effort: 'none' }
  expect(of(off, { toolChoice: { thinking: true } })).toBeNull()
  const choice = { type: 'function', function: { name: 'find' } }
  const single = of({ tools, tool_choice: choice }, { toolChoice: {} })!
  expect(single.check(replyOf(toolCall('look', '{}')))).toContain('the tool find')
  const { messages } = single.again(replyOf(toolCall('look', '{}')), 'x').meaning() as Chat
  expect(messages.map(({ role }) => role).slice(-3)).toEqual(['assistant', 'tool', 'user'])
})

test('an answer is cut at whichever stop sequence comes first', () => {
  const emulation = of({ stop: ['END', '##'] }, { stop: { max: 0 } })!
  expect(asked(emulation).stop).toEqual([])
  const reply = emulation.give(replyOf(text('one ## two END')))
  expect(textIn(reply)).toBe('one ')
  expect(reply.choices[0]!.ending).toMatchObject({ finish: 'stop', stopSequence: '##' })
  expect(textIn(emulation.give(replyOf(text('all of it'))))).toBe('all of it')
  expect(of({ stop: ['END'] }, { stop: { max: 1 } })).toBeNull()
})

test("what only the caller's dialect can say goes along to a provider of that dialect", () => {
  const more = { response_format: named, verbosity: 'low', store: false }
  const { extra, native } = asked(of(more, { schema: { by: 'prompt' } })!)
  expect(extra).toMatchObject({ verbosity: 'low', store: false })
  expect(native).toEqual([])
})

test('the worst case counts every time that a provider may be asked', () => {
  const times = (more: object, emulates: Emulates) => of(more, emulates)?.asksMax ?? null
  expect(times({}, { n: {} })).toBeNull()
  expect(times({ n: 4 }, { n: {} })).toBe(4)
  expect(times({ n: 4, response_format: named }, { n: {}, schema: { by: 'prompt' } })).toBe(8)
})
