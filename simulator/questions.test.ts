import { expect, test } from 'bun:test'
import { chanceOfRight, difficultyOf, findQuestion } from './questions.ts'
import { profiles } from './profiles.ts'

test.each([
  ['What is 17 * 23?', '391', '17 * 23 = %.'],
  ['Calculate 2 + 3 * 4', '14', '2 + 3 * 4 = %.'],
  ['how much is 10 - 4 - 3', '3', '10 - 4 - 3 = %.'],
  ['What is 7 / 2? Answer with just the number.', '3.5', '%'],
  ['What is 5 - -3?', '8', '5 - -3 = %.'],
  ['What is 1 / 0?', 'undefined', '1 / 0 = %.'],
  ['Reply with exactly: OK', 'OK', '%'],
  ['Please reply with exactly: "a b"', 'a b', '%'],
  ['Classify as one of: billing, technical, other. My card was charged twice', 'billing', '%'],
  ['Classify the sentiment as positive, negative or neutral: I love it', 'positive', '%'],
  ['Is this (spam, ham) by category? You are a winner of the lottery', 'spam', '%'],
])('%s', (prompt, right, sentence) => {
  expect(findQuestion(prompt, '', 0)).toMatchObject({ right, sentence })
})

test('labels may stand in the words of the system, also as bullets', () => {
  const system = 'Classify the ticket.\nLabels:\n- billing\n- shipping\n- other\n'
  const question = findQuestion('Where is my parcel?', system, 0)
  expect(question).toMatchObject({ right: 'shipping', wrong: ['billing', 'other'] })
})

test('what cannot be checked is no question, and wrong answers are never right', () => {
  expect(findQuestion('Tell me about 2024-11-05 and (a) nothing', '', 0)).toBeNull()
  for (const prompt of ['What is 1 - 2?', 'What is 1 / 0?', 'What is 0 * 5?']) {
    const question = findQuestion(prompt, '', 0)!
    expect(question.wrong).not.toBeEmpty()
    expect(question.wrong).not.toContain(question.right)
  }
})

test('a megabyte of bait does not hold the search up', () => {
  const started = performance.now()
  findQuestion('label '.repeat(200_000), 'what is 1 + '.repeat(100_000), 0)
  expect(performance.now() - started).toBeLessThan(100)
})

test('larger models are right more often, and hard questions cost all of them', () => {
  const prompts = Array.from({ length: 500 }, (_, n) => `What is ${n} + ${n}?`)
  const hardness = prompts.map((prompt) => difficultyOf(prompt, 7))
  const mean = (name: keyof typeof profiles) =>
    hardness.reduce((sum, hard) => sum + chanceOfRight(profiles[name], hard), 0) / hardness.length
  expect(mean('small')).toBeWithin(0.65, 0.75)
  expect(mean('medium')).toBeWithin(0.8, 0.88)
  expect(mean('large')).toBeWithin(0.92, 0.97)
  expect(chanceOfRight(profiles.small, 0.9)).toBeLessThan(chanceOfRight(profiles.small, 0.1))
})
