import type { ClosedOptions, ClosedResult } from './closed-loop.ts'
import type { OpenOptions, OpenResult } from './open-loop.ts'
import type { StormOptions, StormResult } from './storm.ts'
import type { StreamsOptions, StreamsResult } from './streams.ts'

/** What a generator can be asked for, and what it says in the end. */
export interface Kinds {
  readonly closed: { readonly options: ClosedOptions; readonly result: ClosedResult }
  readonly open: { readonly options: OpenOptions; readonly result: OpenResult }
  readonly streams: { readonly options: StreamsOptions; readonly result: StreamsResult }
  readonly storm: { readonly options: StormOptions; readonly result: StormResult }
}

export type Kind = keyof Kinds

export type Order = { [Each in Kind]: { readonly kind: Each } & Kinds[Each]['options'] }[Kind]

/** A line of its stdout. */
export type Told =
  | { readonly at: 'begin' }
  | { readonly at: 'end' }
  | { readonly at: 'done'; readonly result: Kinds[Kind]['result'] }
