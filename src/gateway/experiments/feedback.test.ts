import { expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import type { FeedbackRate } from '../../store/feedback.ts'
import { successRates } from './feedback.ts'

function book(...rates: readonly Partial<FeedbackRate>[]) {
  const asked: unknown[] = []
  const usual = { task: 'support', model: 'acme/small', name: 'quality' }
  const feedbackRates = async (query: unknown) => {
    asked.push(query)
    return rates.map((rate) => ({ ...usual, scores: 1, sum: 1, squares: 1, ...rate }))
  }
  return { asked, feedbackRates }
}

test('each model has its rate with an interval, of what was asked for alone', async () => {
  const some = book(
    { scores: 100, sum: 80, squares: 80 },
    { model: 'acme/large', scores: 50, sum: 45, squares: 42 },
    { name: 'tone', scores: 9, sum: 0, squares: 0 },
    { model: null, scores: 3, sum: 3, squares: 3 },
  )
  const since = 5 as Instant
  const rates = await successRates(some, { task: 'support', since })
  expect(some.asked).toEqual([{ task: 'support', since }])
  expect(rates.map(({ model, scores, mean }) => [model, scores, mean])).toEqual([
    ['acme/small', 100, 0.8],
    ['acme/large', 50, 0.9],
  ])
  const [small, large] = rates
  expect(small!.interval.low).toBeGreaterThan(0.7)
  expect(small!.interval.high).toBeLessThan(0.9)
  // Scores between right and wrong vary less than right and wrong do.
  expect(large!.interval.high - large!.interval.low).toBeLessThan(0.12)
})

test('a few scores that are all alike leave room for others', async () => {
  const [rate] = await successRates(book({ scores: 4, sum: 4, squares: 4 }), {
    task: 'support',
    since: null,
  })
  expect(rate!.mean).toBe(1)
  expect(rate!.interval.low).toBeLessThan(0.6)
})
