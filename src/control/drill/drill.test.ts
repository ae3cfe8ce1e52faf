import { expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { decimal } from '../../core/money.ts'
import type { PastCall } from '../replay/calls.ts'
import { exposures } from './deprecations.ts'
import { type Known, leaveDrill } from './leave.ts'

const effort = { tested: 0, untested: 3, none: 10 }

function call(task: string | null, changes: Partial<PastCall> = {}): PastCall {
  return {
    id: crypto.randomUUID(),
    at: instant('2026-11-20T10:00:00Z'),
    prompt: 1_000,
    cached: 0,
    output: 100,
    cost: 2_000_000_000,
    model: 'acme/large',
    task,
    ...changes,
  }
}

function known(changes: Partial<Known> = {}): Known {
  const price = { input: decimal('1'), output: decimal('10') }
  const prices = [{ id: 'x', price, currency: 'USD' as const, source: 'a test', readOn: null }]
  return {
    model: (name) => (name.startsWith('other/') ? { prices, context: 2_000 } : null),
    proofs: [],
    validSince: '2026-08-22T00:00:00.000Z',
    ...changes,
  }
}

test('a task goes on with its next model, or stops where it has none', () => {
  const tasks = [
    { name: 'support', models: ['acme/large', 'other/small', 'acme/small'] },
    { name: 'alone', models: ['acme/large'] },
    { name: 'safe', models: ['other/small'] },
  ]
  const calls = [call('support'), call('support', { prompt: 2_500 }), call('alone'), call(null)]
  const drills = leaveDrill('acme', tasks, calls, known(), effort)
  expect(drills.map(({ task, calls: n, readiness, days }) => [task, n, readiness, days])).toEqual([
    ['support', 2, 'untested', 3],
    ['alone', 1, 'none', 10],
    [null, 1, 'none', 10],
  ])
  const [substitute] = drills[0]!.substitutes
  expect(substitute).toEqual({
    model: 'other/small',
    testedAt: null,
    // 3,500 tokens in at 1 dollar a million, 200 out at 10.
    cost: 5_500_000_000n as never,
    unknown: 0,
    tooLong: 1,
  })
  expect(drills[0]!.cost as bigint).toBe(4_000_000_000n)
})

test('a proof counts for its own task, and while it is young', () => {
  const tasks = [{ name: 'support', models: ['acme/large', 'other/small'] }]
  const proof = { task: 'support', model: 'other/small', at: '2026-10-01T00:00:00.000Z' }
  const readiness = (proofs: Known['proofs']): string =>
    leaveDrill('acme', tasks, [], known({ proofs }), effort)[0]!.readiness
  expect(readiness([proof])).toBe('tested')
  expect(readiness([{ ...proof, at: '2026-08-01T00:00:00.000Z' }])).toBe('untested')
  expect(readiness([{ ...proof, task: 'sums' }])).toBe('untested')
  expect(readiness([{ ...proof, model: 'other/large' }])).toBe('untested')
})

test('a substitute without a price has no cost, and what was paid without a price is counted', () => {
  const tasks = [{ name: 'support', models: ['acme/large', 'nobody/small'] }]
  const calls = [call('support'), call('support', { cost: null })]
  const [drill] = leaveDrill('acme', tasks, calls, known(), effort)
  expect([drill!.substitutes[0]!.cost, drill!.substitutes[0]!.unknown]).toEqual([null, 2])
  expect([drill!.cost as bigint, drill!.costUnknown]).toEqual([2_000_000_000n, 1])
})

test('what ends is told by days left, with everybody who called it, the overdue first', () => {
  const spending = [
    { model: 'a/old', customer: 'acme', task: 'x', calls: 3, costUsd: 2, costUnknown: 0 },
    { model: 'a/old', customer: null, task: 'x', calls: 1, costUsd: 1, costUnknown: 1 },
    { model: 'a/older', customer: 'birch', task: null, calls: 5, costUsd: 9, costUnknown: 0 },
    { model: 'a/new', customer: 'birch', task: null, calls: 5, costUsd: 9, costUnknown: 0 },
  ]
  const ending = [
    { model: 'a/old', shutdown: '2026-12-01', replacement: 'a/new' },
    { model: 'a/older', shutdown: '2026-11-20', replacement: null },
  ]
  expect(exposures(ending, spending, '2026-11-22')).toEqual([
    {
      ...ending[1]!,
      daysLeft: -2,
      calls: 5,
      costUsd: 9,
      costUnknown: 0,
      tasks: [],
      customers: ['birch'],
    },
    {
      ...ending[0]!,
      daysLeft: 9,
      calls: 4,
      costUsd: 3,
      costUnknown: 1,
      tasks: ['x'],
      customers: ['acme'],
    },
  ])
})
