import type { Delta, Reply } from '../../core/reply.ts'
import type { Door } from '../../providers/provider.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { Attempt } from './attempt.ts'
import type { EventSource, Piece } from './source.ts'

/** What a provider gave, up to the point from which it can no longer be taken back. */
export type Answer = WholeAnswer | StreamedAnswer | UnfoldedAnswer | BytesAnswer

interface Answered {
  readonly attempt: Attempt
  readonly door: Door
}

export interface WholeAnswer extends Answered {
  readonly kind: 'whole'
  readonly reply: Reply
  /** As the provider wrote it; null when it came as a stream. */
  readonly text: string | null
}

/** A stream of which everything up to its first content was read. */
export interface StreamedAnswer extends Answered {
  readonly kind: 'stream'
  readonly source: EventSource
  readonly begun: readonly Piece[]
  /** What went wrong behind the first content, in the same read. */
  readonly fault: Error | null
}

/** A whole answer to a caller who asked for a stream. */
export interface UnfoldedAnswer extends Answered {
  readonly kind: 'unfolded'
  readonly deltas: readonly Delta[]
}

/** An answer that is no text, up to its first bytes. */
export interface BytesAnswer extends Answered {
  readonly kind: 'bytes'
  readonly exchange: Exchange
  readonly mediaType: string
  readonly begun: Uint8Array
}
