import { expect, test } from 'bun:test'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { callOf } from '../dialects/meaning.suite.ts'
import { confidenceOf, promptOf } from './answers.ts'

function prompt(...messages: readonly object[]): string {
  const meaning = callOf(openaiChat, { model: 'task', messages }).meaning()
  if (meaning.operation !== 'chat') throw new TypeError('a chat is a chat')
  return promptOf(meaning)
}

const system = { role: 'system', content: 'You classify.' }
const call = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }

test('the prompt is what was said in turn, without what a task says each time', () => {
  expect(prompt(system, { role: 'user', content: 'One' })).toBe('One')
  expect(
    prompt(
      system,
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: [{ type: 'text', text: 'Three' }] },
    ),
  ).toBe('One\nTwo\nThree')
  expect(
    prompt(
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'Found' },
    ),
  ).toBe('One\nLet me see.\n\nFound')
})

test('log-probabilities are told as numbers that tables have', () => {
  const content = [-0.1, -0.3, -2.6, Number.NaN, 0.5, -9_999].map((logprob) => ({ logprob }))
  expect(confidenceOf({ content })).toEqual({
    mean_logprob: (-0.1 - 0.3 - 2.6 + 0 - 100) / 5,
    min_logprob: -100,
    low_logprob: -100,
    first_logprob: -0.1,
  })
  for (const none of [null, {}, { content: [] }, { content: [{}] }]) {
    expect(confidenceOf(none)).toBeNull()
  }
})
