import type { Instant } from '../../core/clock.ts'
import { add, type Money, nothing, subtract } from '../../core/money.ts'
import { type Span, spanOf } from '../../core/zone.ts'
import type { BudgetLimit, Period } from './limits.ts'
import { sweep } from './sweep.ts'

export type ScopeKind = 'key' | 'customer' | 'feature' | 'task' | 'provider'

/** Whom or what a limit stands on. */
export interface Scope {
  readonly kind: ScopeKind
  readonly value: string
}

export interface ScopedBudget extends Scope {
  readonly budget: BudgetLimit
}

/** Money set aside for a call that is under way, in each budget that it falls under. */
export interface Hold {
  /** Grows by `extend` alone. */
  ceiling: Money
  readonly counters: readonly Counter[]
}

/** The first budget that does not allow a call. */
export interface BudgetRefusal {
  readonly refused: ScopedBudget
  readonly left: Money
}

interface Counter {
  /** As the call that came last had it: a reload may change the limit. */
  scoped: ScopedBudget
  span: Span
  spent: Money
  held: Money
  /** Holds under way, those of nothing too. */
  holds: number
  /** The last step of which was told in this window. */
  told: number
}

/** How far a budget is used up, told once for each step and window. */
export interface BudgetNews {
  readonly scoped: ScopedBudget
  readonly spent: Money
  /** 0.8 or 1 */
  readonly share: number
}

const newsAt = [0.8, 1] as const

/**
 * Budgets hold the worst case before a provider is asked and take the true cost when it is known:
 * checking now and charging later would let every call in between spend the same money. One thread
 * runs this, so a check and its hold cannot be parted.
 */
export class Budgets {
  readonly #timeZone: string
  readonly #onNews: (news: BudgetNews) => void
  readonly #counters = new Map<string, Counter>()

  constructor(timeZone: string, onNews: (news: BudgetNews) => void) {
    this.#timeZone = timeZone
    this.#onNews = onNews
  }

  /** Scopes of which something is remembered. */
  get size(): number {
    return this.#counters.size
  }

  /** What the ledger says was spent in the window that `now` falls into. */
  restore(scope: Scope, per: Period, spent: Money, now: Instant): void {
    const counter = this.#counter({ ...scope, budget: { limit: nothing, per } }, now)
    counter.spent = spent
  }

  /** True when the window of this scope and period has been counted since it began. */
  knows(scope: Scope, per: Period): boolean {
    return this.#counters.has(nameOf(scope, per))
  }

  /** Sets `ceiling` aside in all of these budgets, or in none. */
  hold(budgets: readonly ScopedBudget[], ceiling: Money, now: Instant): Hold | BudgetRefusal {
    const counters = budgets.map((scoped) => this.#counter(scoped, now))
    for (const [index, counter] of counters.entries()) {
      const scoped = budgets[index]!
      const left = leftOf(counter, scoped)
      if (left < ceiling || left <= nothing) {
        this.#tell(counter, scoped)
        return { refused: scoped, left: left < nothing ? nothing : left }
      }
    }
    for (const counter of counters) {
      counter.held = add(counter.held, ceiling)
      counter.holds += 1
    }
    return { ceiling, counters }
  }

  /**
   * Sets `more` aside for a call under way that comes to more than was foreseen: in all of its budgets,
   * or in none.
   * @returns null when there was room for it
   */
  extend(hold: Hold, more: Money, now: Instant): BudgetRefusal | null {
    for (const counter of hold.counters) {
      this.#turn(counter, now)
      const left = leftOf(counter, counter.scoped)
      if (left < more) return { refused: counter.scoped, left: left < nothing ? nothing : left }
    }
    for (const counter of hold.counters) counter.held = add(counter.held, more)
    hold.ceiling = add(hold.ceiling, more)
    return null
  }

  /** Trades a hold for the true cost. Null: not known, and then nothing is spent that can be counted. */
  settle({ ceiling, counters }: Hold, cost: Money | null, now: Instant): void {
    for (const counter of counters) {
      this.#turn(counter, now)
      counter.held = subtract(counter.held, ceiling)
      counter.holds -= 1
      if (cost === null) continue
      counter.spent = add(counter.spent, cost)
      this.#tell(counter, counter.scoped)
    }
  }

  #tell(counter: Counter, scoped: ScopedBudget): void {
    const { limit } = scoped.budget
    if (limit <= nothing) return
    const used = Number((counter.spent * 1_000n) / limit) / 1_000
    const share = newsAt.findLast((step) => used >= step)
    if (share === undefined || counter.told >= share) return
    counter.told = share
    this.#onNews({ scoped, spent: counter.spent, share })
  }

  #counter(scoped: ScopedBudget, now: Instant): Counter {
    const name = nameOf(scoped, scoped.budget.per)
    let counter = this.#counters.get(name)
    if (counter === undefined) {
      sweep(this.#counters, (old) => isAtRest(old, now))
      const span = this.#span(scoped.budget.per, now)
      counter = { scoped, span, spent: nothing, held: nothing, holds: 0, told: 0 }
      this.#counters.set(name, counter)
    } else {
      counter.scoped = scoped
      this.#turn(counter, now)
    }
    return counter
  }

  /** A new window begins with nothing spent; what is held goes with the calls that hold it. */
  #turn(counter: Counter, now: Instant): void {
    if (now >= counter.span.start && now < counter.span.end) return
    const { per } = counter.scoped.budget
    counter.span = this.#span(per, now)
    counter.spent = nothing
    counter.told = 0
  }

  #span(per: Period, now: Instant): Span {
    if (per === 'total') return { start: 0 as Instant, end: Number.MAX_SAFE_INTEGER as Instant }
    return spanOf(per, now, this.#timeZone)
  }
}

function leftOf({ spent, held }: Counter, { budget }: ScopedBudget): Money {
  return subtract(budget.limit, add(spent, held))
}

/** Its window is over and no call holds of it: a new counter would say the same. */
function isAtRest({ span, holds }: Counter, now: Instant): boolean {
  return holds === 0 && now >= span.end
}

function nameOf({ kind, value }: Scope, per: Period): string {
  return `${kind} ${per} ${value}`
}

export function isRefusal(outcome: Hold | BudgetRefusal): outcome is BudgetRefusal {
  return 'refused' in outcome
}
