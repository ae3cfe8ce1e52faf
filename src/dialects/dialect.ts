import type { Call, FormFile, Operation } from '../core/call.ts'
import type { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Delta, Finish, Reply } from '../core/reply.ts'
import type { EventParser, SseEvent } from './sse.ts'
import type { UsageQuirks } from './usage.ts'

/** A wire format: bytes to core and back, for callers and for providers. Reads no clock, opens nothing. */
export interface Dialect {
  /** Stands on the ledger: 'openai-chat'. */
  readonly id: string
  readonly operation: Operation
  /** Where a provider takes it, behind the base URL: '/chat/completions'. */
  readonly path: string | PathOf
  /** What a provider is asked to answer with, where that is no JSON. */
  readonly accept?: string

  /**
   * @param place  what the path said, in dialects that name the model there
   * @param files  what came beside the body in a form
   * @throws GatewayError invalid_request with the field's path as `param`
   */
  readCall(body: JsonObject, place?: Place, files?: readonly FormFile[]): Call
  /** The answer as JSON text. `call` says what the caller asked for and how it named the model. */
  writeReply(reply: Reply, call: Call, stamp: Stamp): string
  /** Null for an operation that has no streams. */
  startWriting: ((call: Call, stamp: Stamp) => StreamWriter) | null
  /** The media type of its streams; that of server-sent events unless it says otherwise. */
  streamType?: (call: Call) => string
  writeError(error: GatewayError, requestId: string): string
  /** What a provider's own stream has to end with when it stopped short of saying so. */
  readonly streamEnd: string | Uint8Array
  /** The event that ends a stream that failed after it began. */
  writeStreamError(error: GatewayError, requestId: string): string | Uint8Array

  /**
   * The call as the provider takes it. A call that came in this dialect keeps its text but for what
   * has to change; any other is written anew from its meaning.
   * @throws GatewayError unsupported_content when the dialect has no way to say a part of the call
   */
  writeCall(call: Call, target: Target): WrittenCall
  /** @throws ProviderFault when the text is no answer */
  readReply(text: string, quirks: Quirks): Reply
  startReading: ((quirks: Quirks) => StreamReader) | null
  /** Cuts its streams into events, where they are no server-sent events. */
  startParsing?: () => EventParser
  /** For answers that are no text. @throws ProviderFault */
  readBytes?: (bytes: Uint8Array, mediaType: string) => Reply
  writeBytes?: (reply: Reply) => Encoded
  /** What an error body says, in any of the shapes that servers of this dialect use. */
  readError(text: string): ProviderWords
}

/** What the path of a request said: '/v1beta/models/gemini-2.5-flash:streamGenerateContent'. */
export interface Place {
  /** Unescaped. */
  readonly model: string
  readonly stream: boolean
  readonly query: URLSearchParams
}

/** @param base  where the provider's door stands, for those whose paths depend on it */
export type PathOf = (model: string, stream: boolean, base: string) => string

/** Bytes that are no JSON. */
export interface Encoded {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** What the gateway says of an answer when the provider did not. */
export interface Stamp {
  readonly callId: string
  /** Seconds since 1970. */
  readonly nowS: number
  /** 'provider/model' that answered. */
  readonly model: string
}

export interface StreamWriter {
  /** Event-stream text for these deltas; '' when they say nothing in this dialect. */
  write(deltas: readonly Delta[]): string | Uint8Array
  /** What closes a stream that came to its end. */
  end(): string | Uint8Array
}

export interface StreamReader {
  /**
   * Null for an event that cannot be read: one bad line does not kill a good stream.
   * @throws ProviderFault when the event says that something went wrong
   */
  read(event: SseEvent): readonly Delta[] | null
  /** True after the dialect's own end mark; what comes later belongs to no answer. */
  readonly ended: boolean
}

/** The model at a provider, with all that is peculiar about sending to it. */
export interface Target {
  /** The model's id at the provider. */
  readonly model: string
  readonly quirks: Quirks
  /** From the catalog; some dialects must name a limit when the caller did not. */
  readonly outputMax: number | null
}

export interface WrittenCall {
  readonly text: string
  /** What is sent instead of the text, in dialects that take forms. */
  readonly encoded?: Encoded
  /** Parameters renamed, clamped, replaced or dropped: 'max_tokens>max_completion_tokens', '-seed'. */
  readonly adapted: readonly string[]
}

/** What is peculiar about one provider's use of a dialect; data, all of it optional. */
export interface Quirks {
  readonly parameters?: readonly ParameterRule[]
  /** Whether usage in streams is asked for by `stream_options`; 'refused' when that is a 400. */
  readonly streamUsage?: 'ask' | 'unasked' | 'refused'
  /** Finish words that the dialect's own table does not have, or that mean something else here. */
  readonly finishes?: Readonly<Record<string, Finish>>
  readonly usage?: UsageQuirks
  /** The role that stands for `developer` where that word is not known. */
  readonly developerRole?: 'system'
  /** Text-only models that refuse content arrays: parts of text are joined. */
  readonly plainText?: boolean
  /** Assistant turns that called tools need this field; the value stands in when the caller lost it. */
  readonly reasoningEcho?: {
    readonly models: RegExp
    readonly field: string
    readonly standIn: string
    /** Those that called none need it as well. */
    readonly everyTurn?: boolean
  }
  /** Thoughts of earlier turns, which go as `reasoning_content` unless something is said here. */
  readonly thoughts?: {
    readonly models?: RegExp
    /** Where they go when a call is written anew. */
    readonly go?: 'reasoning_details' | 'content'
    /** Fields of assistant messages that the provider refuses a call for; they are left out. */
    readonly refused?: readonly string[]
  }
  /** The first tool call of a turn needs this field; the value stands in when the caller lost it. */
  readonly callEcho?: {
    readonly models: RegExp
    readonly field: string
    readonly standIn: unknown
  }
  /** What the provider answers with a 400: the call goes elsewhere before it is sent. */
  readonly refuses?: readonly Refused[]
  /** Keywords at the root of a JSON Schema on which the provider chokes. */
  readonly schemaWithout?: readonly string[]
}

/** A JSON Schema, or JSON at all, as response format; an image by its address; what a tool answered. */
export type Refused = 'schema' | 'json' | 'image address' | 'tool result'

/** One deviation in the top-level parameters of a request. */
export interface ParameterRule {
  /** Holds for models whose id matches; absent: for all. */
  readonly models?: RegExp
  /** Holds where another parameter is one of these (undefined: left out), or a number above this. */
  readonly where?: {
    readonly name: string
    readonly is?: readonly unknown[]
    readonly above?: number
  }
  readonly name: string
  readonly does:
    | { readonly kind: 'drop' }
    | { readonly kind: 'rename'; readonly to: string }
    | { readonly kind: 'clamp'; readonly min?: number; readonly max?: number }
    /** Replaces values that the provider names otherwise. */
    | { readonly kind: 'map'; readonly values: Readonly<Record<string, unknown>> }
    /** Adds the parameter when the caller left it out; `unlessStream` as it says. */
    | { readonly kind: 'default'; readonly value: unknown; readonly when?: 'stream' | 'whole' }
}

/** An error in the provider's own words, before it is classified. */
export interface ProviderWords {
  readonly code: string | null
  readonly type: string | null
  readonly message: string
  readonly param: string | null
}

/** What came was no answer: broken JSON, another shape, an error under status 200. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault'
  /** Set when the provider itself said that something is wrong. */
  readonly words: ProviderWords | null

  constructor(message: string, words: ProviderWords | null = null) {
    super(message)
    this.words = words
  }
}
