import { expect, test } from 'bun:test'
import { usd } from '../../core/money.ts'
import type { Bounds, Period } from '../limits/limits.ts'
import { limitsOf } from './scopes.ts'
import type { Trip } from './trip.ts'

const paceOf = (count: number): Bounds['rate'] => ({
  requests: { count, perMs: 60_000 },
  tokens: null,
  concurrent: null,
})
const boundsOf = (limit: string, per: Period, rate: Bounds['rate'] = null): Bounds => ({
  budget: { limit: usd(limit), per },
  rate,
})

function scene() {
  const key = { id: 'web', bounds: boundsOf('1', 'day', paceOf(1)) }
  const task = { name: 'support', bounds: boundsOf('4', 'total', paceOf(4)) }
  const snapshot = {
    customers: new Map([['acme', boundsOf('2', 'week', paceOf(2))]]),
    customerDefault: boundsOf('5', 'day'),
    features: new Map([['search', boundsOf('3', 'month')]]),
  }
  const limits = (customer: string | null, feature: string | null, withTask = true) => {
    const attribution = { customer, feature, session: null }
    return limitsOf({
      key,
      task: withTask ? task : null,
      attribution,
      snapshot,
    } as unknown as Trip)
  }
  const told = (...of: Parameters<typeof limits>) => {
    const { budgets, rates } = limits(...of)
    return [...budgets.map(({ counter }) => counter), ...rates.map(({ meter }) => meter)]
  }
  return { limits, told }
}

test('limits are asked in the order key, customer, feature, task, and counted by their names', () => {
  expect(scene().told('acme', 'search')).toEqual([
    'key day web',
    'customer week acme',
    'feature month search',
    'task total support',
    'key web',
    'customer acme',
    'task support',
  ])
})

test('a customer that is not named has the limits of any, a feature that is not named has none', () => {
  const { told } = scene()
  const either = ['key day web', 'task total support', 'key web', 'task support']
  expect(told(null, 'other')).toEqual(either)
  expect(told('other', null)).toEqual([
    'key day web',
    'customer day other',
    'task total support',
    'key web',
    'task support',
  ])
})

test('what stands on key and task is put together once', () => {
  const { limits, told } = scene()
  expect(limits(null, null)).toBe(limits(null, null))
  expect(limits(null, null, false)).toBe(limits(null, null, false))
  expect(told(null, null, false)).toEqual(['key day web', 'key web'])
})
