import type { Instant } from '../../core/clock.ts'
import { add, type Money, nothing, subtract } from '../../core/money.ts'
import { type Span, spanOf } from '../../core/zone.ts'
import { type BudgetCounter, type BudgetCounters, LocalBudgetCounters } from './budget-counters.ts'
import type { BudgetLimit, Period } from './limits.ts'

export type ScopeKind = 'key' | 'customer' | 'feature' | 'task' | 'provider'

/** Whom or what a limit stands on. */
export interface Scope {
  readonly kind: ScopeKind
  readonly value: string
}

export interface ScopedBudget extends Scope {
  readonly budget: BudgetLimit
  /** What its counter is called, where that was put together for many calls. */
  readonly counter?: string
}

/** Money set aside for a call that is under way, in each budget that it falls under. */
export interface Hold {
  /** Grows by `extend` alone. */
  ceiling: Money
  readonly counters: readonly Share[]
}

interface Share {
  readonly scoped: ScopedBudget
  readonly counter: BudgetCounter
}

/** The first budget that does not allow a call. */
export interface BudgetRefusal {
  readonly refused: ScopedBudget
  readonly left: Money
}

/** How far a budget is used up, told once for each step and window. */
export interface BudgetNews {
  readonly scoped: ScopedBudget
  readonly spent: Money
  /** 0.8 or 1 */
  readonly share: number
}

const newsAt = [0.8, 1] as const
/** Below this share there is no news, whichever way numbers round: only above it is exactly reckoned. */
const quietBelow = 0.79

const noShares: readonly Share[] = []

/**
 * A window does not turn back by less than this: a call may have begun before the window did, and
 * clocks of threads differ by a little. A clock that was set back further begins its window anew.
 */
const turnBackUs = 3_600_000_000

/**
 * Budgets hold the worst case before a provider is asked and take the true cost when it is known:
 * checking now and charging later would let every call in between spend the same money. A check and
 * its hold cannot be parted: one thread makes both, or both are made while no other thread looks.
 */
export class Budgets {
  readonly #timeZone: string
  readonly #onNews: (news: BudgetNews) => void
  readonly #counters: BudgetCounters
  /** Told when no other thread waits for it. */
  #news: BudgetNews[] = []

  constructor(
    timeZone: string,
    onNews: (news: BudgetNews) => void,
    counters: BudgetCounters = new LocalBudgetCounters(),
  ) {
    this.#timeZone = timeZone
    this.#onNews = onNews
    this.#counters = counters
  }

  /** Scopes of which something is remembered. */
  get size(): number {
    return this.#counters.size
  }

  /** What the ledger says was spent in the window that `now` falls into. @throws limits_full */
  restore(scope: Scope, per: Period, spent: Money, now: Instant): void {
    this.#counters.enter()
    try {
      this.#counter({ ...scope, budget: { limit: nothing, per } }, now).spent = spent
    } finally {
      this.#counters.leave()
    }
  }

  /** Sets `ceiling` aside in all of these budgets, or in none. @throws limits_full */
  hold(budgets: readonly ScopedBudget[], ceiling: Money, now: Instant): Hold | BudgetRefusal {
    if (budgets.length === 0) return { ceiling, counters: noShares }
    this.#counters.enter()
    try {
      const shares: Share[] = []
      for (const scoped of budgets) shares.push({ scoped, counter: this.#counter(scoped, now) })
      for (const share of shares) {
        const left = leftOf(share.counter)
        if (left < ceiling || left <= nothing) {
          this.#tell(share)
          return { refused: share.scoped, left: left < nothing ? nothing : left }
        }
      }
      for (const { counter } of shares) counter.hold(ceiling, 1)
      return { ceiling, counters: shares }
    } finally {
      this.#leave()
    }
  }

  /**
   * Sets `more` aside for a call under way that comes to more than was foreseen: in all of its budgets,
   * or in none.
   * @returns null when there was room for it
   */
  extend(hold: Hold, more: Money, now: Instant): BudgetRefusal | null {
    if (hold.counters.length > 0) {
      this.#counters.enter()
      try {
        for (const share of hold.counters) {
          this.#turn(share.counter, share.scoped.budget.per, now)
          const left = leftOf(share.counter)
          if (left < more) return { refused: inForce(share), left: left < nothing ? nothing : left }
        }
        for (const { counter } of hold.counters) counter.hold(more, 0)
      } finally {
        this.#leave()
      }
    }
    hold.ceiling = add(hold.ceiling, more)
    return null
  }

  /** Trades a hold for the true cost. Null: not known, and then nothing is spent that can be counted. */
  settle({ ceiling, counters: shares }: Hold, cost: Money | null, now: Instant): void {
    if (shares.length === 0) return
    this.#counters.enter()
    try {
      for (const share of shares) {
        const { scoped, counter } = share
        this.#turn(counter, scoped.budget.per, now)
        counter.release(ceiling)
        if (cost === null) continue
        counter.spent = add(counter.spent, cost)
        this.#tell(share)
      }
    } finally {
      this.#leave()
    }
  }

  /**
   * Counts what was spent by somebody who holds nothing: in a vendor's batch that an earlier process gave away.
   * It was spent, whether there was room for it or not.
   */
  charge(budgets: readonly ScopedBudget[], cost: Money, now: Instant): void {
    if (budgets.length === 0) return
    this.#counters.enter()
    try {
      for (const scoped of budgets) {
        const counter = this.#counter(scoped, now)
        counter.spent = add(counter.spent, cost)
        this.#tell({ scoped, counter })
      }
    } finally {
      this.#leave()
    }
  }

  #tell(share: Share): void {
    const { limit, spent, told } = share.counter
    if (limit <= nothing || Number(spent) < quietBelow * Number(limit)) return
    const used = Number((spent * 1_000n) / limit) / 1_000
    const step = stepAt(used)
    if (step === undefined || told >= step) return
    share.counter.told = step
    this.#news.push({ scoped: inForce(share), spent, share: step })
  }

  #leave(): void {
    this.#counters.leave()
    if (this.#news.length === 0) return
    const news = this.#news
    this.#news = []
    for (const each of news) this.#onNews(each)
  }

  #counter(scoped: ScopedBudget, now: Instant): BudgetCounter {
    const { limit, per } = scoped.budget
    const name = scoped.counter ?? counterName(scoped, per)
    let counter = this.#counters.find(name)
    if (counter === undefined) counter = this.#make(name, per, now)
    else this.#turn(counter, per, now)
    // Of a budget that was raised nothing is told yet.
    if (limit > counter.limit) counter.told = 0
    counter.limit = limit
    return counter
  }

  #make(name: string, per: Period, now: Instant): BudgetCounter {
    return this.#counters.make(name, this.#span(per, now), (old) => isAtRest(old, now))
  }

  /** A new window begins with nothing spent; what is held goes with the calls that hold it. */
  #turn(counter: BudgetCounter, per: Period, now: Instant): void {
    const { start, end } = counter.span
    if (now < end && now >= start - turnBackUs) return
    counter.span = this.#span(per, now)
    counter.spent = nothing
    counter.told = 0
  }

  #span(per: Period, now: Instant): Span {
    if (per === 'total') return { start: 0 as Instant, end: Number.MAX_SAFE_INTEGER as Instant }
    return spanOf(per, now, this.#timeZone)
  }
}

function stepAt(used: number): number | undefined {
  return newsAt.findLast((each) => used >= each)
}

function leftOf({ limit, spent, held }: BudgetCounter): Money {
  return subtract(limit, add(spent, held))
}

/** The budget as it is now, which need not be what it was when the call began. */
function inForce({ scoped, counter }: Share): ScopedBudget {
  return { ...scoped, budget: { ...scoped.budget, limit: counter.limit } }
}

/** Its window is over and no call holds of it: a new counter would say the same. */
function isAtRest({ span, holds }: BudgetCounter, now: Instant): boolean {
  return now >= span.end && holds === 0
}

export function counterName({ kind, value }: Scope, per: Period): string {
  return `${kind} ${per} ${value}`
}

export function isRefusal(outcome: Hold | BudgetRefusal): outcome is BudgetRefusal {
  return 'refused' in outcome
}
