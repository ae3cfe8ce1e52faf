import type { StoreOptions } from '../options.ts'
import type { DroppedPayload, Payload, ShelfChange, ShelfReader, Store } from '../ports.ts'

/** What a thread is asked for by name, and answers. */
export type Answering = Omit<Store, 'close'> & ShelfReader
export type Method = keyof Answering
export type Args<Name extends Method> = Parameters<Answering[Name]>
export type Answer<Name extends Method> = Awaited<ReturnType<Answering[Name]>>

export type ToLedger =
  | {
      readonly type: 'start'
      readonly folder: string
      readonly options: StoreOptions
      /** True for the first thread of a process: whoever wrote the journal before is gone. */
      readonly fresh: boolean
    }
  | { readonly type: 'ask'; readonly id: number; readonly method: Method; readonly args: unknown[] }
  | Tick
  | { readonly type: 'close' }

/** What gathered since the last one. */
export interface Tick {
  readonly type: 'tick'
  /** Something was written to the journal. */
  readonly written: boolean
  readonly payloads: readonly Payload[]
  /** How many payloads were dropped before they came here, and the first of them by name. */
  readonly dropped: number
  readonly named: readonly DroppedPayload[]
  readonly shelf: readonly ShelfChange[]
}

/** The parts of the ledger's thread that can fail while the others work. */
export type Part = 'loading' | 'payloads' | 'shelf' | 'sync' | 'housekeeping'

export type FromLedger =
  | { readonly type: 'ready'; readonly segment: number }
  | { readonly type: 'failed'; readonly error: CarriedError }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: CarriedError }
  /** So many payloads of the queue were dealt with. */
  | { readonly type: 'taken'; readonly count: number }
  /** So many changes of the shelf were dealt with. */
  | { readonly type: 'shelved'; readonly count: number }
  /** A part failed, or works again. */
  | { readonly type: 'fault'; readonly part: Part; readonly error: CarriedError | null }
  | { readonly type: 'closed'; readonly error: CarriedError | null }

/** An error as it goes from thread to thread: its kind where it has a meaning, and its sentence. */
export interface CarriedError {
  readonly name: string
  readonly message: string
}

export function carried(error: unknown): CarriedError {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { name, message }
}

export function revived({ name, message }: CarriedError): Error {
  const error = name === 'RangeError' ? new RangeError(message) : new Error(message)
  error.name = name
  return error
}
