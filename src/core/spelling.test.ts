import { expect, test } from 'bun:test'
import { didYouMean, nearest } from './spelling.ts'

test.each([
  ['deepsek', ['openai', 'deepseek'], 'deepseek'],
  ['prot', ['host', 'port'], 'port'],
  ['budgets', ['budget', 'rate'], 'budget'],
  ['Models', ['models'], 'models'],
  ['fast_clasifier', ['fast_classifier', 'summarise'], 'fast_classifier'],
])('%s is nearest to %j', (written, known, meant) => {
  expect(nearest(written, known)).toBe(meant)
})

test('what is far from everything is nothing that anybody meant', () => {
  expect(nearest('colour', ['host', 'port', 'workers'])).toBeNull()
  expect(nearest('x', ['host'])).toBeNull()
  expect(didYouMean('colour', [])).toBe('')
  expect(didYouMean('hots', ['host'])).toBe(' Did you mean host?')
})
