import { describe, expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { decimal, usd } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import type { CostRow } from '../../store/ports.ts'
import type { PastCall } from '../replay/calls.ts'
import { byDaysLeft, exposures } from './deprecations.ts'
import { type Known, leaveDrill } from './leave.ts'
import { type RehearsalFacts, rehearse } from './rehearsal.ts'

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
    tested: [],
    now: instant('2026-11-20T00:00:00Z'),
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
  const proof = { task: 'support', model: 'other/small', at: instant('2026-10-01T00:00:00Z') }
  const readiness = (tested: Known['tested']): string =>
    leaveDrill('acme', tasks, [], known({ tested }), effort)[0]!.readiness
  expect(readiness([proof])).toBe('tested')
  expect(readiness([{ ...proof, at: instant('2026-08-01T00:00:00Z') }])).toBe('untested')
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

const spent = (model: string, customer: string | null, cost: string, changes = {}) => ({
  model,
  customer,
  task: null,
  calls: 1,
  attempts: 1,
  cost: usd(cost),
  costUnknown: 0,
  ...changes,
})

test('what ends is told by days left, with everybody who called it, the overdue first', () => {
  const spending = [
    spent('a/old', 'acme', '0.1', { task: 'x', calls: 3, attempts: 4 }),
    spent('a/old', null, '0.2', { task: 'x', costUnknown: 1 }),
    spent('a/older', 'birch', '9'),
    spent('a/new', 'birch', '9'),
  ]
  const ending = [
    { model: 'a/old', shutdown: '2026-12-01', replacement: 'a/new', source: 'catalog' as const },
    { model: 'a/older', shutdown: '2026-11-20', replacement: null, source: 'asked' as const },
  ]
  expect(exposures(ending, spending, '2026-11-22')).toEqual([
    {
      ...ending[1]!,
      days_left: -2,
      calls: 1,
      attempts: 1,
      cost_usd: '9',
      cost_unknown: 0,
      tasks: [],
      customers: ['birch'],
    },
    {
      ...ending[0]!,
      days_left: 9,
      calls: 4,
      attempts: 5,
      // Exact: a tenth and two tenths are no three tenths in floats.
      cost_usd: '0.3',
      cost_unknown: 1,
      tasks: ['x'],
      customers: ['acme'],
    },
  ])
})

test('spans of days left add up to the whole, and a customer of two models counts once', () => {
  const day = (shutdown: string, model: string) => ({
    model,
    shutdown,
    replacement: null,
    source: 'catalog' as const,
  })
  const ending = [
    day('2026-11-21', 'a/gone'),
    day('2026-11-22', 'a/today'),
    day('2026-12-22', 'a/soon'),
    day('2026-12-23', 'a/later'),
    day('2027-02-20', 'a/quarter'),
    day('2028-01-01', 'a/far'),
  ]
  const spending = ending.map(({ model }, at) => spent(model, `c${at % 2}`, '1'))
  spending.push(spent('a/today', 'c1', '1'), spent('a/stays', 'c9', '1'))
  const spans = byDaysLeft(ending, spending, '2026-11-22')
  expect(spans.map((each) => [each.within, each.models, each.cost_usd, each.customers])).toEqual([
    ['overdue', 1, '1', 1],
    ['30d', 2, '3', 2],
    ['90d', 2, '2', 2],
    ['180d', 0, '0', 0],
    ['later', 1, '1', 1],
  ])
})

describe('a rehearsal from sums', () => {
  const day = 86_400_000_000
  const now = instant('2026-11-22T00:00:00Z')
  const segment = (input: string, output: string) => ({
    id: 'x',
    price: { input: decimal(input), output: decimal(output) },
    currency: 'USD' as const,
    source: 'a test',
    readOn: null,
  })
  const row = (group: (string | null)[], cost: string, costUnknown = 0): CostRow => ({
    group,
    calls: 10,
    attempts: 10,
    errors: 0,
    usage: { ...noUsage, input: 1_000_000, output: 100_000 },
    cost: usd(cost),
    costUnknown,
    estimated: 0,
    saved: usd('0'),
  })
  const facts = (changes: Partial<RehearsalFacts> = {}): RehearsalFacts => ({
    tasks: [
      { name: 'support', models: ['acme/large', 'gone/x', 'other/small', 'birch/small'] },
      { name: 'alone', models: ['acme/large'] },
      { name: 'safe', models: ['other/small'] },
    ],
    rows: [row(['support', 'acme/large'], '3'), row(['alone', 'acme/large'], '1')],
    customers: [row(['support', 'anna'], '3'), row(['alone', 'anna'], '1')],
    features: [row(['support', 'mail'], '3')],
    since: (now - day) as typeof now,
    until: now,
    tested: [],
    now,
    cardAt: (name) => (name === 'other/small' ? segment('1', '10') : null),
    isLive: (provider) => provider !== 'gone',
    ...changes,
  })
  const terms = { effort, dayRate: 100 }

  test('says what stops, what goes on where, and what that costs', () => {
    const report = rehearse('acme', facts(), terms)
    expect(report).toMatchObject({ stops: 1, customers: 1, days: 13, one_off_usd: 1_300 })
    // A task that stops costs nothing that could be named.
    expect(report.monthly_change_usd).toBeNull()
    expect(report.tasks.map(({ task }) => task)).toEqual(['support', 'alone'])
    expect(report.tasks[0]).toMatchObject({
      readiness: 'untested',
      next: 'other/small',
      features: ['mail'],
      // A million in at 1 and 100,000 out at 10: 2 dollars in place of 3, for thirty days.
      monthly_change_usd: '-30',
      substitutes: [
        { model: 'other/small', cost_usd: '2' },
        { model: 'birch/small', cost_usd: null },
      ],
    })
  })

  test('prefers the substitute that was tested, also when it has no price', () => {
    const tested = [{ task: 'support', model: 'birch/small', at: (now - day) as typeof now }]
    const [support] = rehearse('acme', facts({ tested }), terms).tasks
    expect(support).toMatchObject({
      readiness: 'tested',
      next: 'birch/small',
      days: 0,
      monthly_change_usd: null,
    })
  })

  test('says no difference where costs are not known', () => {
    const rows = [row(['support', 'acme/large'], '3', 1)]
    expect(rehearse('acme', facts({ rows }), terms).tasks[0]!.monthly_change_usd).toBeNull()
  })
})
