import type { Chat } from '../../core/call.ts'
import type { Money } from '../../core/money.ts'
import type { Routed } from '../../routing/calibrated/rule.ts'
import type { CallOutcome } from '../../routing/canary.ts'
import type { Candidate, Plan } from '../../routing/policy.ts'
import type { Arm } from '../experiments/learning.ts'
import type { LiveTask } from '../experiments/live-task.ts'
import type { TaskChecks } from '../experiments/settings.ts'

/** How a task's policy answers one call. */
export interface Course {
  readonly live: LiveTask
  /**
   * `cascade`: answers are judged before the caller gets one. `routed`: the policy has chosen, and the plan is
   * an order as any other. `fallback`: the policy is void, and the strong model answers. `other`: the task
   * has no such policy, only experiments beside it.
   */
  readonly kind: 'cascade' | 'routed' | 'fallback' | 'other'
  /** Null: nothing is fitted, or nothing is left to decide. */
  readonly rule: Routed | null
  /** Null for calls that are no conversations. */
  readonly chat: Chat | null
  readonly prompt: string
  /** Under a cascade 'provider/model' of those whose answers are judged, and last of the one whose is not. */
  readonly steps: readonly string[]
  /** Absent: everything is decided. Else whose embedding of the prompt is waited for, and what is made of it. */
  readonly undecided?: {
    readonly model: string
    /** @param vector  null: there is none, so that the strong model is asked */
    readonly decide: (vector: Int8Array | null) => {
      readonly plan: Plan
      readonly course: Course
    }
  }
  /** Of the prompt, for a rule that goes by its neighbours. */
  readonly vector?: Int8Array | null
  /** A function of the user's own that has to let a cheap answer pass; absent: none is asked. */
  readonly checks?: TaskChecks
  /** Which of the ways that are proven was drawn; absent: nothing was. */
  readonly arm?: Arm
  /** Cheap answers that are compared where nothing is fitted. */
  readonly samples: number
  /** The probability with which this call was drawn to be audited; null: it was not. */
  readonly audit: number | null
  readonly shadow: number | null
  /** On which side of a canary the call is; null: there is none. */
  readonly side: 'canary' | 'incumbent' | null
  /** Absent: no drill concerns the call. */
  readonly drill?: DrillPart
  /** What is known of the call's first exchange, for the canary's guards. */
  first: CallOutcome | null
  /** Of the exchange that answered: who it was, and what the strong model costs for the same tokens. */
  answered: {
    readonly model: string
    readonly strongCost: Money | null
    /** In a drill: what the provider that is left would have taken for the same tokens. */
    readonly insteadCost?: Money | null
  } | null
}

/** A call of a provider that is being left. */
export interface DrillPart {
  readonly id: string
  /** Who would have been asked. */
  readonly instead: Candidate
  /** `unable`: it was drawn, and the substitute cannot take it. */
  readonly side: 'drawn' | 'unable' | 'other'
}
