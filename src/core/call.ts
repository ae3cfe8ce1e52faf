import type { Extra, FormFile } from './extra.ts'
import type { JsonObject } from './json.ts'
import type { Speak, MakeImage, Transcribe } from './media.ts'
import type { Moderate } from './moderate.ts'
import type { Rerank } from './rerank.ts'

/** What can be asked of a model. */
export type Operation =
  | 'chat'
  | 'embed'
  | 'rerank'
  | 'image'
  | 'speech'
  | 'transcribe'
  | 'moderate'
  | 'count'

/**
 * A call as the gateway carries it: what every stage must know, the body as it came, and its
 * meaning. The meaning is read at first need, because a call whose provider speaks the caller's
 * dialect is passed on as it is.
 */
export interface Call {
  readonly operation: Operation
  /** Id of the dialect that the caller speaks. */
  readonly dialect: string
  /** The task or model as the caller named it. */
  readonly model: string
  readonly stream: boolean
  /** Most tokens the caller lets each answer have; null when it set no limit. */
  readonly maxTokens: number | null
  /** How many answers are asked for. */
  readonly n: number
  /** How many are made and billed, where only the best of them are shown. */
  readonly nMade?: number
  /** The caller wants the usage of a stream told to it. */
  readonly usageAsked: boolean
  /** The end user as the dialect names it; counts as the customer when no other is named. */
  readonly user: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Id of the answer that this call goes on from, in dialects that let the server keep what was said. */
  readonly follows?: string | null
  /** False: nothing but text goes in. Absent: the meaning tells. */
  readonly hasMedia?: boolean
  /** An upper bound of the tokens that go in: no tokeniser makes more tokens than bytes. */
  readonly inputTokensMax: number
  readonly body: JsonObject
  /** What a provider of another dialect is told otherwise, as `x-freehold-adapted` says it. */
  readonly reworded?: readonly string[]
  /** The one provider that has the files which the call names; nobody else can be asked. */
  readonly heldBy?: string
  /** Files that came beside the body in a form. */
  readonly files?: readonly FormFile[]
  /** @throws GatewayError invalid_request when a part makes no sense in any dialect */
  readonly meaning: () => Meaning
}

/** The conversation that a call is. Null for one that is none, or makes no sense: whoever writes it says so. */
export function chatOf(call: Call): Chat | null {
  if (call.operation !== 'chat') return null
  try {
    const meaning = call.meaning()
    return meaning.operation === 'chat' ? meaning : null
  } catch {
    return null
  }
}

export type Meaning = Chat | Embed | Rerank | MakeImage | Speak | Transcribe | Moderate | Count

/** How many tokens would this conversation be? */
export interface Count {
  readonly operation: 'count'
  readonly chat: Chat
}

/**
 * A conversation to be continued, in no vendor's format. Null means that the caller did not say.
 * Every object keeps in `extra` the fields that its dialect does not know, so that they can be
 * passed on rather than dropped.
 */
export interface Chat {
  readonly operation: 'chat'
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice | null
  readonly parallelTools: boolean | null
  readonly format: Format | null
  readonly maxTokens: number | null
  readonly n: number | null
  readonly stop: readonly string[]
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly seed: number | null
  readonly presencePenalty: number | null
  readonly frequencyPenalty: number | null
  readonly logitBias: Readonly<Record<string, number>> | null
  readonly logprobs: boolean | null
  readonly topLogprobs: number | null
  readonly reasoning: ReasoningWish | null
  readonly user: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly serviceTier: string | null
  /** What only the caller's dialect can say, by name: any other leaves it out, and says so. */
  readonly native: readonly string[]
  readonly extra: Extra
}

export { type Extra, type FormFile, noExtra } from './extra.ts'

/** How much the model shall think; each dialect says one of these and the others follow. */
export interface ReasoningWish {
  /** Null: leave it to the model. */
  readonly enabled: boolean | null
  /** 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max': the vendors' words. */
  readonly effort: string | null
  readonly budgetTokens: number | null
  /** How the thoughts shall be shown, where the dialect has a word for it ('summarized', 'omitted'). */
  readonly display: string | null
}

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

export interface Message {
  readonly role: Role
  readonly parts: readonly Part[]
  readonly name: string | null
  readonly extra: Extra
}

export type Part =
  | TextPart
  | ImagePart
  | AudioPart
  | FilePart
  | ReasoningPart
  | RefusalPart
  | ToolCallPart
  | ToolResultPart
  | ForeignPart

/** The prompt, up to and with what carries this, is worth keeping in the provider's cache. */
export interface CacheMark {
  /** For how long; null: as long as the provider does unasked. */
  readonly ttl: '5m' | '1h' | null
}

export interface TextPart {
  readonly type: 'text'
  readonly text: string
  /** What its maker wants to have back with it. */
  readonly signature?: string
  readonly cache?: CacheMark
  readonly extra: Extra
}

/** Where bytes come from: an address, base64 with its media type, or an id at one provider. */
export type Source =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'id'; readonly id: string }

export interface ImagePart {
  readonly type: 'image'
  readonly source: Source
  readonly detail: string | null
  readonly cache?: CacheMark
  readonly extra: Extra
}

export interface AudioPart {
  readonly type: 'audio'
  /** 'wav', 'mp3' */
  readonly format: string
  readonly data: string
  readonly extra: Extra
}

export interface FilePart {
  readonly type: 'file'
  readonly source: Source
  readonly name: string | null
  readonly cache?: CacheMark
  readonly extra: Extra
}

/** Thoughts of an earlier turn. Signatures and sealed thoughts mean something to their maker alone. */
export interface ReasoningPart {
  readonly type: 'reasoning'
  readonly text: string
  readonly signature: string | null
  /** Thoughts that the provider sent sealed; opaque, and passed back unchanged or not at all. */
  readonly sealed: string | null
  readonly extra: Extra
}

export interface RefusalPart {
  readonly type: 'refusal'
  readonly text: string
  readonly extra: Extra
}

export interface ToolCallPart {
  readonly type: 'toolCall'
  readonly id: string
  readonly name: string
  /** JSON text, byte for byte as the model wrote it; it may be malformed. */
  readonly arguments: string
  /** What its maker wants to have back with it, or refuses the next turn. */
  readonly signature?: string
  readonly cache?: CacheMark
  readonly extra: Extra
}

export interface ToolResultPart {
  readonly type: 'toolResult'
  readonly callId: string
  readonly parts: readonly Part[]
  readonly failed: boolean
  readonly cache?: CacheMark
  readonly extra: Extra
}

/** A part of a kind that only its own dialect knows: kept whole, refused by every other. */
export interface ForeignPart {
  readonly type: 'foreign'
  readonly dialect: string
  readonly value: Extra
}

export interface Tool {
  readonly name: string
  readonly description: string | null
  /** JSON Schema of the arguments; null when none was given. */
  readonly schema: Readonly<Record<string, unknown>> | null
  readonly strict: boolean | null
  readonly cache?: CacheMark
  readonly extra: Extra
  /** A tool that the provider runs itself: kept whole for its own dialect, refused by every other. */
  readonly foreign: ForeignPart | null
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string }

export type Format =
  | { readonly kind: 'text' | 'json' }
  | {
      readonly kind: 'schema'
      readonly name: string | null
      readonly description: string | null
      readonly schema: Readonly<Record<string, unknown>>
      readonly strict: boolean | null
    }

export interface Embed {
  readonly operation: 'embed'
  readonly inputs: readonly EmbedInput[]
  /** Whether the caller sent one text rather than a list of them. */
  readonly single: boolean
  readonly dimensions: number | null
  /** 'float' or 'base64' (little-endian 32-bit floats). */
  readonly encoding: string | null
  readonly user: string | null
  readonly extra: Extra
}

/** A text, or the tokens of one. */
export type EmbedInput = string | readonly number[]
