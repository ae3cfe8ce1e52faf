import { expect, test } from 'bun:test'
import { aTarget, callOf } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { anthropicMessages } from './index.ts'

const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]

function written(choice: unknown) {
  const call = callOf(openaiChat, {
    model: 'm',
    messages: [{ role: 'user', content: 'Look.' }],
    reasoning_effort: 'high',
    max_tokens: 30_000,
    tools,
    tool_choice: choice,
  })
  const { text, adapted } = anthropicMessages.writeCall(call, aTarget('m'))
  const { thinking, tool_choice: toolChoice } = JSON.parse(text) as Record<string, object>
  return { thinking, toolChoice, adapted }
}

test.each([
  ['required', { type: 'any' }],
  [
    { type: 'function', function: { name: 'look' } },
    { type: 'tool', name: 'look' },
  ],
])('a tool that has to be called (%j) is called without thinking', (choice, toolChoice) => {
  expect(written(choice)).toEqual({
    thinking: { type: 'disabled' },
    toolChoice,
    adapted: ['-thinking'],
  })
})

test.each(['auto', 'none'])('thinking stays beside a tool choice of %s', (choice) => {
  expect(written(choice)).toEqual({
    thinking: { type: 'enabled', budget_tokens: 24_576 },
    toolChoice: { type: choice },
    adapted: [],
  })
})

test.each([
  ['has no text', { content: '' }],
  ['has only thoughts that nobody signed', { content: null, reasoning_content: 'hm' }],
  ['refused without a word', { content: null, refusal: '' }],
])('a turn that %s is left out, and those around it become one', (_, said) => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', ...said },
    { role: 'user', content: 'b' },
  ]
  const call = callOf(openaiChat, { model: 'm', messages })
  const { text } = anthropicMessages.writeCall(call, aTarget('m'))
  expect((JSON.parse(text) as { messages: unknown }).messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
  ])
})
