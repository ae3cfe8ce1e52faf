import { expect, test } from 'bun:test'
import { type Money, usd } from '../core/money.ts'
import { withinDeadline } from './deadline.ts'
import { nameOf } from './policy.ts'

const names = ['dear-fast', 'cheap-fast', 'cheap-slow', 'slower', 'new', 'free']
const candidates = names.map((model) => ({ provider: 'acme', model, weight: 1 }))
const times: Readonly<Record<string, number>> = {
  'dear-fast': 1_000_000,
  'cheap-fast': 2_000_000,
  free: 2_000_000,
  'cheap-slow': 31_000_000,
  slower: 90_000_000,
}
const prices: Readonly<Record<string, Money>> = {
  'dear-fast': usd('0.02'),
  'cheap-fast': usd('0.001'),
  'cheap-slow': usd('0.0001'),
  slower: usd('0.00001'),
  new: usd('0.0001'),
}
const view = {
  answerUs: ({ model }: { readonly model: string }) => times[model] ?? null,
  price: ({ model }: { readonly model: string }) => prices[model] ?? null,
}
const order = (deadlineUs: number): string[] =>
  withinDeadline(candidates, deadlineUs, view).map(({ candidate }) =>
    nameOf(candidate).slice('acme/'.length),
  )

test('the cheapest that keeps the deadline answers, and who is late comes last', () => {
  expect(order(30_000_000)).toEqual([
    'cheap-fast',
    'dear-fast',
    'free',
    'new',
    'cheap-slow',
    'slower',
  ])
})

test('a longer deadline is cheaper, and one that nobody keeps goes to who may, then to the fastest', () => {
  expect(order(600_000_000)[0]).toBe('slower')
  expect(order(1_500_000)[0]).toBe('dear-fast')
  expect(order(100)).toEqual(['new', 'dear-fast', 'cheap-fast', 'free', 'cheap-slow', 'slower'])
})

test('the reason says what was measured', () => {
  const [first] = withinDeadline(candidates, 30_000_000, view)
  expect(first!.reason).toBe('deadline: about $0.001000, within 30 s, 95 of 100 in 2.00 s')
})
