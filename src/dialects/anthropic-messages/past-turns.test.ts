import { describe, expect, test } from 'bun:test'
import type { Quirks, Recall } from '../dialect.ts'
import { aTarget, callOf } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { anthropicMessages } from './index.ts'

const thinking = { type: 'enabled', budget_tokens: 2_000 }
const tools = [{ name: 'look', input_schema: { type: 'object' } }]
const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
const result = {
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }],
}
const thought = { type: 'thinking', thinking: 'Hm.', signature: 'ours' }

function messagesCall(content: readonly object[], more: object = { thinking }) {
  const messages = [{ role: 'user', content: 'Look.' }, { role: 'assistant', content }, result]
  return callOf(anthropicMessages, { model: 'm', max_tokens: 9_000, messages, tools, ...more })
}

function recall(known: boolean): Recall {
  const part = {
    type: 'reasoning',
    text: 'Hm.',
    signature: 'ours',
    sealed: null,
    extra: {},
  } as const
  return {
    turn: () => (known ? { thoughts: [part], calls: new Map(), foreign: false } : null),
    mayTake: (signed) => signed !== 'theirs',
  }
}

function written(call: ReturnType<typeof callOf>, known: boolean, quirks: Quirks = {}) {
  const target = { ...aTarget('m', quirks), recall: recall(known) }
  const { text, adapted } = anthropicMessages.writeCall(call, target)
  const body = JSON.parse(text) as { messages: { content: object[] }[]; thinking?: object }
  return { turn: body.messages[1]!.content, thinking: body.thinking, adapted, text }
}

describe('a turn that called tools', () => {
  test('gets the thoughts back that the caller lost', () => {
    const { turn, adapted, thinking: kept } = written(messagesCall([use]), true)
    expect(turn).toEqual([thought, use])
    expect(adapted).toEqual(['+thinking'])
    expect(kept).toEqual(thinking)
  })

  test('passes untouched with thoughts of its own', () => {
    const call = messagesCall([thought, use])
    expect(written(call, true)).toMatchObject({ turn: [thought, use], adapted: [] })
  })

  test('loses what another signed, and takes what is remembered', () => {
    for (const signature of ['theirs', '']) {
      const call = messagesCall([{ ...thought, signature }, use])
      expect(written(call, true)).toMatchObject({
        turn: [thought, use],
        adapted: ['-signature', '+thinking'],
      })
    }
    const sealed = messagesCall([{ type: 'redacted_thinking', data: 'theirs' }, use])
    expect(written(sealed, true).turn).toEqual([thought, use])
  })

  test('of which nothing is known ends the thinking, or the call would be refused', () => {
    const { turn, adapted, thinking: kept } = written(messagesCall([use]), false)
    expect([turn, kept, adapted]).toEqual([[use], undefined, ['-thinking']])
  })

  test('of a model that thinks unasked is treated the same, and thinking switched off', () => {
    const quirks: Quirks = { thoughts: { models: /^m$/, unasked: true } }
    const target = aTarget('m', quirks)
    const plain = messagesCall([use], {})
    expect(anthropicMessages.turnsWant!(plain, target)).toEqual({ thoughts: 'signed' })
    expect(anthropicMessages.turnsWant!(plain, aTarget('m'))).toBeNull()
    const off = messagesCall([use], { thinking: { type: 'disabled' } })
    expect(anthropicMessages.turnsWant!(off, target)).toBeNull()
    expect(written(plain, true, quirks).turn).toEqual([thought, use])
    expect(written(plain, false, quirks).thinking).toEqual({ type: 'disabled' })
  })

  test('is restored in a call that was written in another dialect', () => {
    const call = callOf(openaiChat, {
      model: 'm',
      reasoning_effort: 'high',
      max_tokens: 30_000,
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
      messages: [
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'toolu_1', type: 'function', function: { name: 'look', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'toolu_1', content: 'x' },
      ],
    })
    expect(written(call, true)).toMatchObject({ turn: [thought, use], adapted: ['+thinking'] })
    expect(written(call, false).adapted).toEqual(['-thinking'])
  })
})

test('a turn of nothing but thoughts that another signed is left out', () => {
  const call = messagesCall([{ ...thought, signature: 'theirs' }])
  const { text } = written(call, false)
  expect(text).not.toContain('theirs')
  expect((JSON.parse(text) as { messages: object[] }).messages).toHaveLength(2)
})
