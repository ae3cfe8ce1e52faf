import { describe, expect, test } from 'bun:test'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { parseAround, parseExact } from './long-numbers.ts'
import { aCall, aStamp, aTarget, callOf, chatOf, foldStream, placeOf } from './meaning.suite.ts'
import { openaiChat } from './openai-chat/index.ts'

/** Neither number is one that a double holds. */
const input = '{"id":1234567890123456789,"a":[{"b":-99999999999999999999}]}'
const called = { id: 'c', type: 'function', function: { name: 'w', arguments: input } }

const messages = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: null, tool_calls: [called] },
  { role: 'tool', tool_call_id: 'c', content: '4' },
]

const bedrockTurns = (reasoning: string) =>
  `"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[${reasoning}{"toolUse":{"toolUseId":"c","name":"w","input":${input}}}]}]`
const geminiTurns = (signature: string) =>
  `"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"w","args":${input}}${signature}}]}]`
const anthropicTurns = (thought: string) =>
  `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[${thought}{"type":"tool_use","id":"c","name":"w","input":${input}}]}]`

const dialects: readonly [
  Dialect,
  asks: string,
  foreign: string,
  answers: string,
  streams: string,
][] = [
  [
    anthropicMessages,
    `{"model":"m","max_tokens":9,${anthropicTurns('')}}`,
    `{"model":"m","max_tokens":9,${anthropicTurns('{"type":"thinking","thinking":"t","signature":"s"},')}}`,
    `{"content":[{"type":"tool_use","id":"c","name":"w","input":${input}}],"stop_reason":"tool_use"}`,
    `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"w","input":${input}}}\n\ndata: {"type":"content_block_stop","index":0}\n\n`,
  ],
  [
    bedrockConverse,
    `{${bedrockTurns('')}}`,
    `{${bedrockTurns('{"reasoningContent":{"reasoningText":{"text":"t","signature":"s"}}},')}}`,
    `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"c","name":"w","input":${input}}}]}},"stopReason":"tool_use"}`,
    '',
  ],
  [
    gemini,
    `{${geminiTurns('')}}`,
    `{${geminiTurns(',"thoughtSignature":"s"')}}`,
    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"w","args":${input}}}]}}]}`,
    `data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"w","args":${input}}}]}}]}\n\n`,
  ],
]

describe.each(dialects.map((each) => [each[0].id, ...each] as const))(
  'a long number in a tool call, in %s',
  (_, dialect, asks, foreign, answers, streams) => {
    test('is sent and answered as it was written elsewhere', () => {
      const call = callOf(openaiChat, { model: 'm', messages })
      expect(dialect.writeCall(call, aTarget('m')).text).toContain(input)
      const answer = { choices: [{ index: 0, message: { tool_calls: [called] } }] }
      const reply = openaiChat.readReply(JSON.stringify(answer), {})
      expect(dialect.writeReply(reply, aCall(dialect), aStamp)).toContain(input)
    })

    test('is read as it was written, in calls, answers and streams', () => {
      const told = { type: 'toolCall', arguments: input }
      const [, turn] = chatOf(callOf(dialect, asks, placeOf('m'))).messages
      expect(turn!.parts).toMatchObject([told])
      const reply = dialect.readReply(answers, {})
      expect(reply).toMatchObject({ choices: [{ parts: [told] }] })
      if (streams !== '')
        expect(foldStream(Buffer.from(streams), dialect).choices[0]!.parts).toMatchObject([told])
    })

    test('stays when something beside it is left out of the caller’s own text', () => {
      const recall = { turn: () => null, mayTake: () => false }
      const call = callOf(dialect, foreign, placeOf('m'))
      const { text } = dialect.writeCall(call, { ...aTarget('m'), recall })
      expect(text).toContain(input)
      expect(text).not.toContain('"s"')
    })
  },
)

test('outside of tool calls a long number is a number', () => {
  const text =
    '{"seed":1234567890123456789,"input":{"n":[1234567890123456789]},"a":[0.1234567890123456]}'
  expect(parseAround(text, 'input')).toMatchObject({
    seed: Number('1234567890123456789'),
    a: [0.1234567890123456],
  })
  expect(JSON.stringify(parseAround(text, 'input'))).toContain('{"n":[1234567890123456789]}')
  expect(parseExact('1234567890123456789')).toBe(Number('1234567890123456789'))
})
