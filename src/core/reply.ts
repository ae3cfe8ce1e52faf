import type {
  Extra,
  ForeignPart,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from './call.ts'
import type { GatewayError } from './errors.ts'
import type { ImageReply, SpeechReply, TranscribeReply } from './media.ts'
import type { ModerateReply } from './moderate.ts'
import type { RerankReply } from './rerank.ts'
import type { Measured } from './usage.ts'

/**
 * Why an answer ended. Each provider's table to these is total: a word that is not in it is `error`,
 * with the word kept, never `stop`.
 */
const finishes = ['stop', 'length', 'tools', 'filter', 'refusal', 'pause', 'error'] as const

export type Finish = (typeof finishes)[number]

export interface Ending {
  readonly finish: Finish
  /** The provider's own word; null when it gave none. */
  readonly word: string | null
  /** The stop sequence that was met, where the provider says which. */
  readonly stopSequence: string | null
}

/** A whole answer. */
export type Reply =
  | ChatReply
  | EmbedReply
  | RerankReply
  | ImageReply
  | SpeechReply
  | TranscribeReply
  | ModerateReply
  | CountReply

export interface CountReply {
  readonly operation: 'count'
  readonly inputTokens: number
  readonly model: string | null
  readonly measured: Measured | null
}

export interface ChatReply {
  readonly operation: 'chat'
  /** The provider's id of the answer; null when it gave none. */
  readonly id: string | null
  /** The model that the answer names, which may not be the one asked for; null when it names none. */
  readonly model: string | null
  /** Seconds since 1970; null when the provider did not say. */
  readonly createdS: number | null
  readonly choices: readonly Choice[]
  /** Null when the provider did not count. */
  readonly measured: Measured | null
  readonly extra: Extra
}

export interface Choice {
  readonly index: number
  readonly parts: readonly ReplyPart[]
  /** Null when the provider ended the answer without saying why. */
  readonly ending: Ending | null
  /** OpenAI's shape; null when not asked for or not offered. */
  readonly logprobs: unknown
  readonly extra: Extra
}

export type ReplyPart = TextPart | ReasoningPart | RefusalPart | ToolCallPart | ForeignPart

export interface EmbedReply {
  readonly operation: 'embed'
  readonly model: string | null
  readonly vectors: readonly Vector[]
  readonly measured: Measured | null
  readonly extra: Extra
}

/** Numbers, or the base64 of little-endian 32-bit floats, as the provider sent them. */
export type Vector = readonly number[] | string

/** What a stream brings, in the order it came. Folding the deltas of a stream gives its reply. */
export type Delta =
  | {
      readonly type: 'start'
      readonly id: string | null
      readonly model: string | null
      readonly createdS: number | null
    }
  /** A signature closes the text: what comes behind it is a text of its own. */
  | {
      readonly type: 'text'
      readonly choice: number
      readonly text: string
      readonly signature?: string
    }
  | { readonly type: 'reasoning'; readonly choice: number; readonly text: string }
  /** Closes the thoughts so far with what the provider needs to take them back. */
  | {
      readonly type: 'seal'
      readonly choice: number
      readonly signature: string | null
      readonly sealed: string | null
    }
  | { readonly type: 'refusal'; readonly choice: number; readonly text: string }
  | {
      readonly type: 'tool'
      readonly choice: number
      readonly index: number
      readonly id: string
      readonly name: string
      readonly signature?: string
    }
  | {
      readonly type: 'arguments'
      readonly choice: number
      readonly index: number
      readonly text: string
    }
  /** A block of a kind that only its own dialect knows. */
  | { readonly type: 'foreign'; readonly choice: number; readonly part: ForeignPart }
  /** Citations in what the answer says, in the shape of chat completions; they may come before the text. */
  | {
      readonly type: 'annotations'
      readonly choice: number
      readonly annotations: readonly unknown[]
    }
  | { readonly type: 'logprobs'; readonly choice: number; readonly logprobs: unknown }
  | { readonly type: 'finish'; readonly choice: number; readonly ending: Ending }
  /** The count so far; the last one rules. `alone`: the event carried nothing else. */
  | { readonly type: 'usage'; readonly measured: Measured; readonly alone: boolean }
  | { readonly type: 'extra'; readonly extra: Extra }
  | { readonly type: 'error'; readonly error: GatewayError }

/** True when the caller would see something of the answer: from here on it cannot be taken back. */
export function isContent(delta: Delta): boolean {
  switch (delta.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'arguments':
      return delta.text !== ''
    case 'tool':
    case 'foreign':
    case 'seal':
      return true
    default:
      return false
  }
}
