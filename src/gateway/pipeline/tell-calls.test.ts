import { expect, test } from 'bun:test'
import type { ChatReply } from '../../core/reply.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { ProviderFault } from '../../dialects/dialect.ts'
import { UsableCallsReader, withUsableCalls } from './tell-calls.ts'

const look = { name: 'look', arguments: '{}' }

function replyWith(calls: readonly object[]): ChatReply {
  const message = { role: 'assistant', content: null, tool_calls: calls }
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }]
  return openaiChat.readReply(JSON.stringify({ choices }), {}) as ChatReply
}

function idsIn({ choices }: ChatReply): string[] {
  return choices.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'toolCall' ? part.id : [])),
  )
}

test('calls without an id get one each, that no other answer has', () => {
  const reply = replyWith([{ function: look }, { id: 'own', function: look }, { function: look }])
  expect(idsIn(withUsableCalls(reply, 'call_a-1'))).toEqual(['call_a-1-0-0', 'own', 'call_a-1-0-2'])
  expect(idsIn(withUsableCalls(reply, 'call_b-1'))[0]).toBe('call_b-1-0-0')
})

test('the same in a stream', () => {
  const reader = new UsableCallsReader(openaiChat.startReading!({}), 'call_a-1')
  const read = (index: number): readonly object[] | null => {
    const choices = [{ index: 0, delta: { tool_calls: [{ index, function: look }] } }]
    return reader.read({ event: 'message', id: null, data: JSON.stringify({ choices }) })
  }
  expect(read(0)).toMatchObject([{ type: 'tool', id: 'call_a-1-0-0' }, { type: 'arguments' }])
  expect(read(1)).toMatchObject([{ type: 'tool', id: 'call_a-1-0-1' }, { type: 'arguments' }])
})

test('a call of nothing is no answer', () => {
  const reply = replyWith([{ id: 'own', function: { arguments: '{}' } }])
  expect(() => withUsableCalls(reply, 'call_a-1')).toThrow(ProviderFault)
})
