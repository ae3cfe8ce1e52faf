import type { Extra } from './extra.ts'
import type { Money } from './money.ts'

/** A message in the shape of OpenAI's chat, which the public door takes for every provider. */
export interface ChatMessage extends Extra {
  readonly role: string
  readonly content?: unknown
}

/** What whoever learns from calls asks of a model: as any client would, through the public door. */
export interface Question {
  /** A task, or 'provider/model'. */
  readonly model: string
  readonly messages: readonly ChatMessage[]
  /** Further members of the request: temperature, max_tokens, response_format, tools. */
  readonly params: Extra
  /** What the call is for on the ledger, so that it is told apart from users' traffic: 'eval', 'judge'. */
  readonly feature: string
}

/** Unknown is null, never zero. */
export interface Answered {
  /** On the ledger; null when the gateway gave none. */
  readonly callId: string | null
  /** Who answered. */
  readonly model: string | null
  readonly text: string | null
  readonly refusal: string | null
  readonly toolCalls: readonly AskedTool[]
  /** OpenAI's word: stop, length, tool_calls, content_filter. */
  readonly finish: string | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cost: Money | null
  /** From the question to the whole answer, as this client measured it. */
  readonly latencyMs: number
  /** Natural logarithms of the probabilities of the answer's tokens, where they were asked for. */
  readonly logprobs: readonly number[] | null
}

export interface AskedTool {
  readonly name: string
  /** JSON text as the model wrote it; it may be malformed. */
  readonly arguments: string
}

/** @throws CallFailed, and whatever the signal was aborted with */
export type Caller = (question: Question, signal: AbortSignal) => Promise<Answered>

export interface Embedded {
  readonly vectors: readonly (readonly number[])[]
  readonly cost: Money | null
}

/** @throws CallFailed */
export type Embedder = (
  model: string,
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<Embedded>

/** The gateway refused, or nobody answered. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  /** Null when there was no answer at all. */
  readonly status: number | null
  readonly code: string | null
  /** How long to wait before asking again, where the answer said so. */
  readonly waitMs: number | null

  constructor(message: string, status: number | null, code: string | null, waitMs: number | null) {
    super(message)
    this.status = status
    this.code = code
    this.waitMs = waitMs
  }
}
