import { expect, test } from 'bun:test'
import { callOf } from '../dialects/meaning.suite.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { deepseek } from './deepseek.ts'
import { moonshot } from './moonshot.ts'
import type { Provider } from './provider.ts'
import { zhipu } from './zhipu.ts'

/** What of a request's thinking is sent. */
function sent({ doors }: Provider, model: string, wish: object): [unknown, unknown] {
  const messages = [{ role: 'user', content: 'x' }]
  const call = callOf(openaiChat, { model, messages, ...wish })
  const { quirks = {} } = doors.chat![0]!
  const { text } = openaiChat.writeCall(call, { model, quirks, outputMax: null })
  const { thinking, reasoning_effort: effort } = JSON.parse(text) as Record<string, unknown>
  return [thinking, effort]
}

const on = { type: 'enabled' }
const off = { type: 'disabled' }

test.each([
  ['deepseek', deepseek, 'deepseek-v4-flash', 'none', off, undefined],
  ['deepseek', deepseek, 'deepseek-v4-flash', 'high', undefined, 'high'],
  ['deepseek', deepseek, 'deepseek-v4-flash', 'xhigh', undefined, 'max'],
  ['deepseek', deepseek, 'deepseek-v4-flash', 'minimal', undefined, 'low'],
  ['moonshot', moonshot, 'kimi-k2.6', 'none', off, undefined],
  ['moonshot', moonshot, 'kimi-k2.6', 'medium', on, undefined],
  ['moonshot', moonshot, 'kimi-k2-thinking', 'medium', undefined, undefined],
  ['zhipu', zhipu, 'glm-5', 'none', off, undefined],
  ['zhipu', zhipu, 'glm-5', 'high', on, undefined],
] as const)(
  '%s: the effort of a thought is said in its words',
  (_, provider, model, effort, thinking, left) => {
    expect(sent(provider, model, { reasoning_effort: effort })).toEqual([thinking, left])
  },
)

test('a switch that the caller set is left as it is', () => {
  expect(sent(deepseek, 'deepseek-v4-flash', { thinking: off })).toEqual([off, undefined])
  expect(sent(moonshot, 'kimi-k2.6', { thinking: on, reasoning_effort: 'none' })).toEqual([
    on,
    undefined,
  ])
})
