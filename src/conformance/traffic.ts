import type { Finish } from '../core/reply.ts'
import type { Kind } from '../core/usage.ts'
import type { ErrorClass, Provider } from '../providers/provider.ts'

/** What simulator/traffic holds of one provider; its README says how it is written. */
export interface Traffic {
  readonly provider: string
  /** Where the shapes were read, and when. */
  readonly source: string
  /** Another host of the same vendor, whose exchanges hold here as well: they are tried here too. */
  readonly like?: string
  /** The model that is asked where an exchange names none. */
  readonly model: string
  /** Kinds of exchanges that there are none of here, each with the reason. */
  readonly without?: Readonly<Partial<Record<Shows, string>>>
  readonly exchanges: readonly Exchange[]
}

/** What an exchange shows. */
export type Shows =
  | 'plain'
  | 'stream'
  | 'tools'
  | 'reasoning'
  | 'cached'
  | 'rate'
  | 'cut'
  | 'embeddings'
  | 'quota'
  | 'overload'
  | 'key'
  | 'context'
  | 'content'
  | 'retired'
  | 'vendor'
  | 'caller'
  | 'fault under 200'
  | 'fault in the stream'
  | 'refused here'

export interface Exchange {
  readonly name: string
  readonly shows: Shows
  /** Where this shape was read, when elsewhere than the rest. */
  readonly source?: string
  /** The dialect that the caller speaks; OpenAI's for this operation where none is named. */
  readonly from?: string
  readonly model?: string
  /** The caller's body, less its model. A short question where none is given. */
  readonly request?: Readonly<Record<string, unknown>>
  readonly sent?: Sent
  /** Absent when the call is refused here and never sent. */
  readonly response?: RecordedResponse
  readonly out: Out
}

/** What the provider is sent: the whole body, or what is otherwise than the caller's. */
export interface Sent {
  readonly body?: Readonly<Record<string, unknown>>
  readonly has?: Readonly<Record<string, unknown>>
  readonly lacks?: readonly string[]
  readonly adapted?: readonly string[]
}

export interface RecordedResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or text as it is. */
  readonly body?: unknown
  /** Events in their order: JSON, a whole block of the stream as text, or a `Framed` one. */
  readonly stream?: readonly unknown[]
}

/** A frame of Amazon's event stream: an event, or the exception that ends it. */
interface Framed {
  readonly frame?: string
  readonly exception?: string
  readonly payload: unknown
}

export interface Out {
  readonly text?: string
  readonly reasoning?: string
  readonly refusal?: string
  readonly calls?: readonly {
    readonly id: string
    readonly name: string
    readonly input: unknown
  }[]
  /** Signatures and sealed thoughts, in their order. */
  readonly seals?: readonly string[]
  readonly finish?: Finish | null
  /** The provider's word for it. */
  readonly word?: string | null
  readonly stopSequence?: string
  readonly model?: string | null
  /** Tokens by kind, without those that are 0; null: not counted. */
  readonly usage?: Partial<Record<Kind, number>> | null
  readonly counted?: 'estimate'
  readonly costUsd?: string
  /** The provider stopped short of the end. */
  readonly cut?: true
  readonly vectors?: readonly (readonly number[] | string)[]
  readonly error?: ErrorClass | 'unsupported_content'
  /** The status that the caller sees. */
  readonly told?: number
  readonly waitMs?: number
}

/**
 * The traffic of a provider, with the exchanges of the host that it is like, where it has the door for
 * them. Null where there is none.
 * @param read  the file of a provider
 * @throws Error when it is like one that has no traffic
 */
export function trafficOf(
  { id, doors }: Provider,
  read: (id: string) => Traffic | null,
): Traffic | null {
  const own = read(id)
  if (own?.like === undefined) return own
  const other = read(own.like)
  if (!other) throw new Error(`${id} is like ${own.like}, which has no traffic`)
  const shared = other.exchanges.flatMap((exchange) =>
    exchange.shows === 'embeddings' && !doors.embed
      ? []
      : { model: other.model, ...exchange, name: `${other.provider}: ${exchange.name}` },
  )
  return {
    ...own,
    without: { ...other.without, ...own.without },
    exchanges: [...own.exchanges, ...shared],
  }
}

/** Makes a frame of Amazon's event stream of its headers and its payload. */
export type Frame = (headers: Readonly<Record<string, string>>, payload: string) => Uint8Array

/** The bytes of a response's body. */
export function bytesOf({ body, stream }: RecordedResponse, frame: Frame): Uint8Array {
  if (stream === undefined)
    return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return Buffer.concat(
    stream.map((event) => (isFramed(event) ? framed(event, frame) : Buffer.from(blockOf(event)))),
  )
}

function isFramed(event: unknown): event is Framed {
  return typeof event === 'object' && event !== null && 'payload' in event
}

function framed({ frame: event, exception, payload }: Framed, frame: Frame): Uint8Array {
  const type: Record<string, string> =
    exception === undefined
      ? { ':event-type': event ?? '', ':message-type': 'event' }
      : { ':exception-type': exception, ':message-type': 'exception' }
  return frame({ ...type, ':content-type': 'application/json' }, JSON.stringify(payload))
}

/** Anthropic names each event by its type; all others leave their events unnamed. */
function blockOf(event: unknown): string {
  if (typeof event === 'string') return `${event}\n\n`
  const { type } = event as { readonly type?: unknown }
  const named = typeof type === 'string' ? `event: ${type}\n` : ''
  return `${named}data: ${JSON.stringify(event)}\n\n`
}
