import type { Instant } from '../../core/clock.ts'
import type { Candidate } from '../../routing/policy.ts'

/** What would have been done with a call, had nothing been done to spend less. */
export interface Baseline extends Pick<Candidate, 'provider' | 'model'> {
  /** Why another may be asked: `seller`, the cheapest of several; `deadline`, the cheapest that is in time. */
  readonly by: 'seller' | 'deadline' | null
  /** When it would have been asked; null: when it was. */
  readonly at: Instant | null
}
