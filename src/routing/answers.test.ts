import { expect, test } from 'bun:test'
import type { ChatMessage } from '../core/caller.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { callOf } from '../dialects/meaning.suite.ts'
import { confidenceOf, promptOf, promptOfMessages } from './answers.ts'

function prompt(...messages: readonly ChatMessage[]): string {
  const meaning = callOf(openaiChat, { model: 'task', messages }).meaning()
  if (meaning.operation !== 'chat') throw new TypeError('a chat is a chat')
  // What an evaluation writes into its table is what the gateway will read, to the letter.
  expect(promptOfMessages(messages)).toBe(promptOf(meaning))
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
  ).toBe('One\nLet me see.\nFound')
})

test('parts are read as the words in them, whatever stands between', () => {
  const picture = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  const text = (said: string) => ({ type: 'text', text: said })
  expect(
    prompt(
      { role: 'developer', content: [text('You classify.')] },
      { role: 'user', content: [picture, text('One "quoted"'), picture, text('Two')] },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: [text('Found'), text('it')] },
      { role: 'assistant', content: [text('Three')] },
      { role: 'user', content: 'Four' },
    ),
  ).toBe('One "quoted"\nTwo\nFound\nit\nThree\nFour')
  expect(prompt(system, { role: 'user', content: [picture] })).toBe('')
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
