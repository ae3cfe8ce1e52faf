import { expect, test } from 'bun:test'
import { type Money, usd } from '../core/money.ts'
import { seeded } from '../core/random.ts'
import { type DeadlineView, type Offer, withinDeadline } from './deadline.ts'
import { nameOf, type Plan } from './policy.ts'

const names = ['dear-fast', 'cheap-fast', 'cheap-slow', 'slower', 'new', 'free']
const candidates = names.map((model) => ({ provider: 'acme', model, weight: 1 }))
const offers = candidates.map((candidate): Offer => ({ candidate, mode: null }))
const usual: Plan = candidates.map((candidate, place) => ({ candidate, reason: `place ${place}` }))
const times: Readonly<Record<string, number>> = {
  'dear-fast': 1_000_000,
  'cheap-fast': 2_000_000,
  free: 2_000_000,
  'cheap-slow': 31_000_000,
  slower: 90_000_000,
  'dear-fast flex': 20_000_000,
}
const prices: Readonly<Record<string, Money>> = {
  'dear-fast': usd('0.02'),
  'cheap-fast': usd('0.001'),
  'cheap-slow': usd('0.0001'),
  slower: usd('0.00001'),
  new: usd('0.0001'),
  'dear-fast flex': usd('0.0005'),
  'new flex': usd('0.00001'),
}
const keyOf = ({ candidate: { model }, mode }: Offer): string =>
  mode === null ? model : `${model} ${mode}`

/** @param drawn  the next draw; 1: nobody is asked only to be measured */
function viewOf(drawn = 1): DeadlineView {
  return {
    random: { ...seeded(1), next: () => drawn },
    answerUs: (offer) => times[keyOf(offer)] ?? null,
    price: (offer) => prices[keyOf(offer)] ?? null,
  }
}

function order(deadlineUs: number, of: readonly Offer[] = offers, drawn = 1): string[] {
  return withinDeadline(of, deadlineUs, viewOf(drawn), usual).map(
    ({ candidate, mode }) =>
      nameOf(candidate).slice('acme/'.length) + (mode === undefined ? '' : ` ${mode}`),
  )
}

test('the cheapest that keeps the deadline answers, and behind those that do stands the usual order', () => {
  expect(order(30_000_000)).toEqual([
    'cheap-fast',
    'dear-fast',
    'free',
    'cheap-slow',
    'slower',
    'new',
  ])
  expect(order(600_000_000)[0]).toBe('slower')
  expect(order(1_500_000)[0]).toBe('dear-fast')
})

test('where nobody is known to keep it, the usual order holds', () => {
  expect(order(100)).toEqual(names)
  const [first] = withinDeadline(offers, 100, viewOf(), usual)
  expect(first!.reason).toBe('place 0; not known to answer within 0.00 s')
})

test('a mode of service that is cheaper and in time goes before the model as everybody asks it', () => {
  const flex: Offer = { candidate: candidates[0]!, mode: 'flex' }
  expect(order(30_000_000, [...offers, flex]).slice(0, 3)).toEqual([
    'dear-fast flex',
    'cheap-fast',
    'dear-fast',
  ])
  expect(order(5_000_000, [...offers, flex])).not.toContain('dear-fast flex')
})

test('what might be cheaper is asked first now and then, because only who is asked is measured', () => {
  const flex: Offer = { candidate: candidates[4]!, mode: 'flex' }
  const all = [...offers, flex]
  expect(order(30_000_000, all, 0.019)).toEqual([
    'new flex',
    'cheap-fast',
    'dear-fast',
    'free',
    'cheap-slow',
    'slower',
    'new',
  ])
  expect(order(30_000_000, all, 0.001)[0]).toBe('new')
  expect(order(30_000_000, all, 0.02)[0]).toBe('cheap-fast')
  // A cheap one that is in time leaves nothing to be found.
  expect(order(600_000_000, all, 0.019)[0]).toBe('slower')
  expect(order(30_000_000, all, 0.001)).toHaveLength(names.length)
})

test('the reason says what was measured', () => {
  const [first] = withinDeadline(offers, 30_000_000, viewOf(), usual)
  expect(first!.reason).toBe('deadline: about $0.001000, within 30 s, 95 of 100 in 2.00 s')
})
