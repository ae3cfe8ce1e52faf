import { expect, test } from 'bun:test'
import { noUsage } from '../../core/usage.ts'
import { callOf } from '../../dialects/meaning.suite.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { Demand } from '../../routing/demand.ts'
import { TokenRatios } from './token-ratio.ts'

const call = callOf(openaiChat, {
  model: 'task',
  messages: [{ role: 'user', content: 'Seventeen tables with twenty-three chairs each.' }],
})
const estimate = new Demand(call).tokens

function observe(ratios: TokenRatios, times: number, share: number): void {
  for (let count = 0; count < times; count += 1) {
    ratios.observe('acme', 'large', call, { ...noUsage, input: Math.round(estimate * share) })
  }
}

test('a ratio is believed after five calls, and is of one model at one provider', () => {
  const ratios = new TokenRatios()
  observe(ratios, 4, 2)
  expect(ratios.of('acme', 'large')).toBeNull()
  observe(ratios, 1, 2)
  expect(ratios.of('acme', 'large')).toBeCloseTo(2, 1)
  expect(ratios.of('acme', 'small')).toBeNull()
})

test('a ratio follows a change of the traffic', () => {
  const ratios = new TokenRatios()
  observe(ratios, 5, 1)
  observe(ratios, 16 * 40, 3)
  expect(ratios.of('acme', 'large')).toBeGreaterThan(2.8)
})

test('what went in beside text tells nothing of the tokeniser', () => {
  const ratios = new TokenRatios()
  const image = { type: 'image_url', image_url: { url: 'https://pictures.example/a.png' } }
  const seen = callOf(openaiChat, {
    model: 'task',
    messages: [{ role: 'user', content: [image] }],
  })
  for (let count = 0; count < 10; count += 1) {
    ratios.observe('acme', 'large', seen, { ...noUsage, input: 500 })
  }
  expect(ratios.of('acme', 'large')).toBeNull()
})
