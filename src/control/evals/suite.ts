import type { Answered, ChatMessage } from '../../core/caller.ts'
import type { Extra } from '../../core/extra.ts'
import type { Issue, Place } from './fault.ts'
import type { MakeGrader } from './grader.ts'

/** What is asked, of whom, and how the answers are graded: one file, read. */
export interface Suite {
  readonly name: string
  /** As the command line named it. */
  readonly file: string
  readonly format: 'freehold' | 'promptfoo'
  readonly task: string | null
  /** Whom the file names; the first is the one that the others are compared with. */
  readonly models: readonly string[]
  readonly cases: readonly EvalCase[]
  readonly repeats: number
  /** How much worse a model may be and still count as no worse; in scores, within (0, 1). */
  readonly margin: number
  /** False where the file leaves the margin to whoever runs it. */
  readonly marginStated: boolean
  /** What is averaged: the score of each case, or whether it passed. */
  readonly metric: 'score' | 'pass'
  /** What was left out, or read otherwise than it may be meant. */
  readonly notes: readonly Issue[]
}

export interface EvalCase {
  readonly id: string
  readonly place: Place
  readonly description: string | null
  /** Whose errors go together: a session, a user, a document; a case of its own has its own. */
  readonly cluster: string
  /** Which of several prompts; null when there is one. */
  readonly variant: string | null
  readonly vars: Extra
  readonly messages: readonly ChatMessage[]
  readonly params: Extra
  readonly expected: unknown
  readonly checks: readonly Check[]
  /** The score from which the case passes; null: when each of its checks passes. */
  readonly threshold: number | null
  /** What was answered when it was a call, to be graded in the place of a new answer by the same model. */
  readonly logged?: Answered
  /** Why no answer to it could be graded; such a case is counted and never asked. */
  readonly ungradable: string | null
}

interface CheckCommon {
  readonly name: string
  /** Under which the report gathers it; null: under its name. */
  readonly metric: string | null
  /** 0: it counts for the pass, not for the score. */
  readonly weight: number
}

/** One grader of a case, or a set that counts as one. */
export type Check =
  | (CheckCommon & {
      readonly kind: 'one'
      /** The score from which it passes. */
      readonly threshold: number
      /** Passes where its grader does not. */
      readonly inverted: boolean
      readonly grader: MakeGrader
    })
  | (CheckCommon & {
      readonly kind: 'set'
      /** Null: when each of them passes. */
      readonly threshold: number | null
      readonly checks: readonly Check[]
    })
