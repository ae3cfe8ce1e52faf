import type { Instant } from '../core/clock.ts'

/** Who says it: a user of the product, somebody who reviews answers, code that looked, or what was done. */
export const feedbackSources = ['end_user', 'human', 'code', 'implicit'] as const

export type FeedbackSource = (typeof feedbackSources)[number]

/**
 * What became of an answer. Rows are only ever added: of one target, key, name and source the last one
 * counts, and the ones before say how it changed.
 */
export interface FeedbackRow {
  readonly id: string
  readonly at: Instant
  readonly target: { readonly kind: 'call' | 'session'; readonly id: string }
  readonly keyId: string
  readonly task: string | null
  /** 'provider/model' that answered; null for a session, and where nobody did. */
  readonly model: string | null
  /** Of what is graded: 'quality', 'tone'. */
  readonly name: string
  readonly source: FeedbackSource
  /** In [0, 1]. */
  readonly score: number | null
  readonly label: string | null
  /** Null also where `payloads` lets no words be kept. */
  readonly comment: string | null
  /** JSON text of what the answer should have been. */
  readonly correction: string | null
  /** By which a repeated request is known. */
  readonly repeatId: string | null
  /** SHA-256 of the request, so that another request under the same name is told from a repeated one. */
  readonly digest: string
}

export interface FeedbackQuery {
  readonly call?: string
  readonly session?: string
  readonly task?: string
  readonly model?: string
  /** Inclusive. */
  readonly since?: Instant
  /** Exclusive. */
  readonly until?: Instant
  /** Only what counts: the last of each target, key, name and source. */
  readonly latest: boolean
  /** The id of the last row of the page before. */
  readonly before?: string
  readonly limit: number
}

export interface FeedbackRateQuery {
  readonly task?: string
  readonly since?: Instant
}

/** Scores that count, of one model at one task. */
export interface FeedbackRate {
  readonly task: string | null
  readonly model: string | null
  readonly name: string
  readonly scores: number
  readonly sum: number
  readonly squares: number
}

export interface FeedbackBook {
  /**
   * Adds a row, with its words kept as the configuration says.
   * @returns the row as it is kept; one of the same key and `repeatId` that was there already, if any
   */
  addFeedback(row: FeedbackRow, words: FeedbackWords): Promise<FeedbackRow>
  /** Newest first. */
  feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]>
  feedbackRates(query: FeedbackRateQuery): Promise<readonly FeedbackRate[]>
}

/** What the configuration's `payloads` lets be kept of comments and corrections. */
export type FeedbackWords = 'full' | 'redacted' | 'none'

/** Of these only the last row counts. */
export function feedbackSlot({ target, keyId, name, source }: FeedbackRow): string {
  return JSON.stringify([target.kind, target.id, keyId, name, source])
}
