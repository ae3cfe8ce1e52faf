import type { Found } from '../../catalog/catalog.ts'
import { inMode } from '../../catalog/mode.ts'
import type { Call } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { budgetSpent, GatewayError, priceUnknown, rateExceeded } from '../../core/errors.ts'
import { add, dearest, format, type Money, nothing, subtract } from '../../core/money.ts'
import { estimateTokens } from '../../core/usage.ts'
import { type BudgetRefusal, type Hold, isRefusal, type ScopedBudget } from '../limits/budgets.ts'
import { isRateRefusal, type RateHold, type RateRefusal, type ScopedRate } from '../limits/rates.ts'
import type { Quirks } from '../../dialects/dialect.ts'
import { promptText } from '../../routing/demand.ts'
import { emulationOf } from '../emulate/emulation.ts'
import { ceiling, inputMax, outputMax } from './ceiling.ts'
import { modeAsked } from './mode.ts'
import type { Parts } from './parts.ts'
import { rateHeaders } from './rate-headers.ts'
import { doorFor } from './request.ts'
import type { Stop } from './route.ts'
import { limitsOf, limitsOfProvider } from './scopes.ts'
import type { LiveProvider } from './snapshot.ts'
import type { Trip } from './trip.ts'

/** A stop whose price and worst case are known, or known to be unknown. */
export interface PricedStop extends Stop {
  readonly found: Found | null
  /** Picodollars; null when the model has no price. */
  readonly ceiling: Money | null
}

/** What each stop may cost at most. */
export function priced(stops: readonly Stop[], trip: Trip): readonly PricedStop[] {
  const mode = modeAsked(trip.call)
  const all: PricedStop[] = []
  for (const stop of stops) all.push(pricedStop(stop, stop.mode ?? mode, trip))
  return all
}

function pricedStop(
  stop: Stop,
  mode: string | null,
  { call, snapshot: { catalog }, at }: Trip,
): PricedStop {
  const usual = catalog.find(stop.provider.id, stop.model, at)
  if (usual === null || mode === null)
    return { ...stop, found: usual, ceiling: worstOf(stop, call, usual, at) }
  const served = inMode(usual, mode, at, catalog)
  const worst = worstOf(stop, call, served, at)
  // Whoever is full serves it as everybody else's, and says so in the answer.
  const other = worstOf(stop, call, usual, at)
  return {
    ...stop,
    found: stop.mode === undefined ? usual : served,
    ceiling: worst === null || other === null ? null : dearest(worst, other),
  }
}

/** Where the gateway does what a provider cannot, that one is asked more than once. */
function worstOf(
  { provider, model }: Stop,
  call: Call,
  found: Found | null,
  at: Instant,
): Money | null {
  const { dialect, quirks = noQuirks } = doorFor(provider, call, model)
  const emulation = emulationOf(call, dialect, quirks, model)
  if (emulation === null) return ceiling(call, found, at)
  const once = ceiling(emulation.call, found, at)
  return once === null ? null : ((once * BigInt(emulation.asksMax)) as Money)
}

const noQuirks: Quirks = {}

/**
 * Lets a call in, or says why not: rates and budgets of its key, customer, feature and task. The
 * worst case over all models that may be asked is held until `account` knows the true cost.
 * @returns the stops that may be asked; one without a price may not be where a budget applies
 * @throws rate_exceeded, budget_spent, price_unknown
 */
export function admit(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Pick<Parts, 'rates' | 'budgets' | 'clock' | 'tokenRatios'>,
): readonly PricedStop[] {
  const { budgets, rates } = limitsOf(trip)
  const allowed = withPrices(trip, stops, budgets)
  // A canary that may not be asked for want of a price has not failed.
  if (trip.course?.side === 'canary' && allowed[0] !== stops[0])
    trip.course = { ...trip.course, side: null }
  if (rates.length > 0) trip.rates = takenOf(rates, trip, allowed, parts)
  const worst = worstOfAll(trip, allowed)
  const hold = parts.budgets.hold(budgets, worst, trip.at)
  if (isRefusal(hold)) throw budgetError(hold, worst)
  trip.hold = hold
  return allowed
}

/**
 * The same for the provider of one attempt. Where it refuses, another provider may be asked.
 * @throws rate_exceeded, budget_spent, price_unknown, limits_full; then nothing of it is held
 */
export function admitAttempt(
  trip: Trip,
  stop: PricedStop,
  parts: Pick<Parts, 'rates' | 'budgets' | 'clock' | 'tokenRatios'>,
): { readonly hold: Hold | null; readonly rates: RateHold | null } {
  holdOn(trip, stop, parts)
  const { budgets, rates } = limitsOfProvider(stop.provider)
  const [budget] = budgets
  if (budget === undefined && rates.length === 0) return unbound
  if (budget !== undefined && stop.ceiling === null) throw withoutPrice(stop, budget)
  const taken = rates.length > 0 ? takenOf(rates, trip, [stop], parts) : null
  if (budget === undefined) return { hold: null, rates: taken }
  try {
    const held = parts.budgets.hold(budgets, stop.ceiling ?? nothing, parts.clock.now())
    if (isRefusal(held)) throw budgetError(held, stop.ceiling ?? nothing)
    return { hold: held, rates: taken }
  } catch (error) {
    if (taken !== null) parts.rates.giveBack(taken, 0, parts.clock.elapsedUs())
    throw error
  }
}

const unbound = { hold: null, rates: null } as const

/** All budgets that a call falls under when this provider answers it. */
export function budgetsAt(trip: Trip, provider: LiveProvider): readonly ScopedBudget[] {
  return [...limitsOf(trip).budgets, ...limitsOfProvider(provider).budgets]
}

/** Lets a call in for which no provider is asked: it takes its place and nothing else. @throws rate_exceeded */
export function admitFree(trip: Trip, { rates, clock }: Pick<Parts, 'rates' | 'clock'>): void {
  const limits = limitsOf(trip).rates
  if (limits.length === 0) return
  const taken = rates.take(limits, () => 0, clock.elapsedUs())
  if (isRateRefusal(taken)) throw refused(taken, trip, clock)
  trip.rates = taken
}

/**
 * What earlier attempts came to is spent, and others may be under way: the hold has to cover both, and the
 * worst case of the next.
 */
function holdOn(
  { hold, cost, underWay }: Trip,
  { ceiling: worst }: PricedStop,
  { budgets, clock }: Pick<Parts, 'budgets' | 'clock'>,
): void {
  if (hold === null || worst === null) return
  const needed = add(add(cost, underWay), worst)
  if (needed <= hold.ceiling) return
  const refusal = budgets.extend(hold, subtract(needed, hold.ceiling), clock.now())
  if (refusal !== null) throw budgetError(refusal, worst)
}

/** @param stops  of which the one that is likely to use most counts @throws rate_exceeded */
function takenOf(
  limits: readonly ScopedRate[],
  trip: Trip,
  stops: readonly PricedStop[],
  { rates, clock, tokenRatios }: Pick<Parts, 'rates' | 'clock' | 'tokenRatios'>,
): RateHold {
  const most = (): number => expectedTokens(trip.call, stops, tokenRatios)
  const taken = rates.take(limits, most, clock.elapsedUs())
  if (isRateRefusal(taken)) throw refused(taken, trip, clock)
  return taken
}

/** Where one answers, the dearest of them; a cascade may ask all, and the first as often as it compares. */
function worstOfAll({ course }: Trip, stops: readonly PricedStop[]): Money {
  if (course?.kind !== 'cascade') {
    let most = nothing
    for (const stop of stops) most = dearest(most, stop.ceiling ?? nothing)
    return most
  }
  const again = BigInt(course.samples - 1) * (stops[0]?.ceiling ?? 0n)
  return stops.reduce((sum, stop) => add(sum, stop.ceiling ?? nothing), again as Money)
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
  if (stops.every(isPriced)) return stops
  const known = stops.filter(isPriced)
  const [first] = stops
  if (known.length > 0 || first === undefined) return known
  if (budget !== undefined) throw withoutPrice(first, budget)
  throw priceUnknown(
    nameOf(first),
    'unknown_prices: refuse in freehold.yaml keeps it from being asked',
  )
}

function isPriced({ ceiling: worst }: PricedStop): boolean {
  return worst !== null
}

function withoutPrice(stop: PricedStop, { kind, value }: ScopedBudget): GatewayError {
  return priceUnknown(nameOf(stop), `the budget of ${kind} ${value} could not hold`)
}

function nameOf({ provider, model }: PricedStop): string {
  return `${provider.id}/${model}`
}

/** A walk over a longer prompt than this takes milliseconds: its tokens are told from its bytes. */
const countedBytesMax = 1_000_000

/**
 * Tokens that a call is likely to use: its prompt as the provider's tokeniser would count it, going by
 * what it made of others, and its answer by its limit. The most of several models.
 */
function expectedTokens(
  call: Call,
  stops: readonly PricedStop[],
  ratios: Parts['tokenRatios'],
): number {
  const isCounted = call.operation === 'chat' && call.inputTokensMax <= countedBytesMax
  const estimate = isCounted ? estimateTokens(promptText(call)) : 0
  let most = -Infinity
  for (const { provider, model, found } of stops) {
    const prompt = isCounted
      ? Math.min(Math.ceil(estimate * (ratios.of(provider.id, model) ?? 1)), inputMax(call, found))
      : Math.ceil(call.inputTokensMax / 4)
    most = Math.max(most, prompt + outputMax(call, found))
  }
  return most
}

/** A refusal that says in its headers, too, what is left of the caller's rates. */
function refused(refusal: RateRefusal, { dialect }: Trip, clock: Parts['clock']): GatewayError {
  return rateError(refusal).telling(rateHeaders(dialect.id, refusal.standing, clock))
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
