import type { StoreOptions } from '../options.ts'
import type { DroppedPayload, Payload, ShelfChange, ShelfReader, Store } from '../ports.ts'
import type { Pack } from './payload-pack.ts'
import type { PackedSums } from './sums-pack.ts'

/** Payloads and wake-ups are sent together, this often. */
export const tickMs = 10

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
  /** Another thread writes a lane of the journal, and sends its ticks over a port of its own. */
  | { readonly type: 'join'; readonly lane: number; readonly port: MessagePort }
  | { readonly type: 'close' }

/** What gathered since the last one. */
export interface LaneTick {
  readonly type: 'tick'
  /** Something was written to the journal. */
  readonly written: boolean
  /** Those in a `PayloadPack`; null: none. */
  readonly packed: Pack | null
  readonly large: readonly Payload[]
  /** How many payloads were dropped before they came here, and the first of them by name. */
  readonly dropped: number
  readonly named: readonly DroppedPayload[]
}

export interface Tick extends LaneTick {
  readonly shelf: readonly ShelfChange[]
}

/** What goes over to the other thread with a tick, and is not copied. */
export function handedOver({ packed }: LaneTick): ArrayBuffer[] {
  return packed === null ? [] : [packed.buffer]
}

/** So many payloads of a sender's queue were dealt with. */
export interface Taken {
  readonly type: 'taken'
  readonly count: number
}

/** The parts of the ledger's thread that can fail while the others work. */
export type Part = 'loading' | 'payloads' | 'shelf' | 'sync' | 'housekeeping'

export type FromLedger =
  /** The last segment that was read of each lane there is. */
  | { readonly type: 'ready'; readonly segments: readonly number[] }
  | { readonly type: 'failed'; readonly error: CarriedError }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'sums'; readonly id: number; readonly sums: PackedSums }
  | { readonly type: 'refusal'; readonly id: number; readonly error: CarriedError }
  | Taken
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
