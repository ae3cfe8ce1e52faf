import type { Found } from '../../catalog/catalog.ts'
import type { Call } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { budgetSpent, GatewayError, priceUnknown, rateExceeded } from '../../core/errors.ts'
import { dearest, format, type Money, nothing } from '../../core/money.ts'
import {
  type BudgetRefusal,
  type Hold,
  isRefusal,
  type Scope,
  type ScopedBudget,
} from '../limits/budgets.ts'
import type { Bounds } from '../limits/limits.ts'
import { isRateRefusal, type RateHold, type RateRefusal, type ScopedRate } from '../limits/rates.ts'
import { emulationOf } from '../emulate/emulation.ts'
import { ceiling, tokensMax } from './ceiling.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import type { Stop } from './route.ts'
import type { Trip } from './trip.ts'

/** A stop whose price and worst case are known, or known to be unknown. */
export interface PricedStop extends Stop {
  readonly found: Found | null
  /** Picodollars; null when the model has no price. */
  readonly ceiling: Money | null
}

/** What each stop may cost at most. */
export function priced(
  stops: readonly Stop[],
  { call, snapshot, at }: Trip,
): readonly PricedStop[] {
  return stops.map((stop) => {
    const found = snapshot.catalog.find(stop.provider.id, stop.model, at)
    return { ...stop, found, ceiling: worstOf(stop, call, found, at) }
  })
}

/** Where the gateway does what a provider cannot, that one is asked more than once. */
function worstOf(
  { provider, model }: Stop,
  call: Call,
  found: Found | null,
  at: Instant,
): Money | null {
  const { dialect, quirks = {} } = doorFor(provider, call, model)
  const emulation = emulationOf(call, dialect, quirks, model)
  if (emulation === null) return ceiling(call, found, at)
  const once = ceiling(emulation.call, found, at)
  return once === null ? null : ((once * BigInt(emulation.asksMax)) as Money)
}

/**
 * Lets a call in, or says why not: rates and budgets of its key, customer, feature and task. The
 * worst case over all models that may be asked is held until `account` knows the true cost.
 * @returns the stops that may be asked; one without a price may not be where a budget applies
 * @throws rate_exceeded, budget_spent, price_unknown
 */
export function admit(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Pick<Parts, 'rates' | 'budgets' | 'clock'>,
): readonly PricedStop[] {
  const scopes = scopesOf(trip)
  const budgets = budgetsOf(scopes)
  const allowed = withPrices(trip, stops, budgets)

  const tokens = Math.max(...allowed.map(({ found }) => expectedTokens(trip, found)))
  const rates = parts.rates.take(ratesOf(scopes), tokens, parts.clock.elapsedUs())
  if (isRateRefusal(rates)) throw rateError(rates)
  trip.rates = rates

  const worst = allowed.reduce((most, stop) => dearest(most, stop.ceiling ?? nothing), nothing)
  const hold = parts.budgets.hold(budgets, worst, trip.at)
  if (isRefusal(hold)) throw budgetError(hold, worst)
  trip.hold = hold
  return allowed
}

/**
 * The same for the provider of one attempt. Where it refuses, another provider may be asked.
 * @throws rate_exceeded, budget_spent, price_unknown
 */
export function admitAttempt(
  trip: Trip,
  stop: PricedStop,
  { rates, budgets, clock }: Pick<Parts, 'rates' | 'budgets' | 'clock'>,
): { readonly hold: Hold | null; readonly rates: RateHold | null } {
  const { id, bounds } = stop.provider
  const scope = { kind: 'provider', value: id, bounds } as const
  const [budget] = budgetsOf([scope])
  if (budget !== undefined && stop.ceiling === null) throw withoutPrice(stop, budget)
  const limits = ratesOf([scope])
  const taken =
    limits.length > 0
      ? rates.take(limits, expectedTokens(trip, stop.found), clock.elapsedUs())
      : null
  if (taken !== null && isRateRefusal(taken)) throw rateError(taken)
  if (budget === undefined) return { hold: null, rates: taken }
  const held = budgets.hold([budget], stop.ceiling ?? nothing, clock.now())
  if (!isRefusal(held)) return { hold: held, rates: taken }
  if (taken !== null) rates.giveBack(taken, 0)
  throw budgetError(held, stop.ceiling ?? nothing)
}

interface BoundScope extends Scope {
  readonly bounds: Bounds
}

function scopesOf({ key, attribution, task, snapshot }: Trip): readonly BoundScope[] {
  const scopes: BoundScope[] = [{ kind: 'key', value: key.id, bounds: key.bounds }]
  const { customer, feature } = attribution
  if (customer !== null) {
    const bounds = snapshot.customers.get(customer) ?? snapshot.customerDefault
    if (bounds) scopes.push({ kind: 'customer', value: customer, bounds })
  }
  const featured = feature === null ? undefined : snapshot.features.get(feature)
  if (feature !== null && featured)
    scopes.push({ kind: 'feature', value: feature, bounds: featured })
  if (task) scopes.push({ kind: 'task', value: task.name, bounds: task.bounds })
  return scopes
}

function budgetsOf(scopes: readonly BoundScope[]): readonly ScopedBudget[] {
  return scopes.flatMap(({ kind, value, bounds: { budget } }) =>
    budget === null ? [] : [{ kind, value, budget }],
  )
}

function ratesOf(scopes: readonly BoundScope[]): readonly ScopedRate[] {
  return scopes.flatMap(({ kind, value, bounds: { rate } }) =>
    rate === null ? [] : [{ kind, value, rate }],
  )
}

/** A budget could never trip on a model without a price, so under a budget it is not asked. */
function withPrices(
  trip: Trip,
  stops: readonly PricedStop[],
  budgets: readonly ScopedBudget[],
): readonly PricedStop[] {
  const refuseAll = trip.snapshot.unknownPrices === 'refuse'
  const [budget] = budgets
  if (!refuseAll && budget === undefined) return stops
  const known = stops.filter((stop) => stop.ceiling !== null)
  const [first] = stops
  if (known.length > 0 || first === undefined) return known
  if (budget !== undefined) throw withoutPrice(first, budget)
  throw priceUnknown(
    nameOf(first),
    'unknown_prices: refuse in freehold.yaml keeps it from being asked',
  )
}

function withoutPrice(stop: PricedStop, { kind, value }: ScopedBudget): GatewayError {
  return priceUnknown(nameOf(stop), `the budget of ${kind} ${value} could not hold`)
}

function nameOf({ provider, model }: PricedStop): string {
  return `${provider.id}/${model}`
}

/** Tokens that a call is likely to use: its prompt by estimate, its answer by its limit. */
function expectedTokens({ call }: Trip, found: Found | null): number {
  return Math.ceil(call.inputTokensMax / 4) + tokensMax(call, found).output
}

export function rateError({ refused, what, waitMs }: RateRefusal): GatewayError {
  const limit = refused.rate[what]
  const said =
    typeof limit === 'number'
      ? `${limit} at once`
      : `${limit?.count} ${what} per ${(limit?.perMs ?? 0) / 1_000} s`
  return rateExceeded(`${refused.kind} ${refused.value}`, said, waitMs).after(waitMs)
}

function budgetError({ refused, left }: BudgetRefusal, worst: Money): GatewayError {
  const { kind, value, budget } = refused
  return budgetSpent(
    `${kind} ${value}`,
    format(budget.limit),
    budget.per === 'total' ? 'lifetime' : budget.per,
    format(left),
    format(worst),
  )
}
