import { add, type Money, nothing, subtract } from '../../core/money.ts'
import type { Span } from '../../core/zone.ts'
import { sweep } from './sweep.ts'

/** What is counted of one scope and period. */
export interface BudgetCounter {
  /** As the call that came last had it: a reload may change it. */
  limit: Money
  span: Span
  spent: Money
  /** The last step of which was told in this window. */
  told: number
  /** By all threads. */
  readonly held: Money
  /** Holds under way of all threads, those of nothing too. */
  readonly holds: number
  /** This thread holds so much more. @param holds  how many holds more */
  hold(more: Money, holds: number): void
  /** A hold of this thread is over. */
  release(held: Money): void
}

/** Where budgets are counted: for one thread, or for several that see each other's counts. */
export interface BudgetCounters {
  /** Scopes of which something is remembered. */
  readonly size: number
  /** No other thread looks at a counter or changes one until `leave`. */
  enter(): void
  leave(): void
  find(name: string): BudgetCounter | undefined
  /**
   * A new one, of nothing.
   * @param isAtRest  true of one that may be forgotten, because a new one would say the same
   * @throws limits_full
   */
  make(name: string, span: Span, isAtRest: (counter: BudgetCounter) => boolean): BudgetCounter
}

/** For one thread: nobody has to be kept out. */
export class LocalBudgetCounters implements BudgetCounters {
  readonly #counters = new Map<string, LocalBudgetCounter>()

  get size(): number {
    return this.#counters.size
  }

  enter(): void {}

  leave(): void {}

  find(name: string): BudgetCounter | undefined {
    return this.#counters.get(name)
  }

  make(name: string, span: Span, isAtRest: (counter: BudgetCounter) => boolean): BudgetCounter {
    sweep(this.#counters, isAtRest)
    const counter = new LocalBudgetCounter(span)
    this.#counters.set(name, counter)
    return counter
  }
}

class LocalBudgetCounter implements BudgetCounter {
  limit = nothing
  span: Span
  spent = nothing
  told = 0
  held = nothing
  holds = 0

  constructor(span: Span) {
    this.span = span
  }

  hold(more: Money, holds: number): void {
    this.held = add(this.held, more)
    this.holds += holds
  }

  release(held: Money): void {
    this.held = subtract(this.held, held)
    this.holds -= 1
  }
}
