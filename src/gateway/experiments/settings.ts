import type { Money } from '../../core/money.ts'
import type { Fitted } from '../../routing/calibrated/fitted.ts'
import type { Guards } from '../../routing/canary.ts'
import type { Guarantee } from '../../routing/certificate.ts'
import type { Candidate } from '../../routing/policy.ts'

/** What a task under the policies `cascade` and `learned` goes by. */
export interface TaskRouting {
  /** The policy's file: the one that is named, or the usual one of a promise; null when there is neither. */
  readonly path: string | null
  /** The file of cases that prove the promise; null when none is named. */
  readonly evals: string | null
  /** Null: none is named, or it cannot be read. */
  readonly fitted: Fitted | null
  /** Why it cannot be read. */
  readonly fault: string | null
  /** Null: nothing is promised. */
  readonly guarantee: Guarantee | null
  /** How streams are answered by a policy that decides after the cheap answer. */
  readonly streaming: 'buffer' | 'prompt' | 'strong'
  /** Cheap answers that are compared where no policy is fitted; 1: none is. */
  readonly samples: number
  /** Null: the policy answers whatever it may. Else what a second is worth; null: nothing. */
  readonly learn: { readonly second: Money | null } | null
  /** A function of the user's own that judges answers before callers get them; null: none does. */
  readonly checks: TaskChecks | null
  /** Null: nothing is audited. */
  readonly audit: AuditSettings | null
}

export interface TaskChecks {
  /** Absolute. */
  readonly path: string
  readonly timeoutMs: number
}

export interface AuditSettings {
  /** Of the calls. */
  readonly share: number
  /** Audits a day that are tried for, where there are so many calls. */
  readonly floor: number
  /** The most that audits may cost in a day, in UTC. */
  readonly cap: Money
  /** The share of answers that have to agree with the strong model's. Null: as the policy says. */
  readonly agreement: number | null
}

/** A model that is asked what the task was asked, in nobody's way. */
export interface TaskShadow {
  readonly model: Candidate
  readonly share: number
  readonly cap: Money
}

/** A model that takes a task over in steps. */
export interface TaskCanary {
  readonly model: Candidate
  /** Growing shares of the traffic; the last may be 1. */
  readonly steps: readonly number[]
  /** How long each step lasts at least. */
  readonly holdMs: number
  /** Calls that the canary has to answer in each step. */
  readonly calls: number
  readonly guards: Guards
  /** Whose calls it takes, and only those, in a drill of leaving that provider. Absent: it is on its way to stay. */
  readonly drill?: { readonly id: string; readonly provider: string }
}

/** Of a task, as far as its routing goes. */
export interface RoutedTask {
  readonly name: string
  /** 'provider/model', from cheap to strong. */
  readonly models: readonly string[]
  readonly routing: TaskRouting | null
  readonly shadow: TaskShadow | null
  readonly canary: TaskCanary | null
}
