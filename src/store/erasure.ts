import type { Instant } from '../core/clock.ts'

/** What one customer said, and was answered, is to be forgotten. Amounts, tokens and times stay. */
export interface Erasure {
  /** Tells one from the next; a step of another begins anew. */
  readonly id: string
  readonly customer: string
  /** Calls that began later are left alone. */
  readonly before: Instant
  /** Only counts what would go. */
  readonly dry: boolean
}

/** What went so far, or would go. */
export interface ErasedCounts {
  /** Calls of which a prompt or an answer was kept. */
  readonly calls: number
  /** Long pieces of their prompts that no call of anybody else needs. */
  readonly pieces: number
  /** Comments and corrections about its calls and sessions. */
  readonly comments: number
  /** Kept answers, turns and conversations that its calls left for calls to come. */
  readonly kept: number
  /** Cases of evaluations that were made of its calls. */
  readonly cases: number
}

export interface ErasureStep {
  readonly counts: ErasedCounts
  /** How much of the work is done, from 0 to 1. */
  readonly share: number
  readonly done: boolean
}

/**
 * Forgets on demand. One step is some milliseconds of work, so that others have their turn in between. All of
 * it can be begun again at any time: what is gone is not found again.
 */
export interface WordEraser {
  eraseSome(erasure: Erasure): Promise<ErasureStep>
}

export const nothingErased: ErasedCounts = { calls: 0, pieces: 0, comments: 0, kept: 0, cases: 0 }
