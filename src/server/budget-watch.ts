import type { Alarms } from '../alarms/alarms.ts'
import { type Clock, type Instant, instant } from '../core/clock.ts'
import type { BudgetJson } from './contract/overview.ts'

/** How often open alarms are looked at. */
const everyMs = 60_000
/** What was spent last is on the ledger by then. */
const settledUs = 120_000_000

/** From which share of a budget each is raised. */
const raisedAt = { budget_near: 0.8, budget_spent: 1 } as const

type Kind = keyof typeof raisedAt

export interface BudgetWatchParts {
  readonly alarms: Pick<Alarms, 'open' | 'resolve'>
  readonly clock: Pick<Clock, 'now'>
  /** Every budget, and what the ledger says was spent of it. */
  readonly budgets: () => Promise<readonly BudgetJson[]>
}

/**
 * Takes back what was told of budgets that have begun anew, were raised or taken away. Calls tell when one
 * is spent, and no call comes when it is not any more.
 */
export class BudgetWatch {
  readonly #parts: BudgetWatchParts
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(parts: BudgetWatchParts) {
    this.#parts = parts
  }

  start(): void {
    // A store that cannot be read is told where that happens; the next look is soon.
    this.#timer = setInterval(() => void this.look().catch(() => {}), everyMs)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    const { alarms, budgets, clock } = this.#parts
    const open = alarms
      .open()
      .flatMap((each) => (isKind(each.kind) ? [{ ...each, kind: each.kind }] : []))
    if (open.length === 0) return
    const now = clock.now()
    const bySubject = new Map(
      (await budgets()).map((budget) => [`${budget.scope} ${budget.value}`, budget]),
    )
    for (const { kind, subject, lastAt } of open)
      if (isOver(kind, lastAt, bySubject.get(subject), now)) alarms.resolve(kind, subject)
  }
}

function isKind(kind: string): kind is Kind {
  return kind in raisedAt
}

function isOver(
  kind: Kind,
  lastAt: Instant,
  budget: BudgetJson | undefined,
  now: Instant,
): boolean {
  if (budget !== undefined && budget.share >= raisedAt[kind]) return false
  const isAnew = budget !== undefined && lastAt < instant(budget.since)
  return isAnew || now - lastAt > settledUs
}
