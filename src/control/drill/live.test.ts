import { describe, expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { decimal, usd } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import type { CostRow } from '../../store/ports.ts'
import { livePlan, type LivePlanAsked, type LivePlanFacts } from './live-plan.ts'
import { type DrillCounts, figuresOf } from './live-report.ts'

const day = 86_400_000_000
const now = instant('2026-11-22T00:00:00Z')
const before = (days: number) => (now - days * day) as typeof now

const row = (task: string, costUnknown = 0): CostRow => ({
  group: [task],
  calls: 24_000,
  attempts: 24_000,
  errors: 0,
  usage: { ...noUsage, input: 24_000_000, output: 2_400_000 },
  cost: usd('72'),
  costUnknown,
  estimated: 0,
  saved: usd('0'),
})

const facts = (changes: Partial<LivePlanFacts> = {}): LivePlanFacts => ({
  tasks: [
    { name: 'support', models: ['acme/large', 'birch/untested', 'cedar/small'] },
    { name: 'alone', models: ['acme/large'] },
    { name: 'fresh', models: ['acme/large', 'cedar/small'] },
    { name: 'behind', models: ['cedar/small', 'acme/large'] },
    { name: 'busy', models: ['acme/large', 'cedar/small'] },
    { name: 'other', models: ['cedar/small'] },
  ],
  rows: [row('support')],
  since: before(1),
  until: now,
  tested: [
    { task: 'support', model: 'cedar/small', at: before(10) },
    { task: 'busy', model: 'cedar/small', at: before(10) },
    { task: 'fresh', model: 'cedar/small', at: before(91) },
  ],
  now,
  cardAt: () => ({
    id: 'x',
    price: { input: decimal('1'), output: decimal('10') },
    currency: 'USD' as const,
    source: 'a test',
    readOn: null,
  }),
  isLive: () => true,
  whyNot: (task) => (task === 'busy' ? 'a canary is under way in it' : null),
  ...changes,
})

const asked: LivePlanAsked = { provider: 'acme', share: 0.01, forMs: 3_600_000, only: null }

describe('a plan', () => {
  test('sends tasks to what is tested, not to what is next, and says what an hour will cost', () => {
    const plan = livePlan(asked, facts())
    expect(plan.tasks).toEqual([
      {
        task: 'support',
        model: 'cedar/small',
        tested_at: '2026-11-12T00:00:00.000Z',
        // A hundredth of 1,000 calls an hour: 0.02 dollars in place of 0.03.
        calls: 10,
        cost_usd: '0.02',
        instead_usd: '0.03',
      },
    ])
    expect(plan.expected).toEqual({
      calls: 10,
      cost_usd: '0.02',
      instead_usd: '0.03',
      net_usd: '-0.01',
    })
  })

  test('names each task that stays, and why', () => {
    const { left_out: left } = livePlan(asked, facts())
    expect(left.map(({ task, why }) => [task, why])).toEqual([
      ['alone', 'it has no model at another provider, and would stop'],
      ['fresh', expect.stringContaining('no substitute of it is tested')],
      ['behind', 'acme answers none of its calls'],
      ['busy', 'a canary is under way in it'],
    ])
  })

  test('sends nothing to a provider that is not live', () => {
    const isLive = (provider: string): boolean => provider !== 'cedar'
    expect(livePlan(asked, facts({ isLive })).tasks).toEqual([])
  })

  test('is of the tasks that are named alone', () => {
    const { tasks, left_out: left } = livePlan({ ...asked, only: ['alone'] }, facts())
    expect([tasks.length, left.length]).toEqual([0, 1])
  })

  test('has no sum where a price or a cost is not known', () => {
    const unpriced = livePlan(asked, facts({ cardAt: () => null })).expected
    expect([unpriced.cost_usd, unpriced.instead_usd, unpriced.net_usd]).toEqual([
      null,
      '0.03',
      null,
    ])
    const unknown = livePlan(asked, facts({ rows: [row('support', 1)] })).expected
    expect([unknown.cost_usd, unknown.instead_usd, unknown.net_usd]).toEqual(['0.02', null, null])
  })
})

describe('a report', () => {
  const counts = (changes: Partial<DrillCounts> = {}): DrillCounts => ({
    task: 'support',
    calls: 40,
    broken: 1,
    failed: 1,
    invalid: 0,
    refused: 0,
    unable: 0,
    cost: 300n,
    instead: 100n,
    unknown: 0,
    others: 1_000,
    othersBroken: 10,
    takenBack: null,
    ...changes,
  })
  const tasks = [{ task: 'support', model: 'cedar/small' }]

  test('adds up what the threads saw, and what could not be taken is broken too', () => {
    const threads = [counts(), counts({ unable: 20, takenBack: 'it fails' })]
    const { tasks: told, total } = figuresOf(tasks, threads)
    expect(total).toMatchObject({
      calls: 100,
      broken: 22,
      unable: 20,
      break_rate: 0.22,
      cost_usd: '0.0000000006',
      net_usd: '0.0000000004',
      others: { calls: 2_000, break_rate: 0.01 },
    })
    const [low, high] = total.break_interval!
    expect(low).toBeLessThan(0.22)
    expect(high).toBeGreaterThan(0.22)
    expect(told).toMatchObject([{ task: 'support', taken_back: 'it fails', calls: 100 }])
  })

  test('of no calls has no rate, which is not a rate of nothing', () => {
    const { tasks: told, total } = figuresOf(tasks, [])
    expect([total.break_rate, total.break_interval, total.others.break_rate]).toEqual([
      null,
      null,
      null,
    ])
    expect(told).toMatchObject([{ task: 'support', calls: 0, cost_usd: '0' }])
  })
})
