import type { Call, Extra, FormFile, Operation, ReasoningPart, ToolCallPart } from '../core/call.ts'
import type { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Delta, Finish, Reply } from '../core/reply.ts'
import type { CallIds } from './call-ids.ts'
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
  /** Null for an operation that has no streams, or whose streams are only passed on. */
  startWriting: ((call: Call, stamp: Stamp) => StreamWriter) | null
  /** The stream for a caller who asked for one and was answered whole, where `startWriting` is null. */
  writeEvents?: (reply: Reply) => string
  /** The answer as it is kept, where it holds bytes that nobody reads again. */
  keptAnswer?: (answer: string) => string
  /** The media type of its streams; that of server-sent events unless it says otherwise. */
  streamType?: (call: Call) => string
  writeError(error: GatewayError, requestId: string): string
  /** What clients of this dialect read of an error in its headers. */
  errorHeaders?: (error: GatewayError) => Readonly<Record<string, string>>
  /** The same dialect, as this place wants it answered; absent: every place wants the same. */
  variantFor?: (place: Place) => Dialect
  /** Puts the events of a provider who speaks this dialect into the frame that the caller wants. */
  startFraming?: () => Framer
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
  /** What past turns have to bring along for this target; null, or absent: nothing. */
  turnsWant?: (call: Call, target: Target) => TurnWants | null
  /** It gives one answer a call: several are asked for one by one. */
  readonly answersOnce?: boolean
  /** Whether past turns in a body of this dialect carry what only its maker takes back. */
  carriesSigned?: (body: JsonObject) => boolean
  /**
   * @param mediaType  what the provider calls it; '' when it says nothing
   * @throws ProviderFault when the text is no answer
   */
  readReply(text: string, quirks: Quirks, mediaType?: string): Reply
  startReading: ((quirks: Quirks) => StreamReader) | null
  /** Cuts its streams into events, where they are no server-sent events. */
  startParsing?: () => EventParser
  /** True for the media types of answers that are no text: such bytes are passed on as they come. */
  isBytes?: (mediaType: string) => boolean
  /** What an error body says, in any of the shapes that servers of this dialect use. */
  readError(text: string, headers?: HeaderReader): ProviderWords
  /** Absent: every call brings its whole conversation along. */
  readonly conversations?: Conversations
}

/** Headers of an answer, by their names in lower case. */
export interface HeaderReader {
  get(name: string): string | null
  /** False only when no name holds this, which is in lower case: one look instead of one for each of many names. */
  mentions?(part: string): boolean
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
  /** What ends a stream that failed, where that depends on how far it came; else `writeStreamError`. */
  fail?(error: GatewayError, requestId: string): string
}

/** How a dialect says it whose callers may leave a conversation at the server. */
export interface Conversations {
  /** The items that a call adds to its conversation; null when they are not to be kept. */
  asked(call: Call): readonly Extra[] | null
  /** An answer's id and items; null when it can be followed by nothing. */
  answered(answer: string): Answered | null
  /**
   * The call with what was said before in front, and without the id that stood for it.
   * @throws GatewayError invalid_request when that is too much
   */
  resumed(call: Call, earlier: readonly Extra[]): Call
  /** Ids of items that the call names instead of repeating them. */
  references(call: Call): readonly string[]
  /** The call with these items in the place of their ids. @throws GatewayError invalid_request */
  withItems(call: Call, found: ReadonlyMap<string, Extra>): Call
  /** The answer whose item this is and where in it, as far as the id tells; null for ids of others. */
  placeOf(itemId: string): readonly [answer: string, index: number] | null
}

/** Of an answer that can be followed: its id, what it says, and the tokens of all up to its end. */
export interface Answered {
  readonly id: string
  readonly items: readonly Extra[]
  /** By which a call may name them; null for items without. */
  readonly itemIds: readonly (string | null)[]
  readonly tokens: number | null
}

export interface Framer {
  /** @param event  one event of the stream as it came, with its blank line */
  frame(event: Uint8Array): string
}

export interface StreamReader {
  /**
   * Null for an event that cannot be read: one bad line does not kill a good stream.
   * @throws ProviderFault when the event says that something went wrong
   */
  read(event: SseEvent): readonly Delta[] | null
  /** True after the dialect's own end mark; what comes later belongs to no answer. */
  readonly ended: boolean
  /** What ends the provider's own stream when it broke off, where that depends on how far it came. */
  fail?(error: GatewayError, requestId: string): string
}

/** What turns of the past have to bring along so that a model takes them. */
export interface TurnWants {
  /** What it thought: as text, or signed by itself. */
  readonly thoughts?: 'text' | 'signed'
  /** What stood beside its tool calls. */
  readonly calls?: boolean
  /** Turns that called no tools as well. */
  readonly everyTurn?: boolean
}

/** What the gateway remembers of a call's past turns. Prepared before the call is written. */
export interface Recall {
  /**
   * What a turn of the assistant left and the caller did not send along; null when nothing is known.
   * @param callIds  of all its tool calls; a turn without any is known by its text
   * @param place  among the assistant's turns, from 0: tells apart those of one name
   */
  turn(callIds: readonly string[], text: string, place: number): RecalledTurn | null
  /** False for a signature, or sealed thoughts, that somebody else is known to have made. */
  mayTake(signed: string): boolean
}

export interface RecalledTurn {
  /** In their order; signed and sealed only where this target is their maker. */
  readonly thoughts: readonly ReasoningPart[]
  /** What stood beside its tool calls, by their ids; empty where another made them. */
  readonly calls: ReadonlyMap<string, Pick<ToolCallPart, 'signature' | 'extra'>>
  /** Something of it was left out, because another made it. */
  readonly foreign: boolean
}

/** The model at a provider, with all that is peculiar about sending to it. */
export interface Target {
  /** The model's id at the provider. */
  readonly model: string
  readonly quirks: Quirks
  /** From the catalog; some dialects must name a limit when the caller did not. */
  readonly outputMax: number | null
  /** Longer answers than this are not asked for; absent: as the caller says. */
  readonly answerMax?: number
  /** Absent: nothing is wanted of past turns, and nothing in them is signed. */
  readonly recall?: Recall
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
  /** Which ids of tool calls it takes; absent: any, or those of the dialect. */
  readonly callIds?: CallIds
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
    /** It thinks unless told not to, and then wants the thoughts of turns that called tools back. */
    readonly unasked?: boolean
    /** Fields of assistant messages that the provider refuses a call for; they are left out. */
    readonly refused?: readonly string[]
  }
  /** The first tool call of a turn needs this field; the value stands in when the caller lost it. */
  readonly callEcho?: {
    readonly models: RegExp
    readonly field: string
    readonly standIn: unknown
  }
  /** Which models take marks for the prompt cache, on texts, and how many; absent: they are left out. */
  readonly cacheMarks?: {
    readonly models?: RegExp
    readonly max: number
    /** Models that may be told for how long. */
    readonly ttl?: RegExp
  }
  /** Models that go on from a turn of the assistant at the end of a conversation, with this mark on it. */
  readonly prefill?: { readonly models?: RegExp; readonly mark?: Extra }
  /** Prompts are cached without being asked to, so that marks and keys are not missed. */
  readonly cachesUnasked?: boolean
  /** What the provider lacks and the gateway does in its stead. */
  readonly emulates?: Emulates
  /** What the provider answers with a 400: the call goes elsewhere before it is sent. */
  readonly refuses?: readonly Refused[]
  /** Models that take pictures and files within what a tool answered; others get them beside it. */
  readonly mediaInResults?: RegExp
  /** Models that take the older subset of OpenAPI instead of JSON Schema. */
  readonly schemaSubset?: RegExp
  /** Models, as answers name them, that write into the content what belongs beside it. */
  readonly thinkTags?: {
    /** Thoughts between `<think>` and `</think>` at its beginning. */
    readonly thoughts?: RegExp
    /** Marks of a box around the answer. */
    readonly box?: RegExp
  }
  /** A JSON Schema as response format goes as `{type: 'json_object', schema}`. */
  readonly schemaInJsonObject?: boolean
  /** Keywords at the root of a JSON Schema on which the provider chokes. */
  readonly schemaWithout?: readonly string[]
}

/** What is done in a provider's stead, each for the models that match; absent: for all. */
export interface Emulates {
  /**
   * A JSON Schema as response format. 'tool': the model has to call a tool whose arguments are the
   * answer. 'prompt': it is told the schema in words. 'json': as 'prompt', in the provider's JSON mode.
   * What comes is looked at, and asked for once more when it does not fit.
   */
  readonly schema?: { readonly models?: RegExp; readonly by: 'tool' | 'prompt' | 'json' }
  /** Several answers to one call: it is asked so many times. */
  readonly n?: { readonly models?: RegExp }
  /**
   * A tool that has to be called: the model is told so in words, and once more when it calls none.
   * `thinking`: of models that think unless they are told not to, and can be forced only then.
   */
  readonly toolChoice?: { readonly models?: RegExp; readonly thinking?: boolean }
  /** Stop sequences above a number: the answer is cut here. */
  readonly stop?: { readonly models?: RegExp; readonly max: number }
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
