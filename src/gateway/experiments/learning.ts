import type { Money } from '../../core/money.ts'
import { type BanditState, newBandit, observed } from '../../routing/bandit.ts'
import type { TaskRouting } from './settings.ts'
import type { RouteState } from './state.ts'

/** A task that shifts calls between two ways that are both proven, by what they cost live. */

export type Arm = 'policy' | 'strong'

/** A call that has ended. */
export interface Called {
  /** Picodollars; null: not known. */
  readonly cost: Money | null
  readonly strongCost: Money | null
  readonly outcome: 'cheap' | 'strong' | 'fallback'
  /** What was drawn for it; null: nothing is learned from it. */
  readonly arm: Arm | null
  /** For its providers. */
  readonly waitedUs: number
}

/** What is known of the policy and of the strong model alone; null where nothing is learned. */
export function banditOf(
  routing: TaskRouting | null,
  { bandit }: Pick<RouteState, 'bandit'>,
): BanditState | null {
  if (routing === null || routing.learn === null || routing.fitted === null) return null
  return bandit ?? newBandit(routing.fitted.facts.certificate?.saving ?? null)
}

/** The same after a call; null where it teaches nothing. */
export function learnedFrom(
  { cost, strongCost, arm, waitedUs }: Called,
  routing: TaskRouting | null,
  state: Pick<RouteState, 'bandit'>,
): BanditState | null {
  const bandit = banditOf(routing, state)
  if (bandit === null || arm === null || cost === null) return null
  if (strongCost === null || strongCost <= 0n) return null
  const second = routing?.learn?.second ?? null
  const waiting = second === null ? 0 : (Number(second) * waitedUs) / 1_000_000
  const value = (Number(cost) + waiting) / Number(strongCost)
  return { ...bandit, [arm]: observed(bandit[arm], value) }
}
