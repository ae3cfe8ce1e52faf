import { expect, test } from 'bun:test'
import { instant } from '../../core/clock.ts'
import { type Money, usd } from '../../core/money.ts'
import { Secret } from '../../core/secret.ts'
import { Budgets, type Hold, isRefusal, type Scope } from '../limits/budgets.ts'
import type { Bounds } from '../limits/limits.ts'
import { Keyring } from './keyring.ts'
import { chargeLaterBudgets } from './later-budgets.ts'
import type { Parts } from './parts.ts'
import { limitsOf, limitsOfProvider } from './scopes.ts'
import type { ApiKey, LiveProvider, Snapshot } from './snapshot.ts'
import type { Trip } from './trip.ts'

const now = instant('2026-11-22T12:00:00Z')
const free: Bounds = { budget: null, rate: null }
const daily: Bounds = { budget: { limit: usd('1'), per: 'day' }, rate: null }

interface Bound {
  readonly key?: Bounds
  readonly customer?: Bounds
  readonly task?: Bounds
  readonly provider?: Bounds
}

/** A configuration with these limits, and the key of its caller. */
function configured({ key = free, customer = free, task = free, provider = free }: Bound) {
  const snapshot = {
    customers: new Map([['acme', customer]]),
    customerDefault: null,
    features: new Map(),
    tasks: new Map([['chat', { name: 'chat', bounds: task }]]),
    providers: new Map([['birch', { id: 'birch', bounds: provider } as LiveProvider]]),
  } as unknown as Snapshot
  return { snapshot, key: { id: 'web', bounds: key } as ApiKey }
}

/** Begins a call under one configuration and ends it, for 0.4 USD, under another. @returns what each has spent */
function spentAfter(before: Bound, after: Bound | null, isHeld = true): Record<string, number> {
  const budgets = new Budgets('UTC', () => {})
  const [begun, inForce] = [configured(before), after && configured(after)]
  const keyring = new Keyring(new Secret('pepper'))
  keyring.replace(new Map([['hash', (inForce ?? begun).key]]))
  const attribution = { customer: 'acme', feature: null, session: null }
  const call = { ...begun, attribution, task: begun.snapshot.tasks.get('chat') } as Trip
  const provider = begun.snapshot.providers.get('birch')!
  const hold = budgets.hold(limitsOf(call).budgets, usd('0.5'), now) as Hold
  const ofProvider = budgets.hold(limitsOfProvider(provider).budgets, usd('0.5'), now) as Hold
  const stop = { provider }
  const parts = {
    snapshot: () => (inForce ?? begun).snapshot,
    keyring,
    budgets,
    clock: { now: () => now },
  } as unknown as Parts
  const trip = { ...call, hold: isHeld ? hold : null } as Trip
  chargeLaterBudgets(trip, { stop, hold: ofProvider } as never, usd('0.4'), parts)
  for (const each of [hold, ofProvider]) budgets.settle(each, usd('0.4'), now)
  const scopes: Scope[] = [
    { kind: 'key', value: 'web' },
    { kind: 'customer', value: 'acme' },
    { kind: 'task', value: 'chat' },
    { kind: 'provider', value: 'birch' },
  ]
  return Object.fromEntries(scopes.map((scope) => [scope.kind, spentOf(budgets, scope)]))
}

function spentOf(budgets: Budgets, scope: Scope): number {
  const budget = { limit: usd('1'), per: 'day' } as const
  const outcome = budgets.hold([{ ...scope, budget }], usd('9'), now)
  if (!isRefusal(outcome)) throw new Error('nothing was to be let in')
  return Number((usd('1') - outcome.left) as Money) / Number(usd('1'))
}

const nothing = { key: 0, customer: 0, task: 0, provider: 0 }

test('budgets that were put on while a call was under way count what it cost', () => {
  const all = { key: daily, customer: daily, task: daily, provider: daily }
  const spent = { key: 0.4, customer: 0.4, task: 0.4, provider: 0.4 }
  expect(spentAfter({}, all)).toEqual(spent)
  // Those that the call holds money of count it once.
  expect(spentAfter(all, all)).toEqual(spent)
  expect(spentAfter({ key: daily, provider: daily }, all)).toEqual(spent)
  expect(spentAfter(all, null)).toEqual(spent)
})

test('a budget that was taken off, and what is asked on nobody’s account, count nothing new', () => {
  expect(spentAfter({ key: daily }, {})).toEqual({ ...nothing, key: 0.4 })
  expect(spentAfter({}, { key: daily }, false)).toEqual(nothing)
})
