import type { DrilledTaskFigures, DrillFigures } from '../../control/drill/live-report.ts'
import type { LivePlan } from '../../control/drill/live-plan.ts'
import type { Deprecations } from '../../control/drill/deprecations.ts'
import type { Rehearsal } from '../../control/drill/rehearsal.ts'

/** Leaving a provider, rehearsed on sums of the ledger. */
export type RehearsalJson = Rehearsal

/** Models that were called and end, with what hangs on them. */
export type DeprecationsJson = Deprecations

/** What a drill with live calls would do. */
export type LivePlanJson = LivePlan

/** A drill with live calls, while it runs and afterwards. */
export interface LiveDrillJson {
  readonly id: string
  readonly leave: string
  readonly share: number
  readonly state: 'running' | 'done' | 'stopped'
  readonly started_at: string
  /** When it ends by itself. */
  readonly until: string
  readonly ended_at: string | null
  /** Why it ended before its time; null: it did not. */
  readonly why: string | null
  /** The key of whoever began it. */
  readonly by: string
  readonly tasks: readonly DrilledTaskFigures[]
  readonly total: DrillFigures
}

export interface LiveDrillsJson {
  /** Newest first. */
  readonly drills: readonly LiveDrillJson[]
}
