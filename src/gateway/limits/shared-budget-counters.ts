import type { Instant } from '../../core/clock.ts'
import { add, type Money, nothing, subtract } from '../../core/money.ts'
import type { Span } from '../../core/zone.ts'
import type { BudgetCounter, BudgetCounters } from './budget-counters.ts'
import { SharedTable, type TableShape } from './shared-table.ts'

const startAt = 0
const endAt = 1
const toldAt = 2
const spentAt = 3
const limitAt = 5
/** Then three words for each thread: what it holds, and how many holds. */
const threadsAt = 7
const threadWords = 3
const holdsAt = 2

export function budgetShape(slots: number, threads: number): TableShape {
  return { slots, fields: threadsAt + threads * threadWords }
}

/**
 * Budgets of several threads: what is spent is one sum, what is held is kept for each thread, so that
 * the holds of one that dies can be told from the others' and released.
 */
export class SharedBudgetCounters implements BudgetCounters {
  readonly #table: SharedTable
  readonly #threads: number
  readonly #thread: number

  constructor(memory: SharedArrayBuffer, slots: number, threads: number, thread: number) {
    this.#table = new SharedTable(memory, budgetShape(slots, threads), thread)
    this.#threads = threads
    this.#thread = thread
  }

  get size(): number {
    return this.#table.size
  }

  enter(): void {
    this.#table.enter()
  }

  leave(): void {
    this.#table.leave()
  }

  find(name: string): BudgetCounter | undefined {
    const slot = this.#table.find(name)
    return slot === -1 ? undefined : this.#at(slot)
  }

  make(name: string, span: Span, isAtRest: (counter: BudgetCounter) => boolean): BudgetCounter {
    const counter = this.#at(this.#table.make(name, (slot) => isAtRest(this.#at(slot))))
    counter.span = span
    return counter
  }

  /** A thread has died: the calls that held something are over. */
  release(thread: number): void {
    const at = threadsAt + thread * threadWords
    this.#table.release(thread, (slot) => {
      this.#table.setMoney(slot, at, nothing)
      this.#table.setNumber(slot, at + holdsAt, 0)
    })
  }

  /** A slot stays this name's as long as something is held of it. */
  #at(slot: number): BudgetCounter {
    return new SharedBudgetCounter(this.#table, slot, this.#threads, this.#thread)
  }
}

class SharedBudgetCounter implements BudgetCounter {
  readonly #table: SharedTable
  readonly #slot: number
  readonly #threads: number
  readonly #mineAt: number

  constructor(table: SharedTable, slot: number, threads: number, thread: number) {
    this.#table = table
    this.#slot = slot
    this.#threads = threads
    this.#mineAt = threadsAt + thread * threadWords
  }

  get limit(): Money {
    return this.#table.money(this.#slot, limitAt)
  }

  set limit(limit: Money) {
    this.#table.setMoney(this.#slot, limitAt, limit)
  }

  get span(): Span {
    const start = this.#table.number(this.#slot, startAt) as Instant
    return { start, end: this.#table.number(this.#slot, endAt) as Instant }
  }

  set span({ start, end }: Span) {
    this.#table.setNumber(this.#slot, startAt, start)
    this.#table.setNumber(this.#slot, endAt, end)
  }

  get spent(): Money {
    return this.#table.money(this.#slot, spentAt)
  }

  set spent(spent: Money) {
    this.#table.setMoney(this.#slot, spentAt, spent)
  }

  get told(): number {
    return this.#table.number(this.#slot, toldAt)
  }

  set told(told: number) {
    this.#table.setNumber(this.#slot, toldAt, told)
  }

  get held(): Money {
    let held = nothing
    for (let thread = 0; thread < this.#threads; thread += 1) {
      held = add(held, this.#table.money(this.#slot, threadsAt + thread * threadWords))
    }
    return held
  }

  get holds(): number {
    let holds = 0
    for (let thread = 0; thread < this.#threads; thread += 1) {
      holds += this.#table.number(this.#slot, threadsAt + thread * threadWords + holdsAt)
    }
    return holds
  }

  hold(more: Money, holds: number): void {
    this.#holdNow(add(this.#mine(), more), holds)
  }

  release(held: Money): void {
    this.#holdNow(subtract(this.#mine(), held), -1)
  }

  #mine(): Money {
    return this.#table.money(this.#slot, this.#mineAt)
  }

  #holdNow(held: Money, holds: number): void {
    const at = this.#mineAt + holdsAt
    this.#table.setMoney(this.#slot, this.#mineAt, held)
    this.#table.setNumber(this.#slot, at, this.#table.number(this.#slot, at) + holds)
  }
}
