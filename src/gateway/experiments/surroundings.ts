import type { Alarms } from '../../alarms/alarms.ts'
import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'

/** What an experiment is given. */
export interface Surroundings {
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
  /** Threads that serve the same tasks, each with its part of the calls. */
  readonly lanes: number
  readonly alarms: Pick<Alarms, 'raise' | 'resolve'>
  /** Called when something has to be kept; `now`: before all else. */
  readonly changed: (now: boolean) => void
  /** Keeps what an audit said, for whoever grades it anew. */
  readonly keepAudit: (audit: AuditRow) => void
}

/** What an audit said. */
export interface AuditRow {
  readonly call: string
  readonly task: string
  readonly policy: string | null
  /** 'provider/model' that the policy let answer. */
  readonly routed: string
  readonly strong: string
  /** With which it was drawn. */
  readonly propensity: number
  readonly grader: 'agreement'
  /** Null: the grader could not tell. */
  readonly scores: { readonly routed: number; readonly strong: number } | null
}
