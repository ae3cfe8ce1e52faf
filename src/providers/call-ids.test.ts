import { describe, expect, test } from 'bun:test'
import { readJsonObject } from '../core/json.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../dialects/bedrock-converse/index.ts'
import type { Dialect, Place } from '../dialects/dialect.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { providers } from './index.ts'

/** What a conversation with a tool says to whoever takes over from another vendor. */

const tools = [{ type: 'function', function: { name: 'weather' } }]

function conversations(id: string): readonly [Dialect, object, Place?][] {
  const input = { city: 'Oslo' }
  const called = { name: 'weather', arguments: JSON.stringify(input) }
  const place = { model: 'task', stream: false, query: new URLSearchParams() }
  return [
    [
      openaiChat,
      {
        model: 'task',
        tools,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', tool_calls: [{ id, type: 'function', function: called }] },
          { role: 'tool', tool_call_id: id, content: '4' },
        ],
      },
    ],
    [
      anthropicMessages,
      {
        model: 'task',
        max_tokens: 9,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [{ type: 'tool_use', id, name: 'weather', input }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: '4' }] },
        ],
      },
    ],
    [
      bedrockConverse,
      {
        messages: [
          { role: 'user', content: [{ text: 'a' }] },
          { role: 'assistant', content: [{ toolUse: { toolUseId: id, name: 'weather', input } }] },
          { role: 'user', content: [{ toolResult: { toolUseId: id, content: [{ text: '4' }] } }] },
        ],
      },
      place,
    ],
  ]
}

/** The ids of the call and of its result, as they are sent, whatever dialect the caller spoke. */
function idsSentTo(provider: string, id: string): (readonly string[])[] {
  const { dialect, quirks = {} } = providers.get(provider)!.doors.chat![0]!
  return conversations(id).map(([spoken, wire, place]) => {
    const call = spoken.readCall(readJsonObject(JSON.stringify(wire)), place)
    const { text, adapted } = dialect.writeCall(call, { model: 'm', quirks, outputMax: null })
    expect(adapted.join()).not.toContain('id')
    return [...text.matchAll(/"(?:tool_call_id|tool_use_id|toolUseId)":"([^"]*)"/g)]
      .map(([, found]) => found!)
      .concat(
        [...text.matchAll(/"(?:tool_calls":\[\{"id|tool_use","id)":"([^"]*)"/g)].map(
          ([, found]) => found!,
        ),
      )
  })
}

const counted = 'functions.weather:0'
const long = `call_${'x'.repeat(60)}`

describe('the id of a tool call', () => {
  test.each([
    ['anthropic', /^[a-zA-Z0-9_-]{1,64}$/, [counted, long]],
    ['bedrock', /^[a-zA-Z0-9_-]{1,64}$/, [counted, long]],
    ['mistral', /^[a-zA-Z0-9]{9}$/, [counted, long, 'call_PTLP8xhu3uwZk4l3nlnrrJha']],
    ['openai', /^.{1,40}$/, [long]],
    ['azure', /^.{1,40}$/, [long]],
  ])('goes to %s as it takes ids, the same for the call and its result', (name, takes, ids) => {
    for (const id of ids) {
      for (const [call, result, ...others] of idsSentTo(name, id)) {
        expect(call).toMatch(takes)
        expect(result).toBe(call!)
        expect(others).toEqual([])
      }
    }
  })

  test.each(['anthropic', 'bedrock'])('is another for %s when it comes again', (provider) => {
    const { dialect, quirks = {} } = providers.get(provider)!.doors.chat![0]!
    const turn = (result: string): object[] => [
      {
        role: 'assistant',
        tool_calls: [counted, counted].map((id) => ({
          id,
          type: 'function',
          function: { name: 'weather', arguments: '{}' },
        })),
      },
      ...[1, 2].map((n) => ({ role: 'tool', tool_call_id: counted, content: `${result}${n}` })),
    ]
    const sent = (messages: readonly object[]) => {
      const wire = { model: 'task', tools, messages: [{ role: 'user', content: 'a' }, ...messages] }
      const call = openaiChat.readCall(readJsonObject(JSON.stringify(wire)))
      const { text } = dialect.writeCall(call, { model: 'm', quirks, outputMax: null })
      const idsBehind = (name: string): string[] =>
        [...text.matchAll(new RegExp(`"${name}":(?:\\{"toolUseId":)?"([^"]+)"`, 'g'))].map(
          ([, id]) => id!,
        )
      return provider === 'anthropic'
        ? { calls: idsBehind('tool_use","id'), results: idsBehind('tool_use_id') }
        : { calls: idsBehind('toolUse'), results: idsBehind('toolResult') }
    }
    const first = sent(turn('a'))
    const whole = sent([...turn('a'), ...turn('b')])
    expect(new Set(whole.calls).size).toBe(4)
    expect(whole.results).toEqual(whole.calls)
    expect(whole.calls.slice(0, 2)).toEqual(first.calls)
  })

  test('stays as it is where the target takes it', () => {
    const stays = (provider: string, id: string): void =>
      expect(new Set(idsSentTo(provider, id).flat())).toEqual(new Set([id]))
    stays('anthropic', 'toolu_01A-b')
    stays('bedrock', 'tooluse_A-b')
    stays('mistral', 'D681PevKs')
    stays('openai', counted)
    stays('moonshot', counted)
    stays('vllm', long)
  })
})
