import { describe, expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { type Money, usd } from '../../core/money.ts'
import type { Spent } from '../../store/ports.ts'
import { Budgets, type Hold, isRefusal, type ScopedBudget } from '../limits/budgets.ts'
import type { Bounds, Period } from '../limits/limits.ts'
import { type Budgeted, restoreBudgets } from './restore.ts'
import type { Snapshot } from './snapshot.ts'

const noon = instant('2026-11-22T12:00:00Z')

describe('budgets', () => {
  test('count from their start what the ledger says was spent', async () => {
    const { restore, left } = scene({ web: '0.7' })
    await restore(keyPer('day'), null)
    expect(left('key', 'web', 'day')).toBe(usd('0.3'))
  })

  test('that stand in the configuration in force know better than the ledger', async () => {
    const { restore, spend, left } = scene({ web: '0.1' })
    await restore(keyPer('day'), null)
    spend('key', 'web', 'day', '0.2')
    await restore(keyPer('day'), keyPer('day'))
    expect(left('key', 'web', 'day')).toBe(usd('0.7'))
  })

  test('that are put back count what was spent while they were away', async () => {
    const { restore, spend, left, ledger } = scene({})
    await restore(keyPer('day'), null)
    spend('key', 'web', 'day', '0.2')
    ledger.web = '0.8'
    await restore(keyPer('month'), keyPer('day'))
    await restore(keyPer('day'), keyPer('month'))
    expect(left('key', 'web', 'day')).toBe(usd('0.2'))
  })

  test('of a key that is new do not have the ledger asked for all customers', async () => {
    const inForce = customersPer(new Map())
    const { restore, asked } = scene({ web: '0.7' })
    await restore({ ...keyPer('day'), snapshot: inForce.snapshot }, inForce)
    expect(asked).toEqual(['web'])
  })

  test('of a customer that is named no longer go on, where they are those of every customer', async () => {
    const [named, all] = [customersPer(new Map([['acme', per('day')]])), customersPer(new Map())]
    const { restore, spend, left, ledger } = scene({ acme: '0.1', birch: '0.1' })
    await restore(named, null)
    spend('customer', 'acme', 'day', '0.4')
    spend('customer', 'birch', 'day', '0.4')
    ledger.acme = '0.2'
    ledger.birch = '0.2'
    await restore(all, named)
    expect(left('customer', 'acme', 'day')).toBe(usd('0.5'))
    expect(left('customer', 'birch', 'day')).toBe(usd('0.5'))
    const free = customersPer(new Map([['acme', { budget: null, rate: null }]]))
    ledger.acme = '0.9'
    await restore(free, all)
    await restore(all, free)
    expect(left('customer', 'acme', 'day')).toBe(usd('0.1'))
    expect(left('customer', 'birch', 'day')).toBe(usd('0.5'))
  })
})

/** @param ledger  what it says each name has spent, in every window */
function scene(ledger: Record<string, string>) {
  const budgets = new Budgets('UTC', () => {})
  const asked: (string | null)[] = []
  const spent = async ({ windows }: Parameters<LedgerSpent>[0]): Promise<readonly Spent[]> => {
    asked.push(...windows.map(({ value }) => value))
    return windows.flatMap(({ scope, value, since }) =>
      Object.entries(ledger)
        .filter(([name]) => value === null || value === name)
        .map(([name, cost]) => ({ scope, value: name, since, cost: usd(cost), costUnknown: 0 })),
    )
  }
  return {
    ledger,
    asked,
    restore: (next: Budgeted, inForce: Budgeted | null) =>
      restoreBudgets(next, inForce, budgets, { spent }, 'UTC', noon),
    spend: (kind: 'key' | 'customer', value: string, period: Period, cost: string) =>
      budgets.charge([scoped(kind, value, period)], usd(cost), noon),
    left: (kind: 'key' | 'customer', value: string, period: Period): Money => {
      const outcome = budgets.hold([scoped(kind, value, period)], usd('9'), noon)
      if (!isRefusal(outcome)) throw new Error(`${(outcome as Hold).ceiling} was let in`)
      return outcome.left
    },
  }
}

type LedgerSpent = Parameters<typeof restoreBudgets>[3]['spent']

function scoped(kind: 'key' | 'customer', value: string, period: Period): ScopedBudget {
  return { kind, value, budget: { limit: usd('1'), per: period } }
}

function per(period: Period): Bounds {
  return { budget: { limit: usd('1'), per: period }, rate: null }
}

function keyPer(period: Period): Budgeted {
  const key = { id: 'web', role: 'caller', env: null, tasks: null, bounds: per(period) } as const
  return { snapshot: snapshotOf(new Map(), null), keys: [key] }
}

function customersPer(named: Snapshot['customers']): Budgeted {
  return { snapshot: snapshotOf(named, per('day')), keys: [] }
}

function snapshotOf(customers: Snapshot['customers'], customerDefault: Bounds | null): Snapshot {
  const none = new Map()
  const of = { features: none, tasks: none, providers: none }
  return { customers, customerDefault, ...of } as unknown as Snapshot
}
