import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finish } from '../../src/core/reply.ts'
import type { Kind } from '../../src/core/usage.ts'
import type { ErrorClass, Provider } from '../../src/providers/provider.ts'

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

/** What an exchange shows. These are owed by everyone who chats, or explained. */
export const owed = ['plain', 'stream', 'tools', 'reasoning', 'cached', 'rate', 'cut'] as const

export type Shows =
  | (typeof owed)[number]
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
  readonly response?: Response
  readonly out: Out
}

/** What the provider is sent: the whole body, or what is otherwise than the caller's. */
interface Sent {
  readonly body?: Readonly<Record<string, unknown>>
  readonly has?: Readonly<Record<string, unknown>>
  readonly lacks?: readonly string[]
  readonly adapted?: readonly string[]
}

interface Response {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or text as it is. */
  readonly body?: unknown
  /** Events in their order: JSON, or a whole block of the stream as text. */
  readonly stream?: readonly unknown[]
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

const folder = join(import.meta.dir, '..', '..', 'simulator', 'traffic')

/** With the exchanges of the host that it is like, where it has the door for them. Null without a file. */
export function trafficOf({ id, doors }: Provider): Traffic | null {
  const own = read(id)
  const other = own?.like === undefined ? null : read(own.like)
  if (!own || !other) return own
  const shared = other.exchanges.filter(({ shows }) => shows !== 'embeddings' || doors.embed)
  const exchanges = shared.map((exchange) => ({
    model: other.model,
    ...exchange,
    name: `${other.provider}: ${exchange.name}`,
  }))
  return {
    ...own,
    without: { ...other.without, ...own.without },
    exchanges: [...own.exchanges, ...exchanges],
  }
}

function read(id: string): Traffic | null {
  const file = join(folder, `${id}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Traffic) : null
}

/** The bytes of a response's body. */
export function bytesOf({ body, stream }: Response): Uint8Array {
  if (stream === undefined)
    return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return Buffer.from(stream.map(blockOf).join(''))
}

/** Anthropic names each event by its type; all others leave their events unnamed. */
function blockOf(event: unknown): string {
  if (typeof event === 'string') return `${event}\n\n`
  const { type } = event as { readonly type?: unknown }
  const named = typeof type === 'string' ? `event: ${type}\n` : ''
  return `${named}data: ${JSON.stringify(event)}\n\n`
}
