import type { AttemptRecord, Intent } from '../core/record.ts'

/** A place in the journal: a byte of a segment. Segment 0 stands before the first there is. */
export interface Cursor {
  readonly segment: number
  readonly offset: number
}

export const journalStart: Cursor = { segment: 0, offset: 0 }

/**
 * One frame of the journal. `key` is the same for an intent and the record that closes it. The body
 * is decoded when it is asked for: nearly every intent is closed by its record and never read.
 */
export type Entry =
  | {
      readonly kind: 'intent'
      readonly key: string
      readonly start: Cursor
      /** @throws SyntaxError when the text is not what this version writes */
      readonly read: () => Intent
    }
  | {
      readonly kind: 'record'
      readonly key: string
      readonly start: Cursor
      /** @throws SyntaxError when the text is not what this version writes */
      readonly read: () => AttemptRecord
      readonly text: string
    }
  /** A whole frame that says something else than an intent or a record. */
  | {
      readonly kind: 'strange'
      readonly start: Cursor
      readonly text: string
    }

/**
 * Bytes of the journal that hold no readable frame: a hole with whole frames after it, the torn end
 * of a segment, or a segment that is gone.
 */
export interface JournalFault {
  readonly kind: 'corrupt' | 'torn' | 'missing'
  readonly start: Cursor
  readonly bytes: number
}

/** What one look into the journal found. All of it is of one process. */
export interface Batch {
  readonly entries: readonly Entry[]
  /** Where to look next. */
  readonly next: Cursor
  /** The process that wrote it; null when that is not known. A call of another process is over. */
  readonly run: string | null
  readonly faults: readonly JournalFault[]
  /** False when all that was written so far has been read. */
  readonly more: boolean
}
