import { expect, test } from 'bun:test'
import { Alarms } from '../alarms/alarms.ts'
import { type Instant, isoText } from '../core/clock.ts'
import type { AlarmRow } from '../store/ports.ts'
import { BudgetWatch } from './budget-watch.ts'
import type { BudgetJson } from './contract/overview.ts'

const minuteUs = 60_000_000
const start = 1_760_000_000_000_000 as Instant

function scene() {
  let now: number = start
  let shares: Record<string, number> = {}
  let since: number = start
  const told: AlarmRow[] = []
  const clock = { now: () => now as Instant, elapsedUs: () => 0, sleep: async () => {} }
  const alarms = new Alarms(clock, { putAlarm: async () => {} }, (alarm) => told.push(alarm))
  const watch = new BudgetWatch({
    alarms,
    clock,
    budgets: async () =>
      Object.entries(shares).map(([value, share]): BudgetJson => ({
        scope: 'customer',
        value,
        limit_usd: '2',
        per: 'day',
        since: isoText(since as Instant),
        until: null,
        spent_usd: String(2 * share),
        cost_unknown: 0,
        share,
      })),
  })
  return {
    alarms,
    told,
    look: () => watch.look(),
    spent: (next: Record<string, number>) => (shares = next),
    pass: (us: number) => (now += us),
    beginAnew: () => (since = now),
  }
}

test('an alarm of a budget is over when its day is, although nobody calls', async () => {
  const { alarms, told, look, spent, pass, beginAnew } = scene()
  spent({ acme: 1, birch: 0.85 })
  alarms.raise('budget_near', 'customer acme', 'near')
  alarms.raise('budget_spent', 'customer acme', 'spent')
  alarms.raise('budget_near', 'customer birch', 'near')
  pass(10 * minuteUs)
  await look()
  expect(alarms.open()).toHaveLength(3)
  beginAnew()
  spent({ acme: 0, birch: 0.9 })
  await look()
  expect(alarms.open().map(({ subject }) => subject)).toEqual(['customer birch'])
  expect(told.filter(({ resolvedAt }) => resolvedAt !== null)).toHaveLength(2)
})

test('a budget that was raised or taken away is not spent any more; a ledger that lags is waited for', async () => {
  const { alarms, look, spent, pass } = scene()
  alarms.raise('budget_spent', 'customer acme', 'spent')
  alarms.raise('budget_spent', 'customer birch', 'spent')
  spent({ acme: 0.5 })
  await look()
  expect(alarms.open()).toHaveLength(2)
  pass(3 * minuteUs)
  await look()
  expect(alarms.open()).toEqual([])
})
