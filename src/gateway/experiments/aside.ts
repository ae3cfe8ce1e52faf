import type { Instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import { dayOf, type RouteState } from './state.ts'

/** What may be spent in a day on questions in nobody's way, which are audits and shadows. Picodollars. */

export interface AsideQuestion {
  readonly kind: 'audit' | 'shadow'
  /** What it may cost; null: it has no price. */
  readonly most: Money | null
  /** Of a day, for all threads together. */
  readonly cap: Money
  /** Threads, each of which has its part of the cap. */
  readonly lanes: number
  readonly now: Instant
}

/** Sets aside what one question may cost at most. @returns false: it does not fit, or has no price */
export function reserveAside(state: RouteState, question: AsideQuestion): boolean {
  if (!fitsAside(state, question)) return false
  const field = `${question.kind}Cost` as const
  state.day[field] = String(BigInt(state.day[field]) + question.most!)
  return true
}

/** Whether one more question fits, with nothing set aside. */
export function fitsAside(
  state: RouteState,
  { kind, most, cap, lanes, now }: AsideQuestion,
): boolean {
  const day = (state.day = dayOf(state.day, now))
  return most !== null && (BigInt(day[`${kind}Cost`]) + most) * BigInt(lanes) <= cap
}

/** Trades what was set aside for what was spent. */
export function settleAside(
  state: RouteState,
  kind: 'audit' | 'shadow',
  reserved: Money,
  spent: Money,
  now: Instant,
): void {
  const day = (state.day = dayOf(state.day, now))
  const field = `${kind}Cost` as const
  const left = BigInt(day[field]) - reserved + spent
  day[field] = String(left < 0n ? 0n : left)
  state.sums[field] = String(BigInt(state.sums[field]) + spent)
}
