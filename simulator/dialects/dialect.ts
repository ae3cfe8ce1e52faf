import type { Ask } from '../ask.ts'
import type { FormFile } from '../form.ts'
import type { Json } from '../json.ts'
import type { Answer, Pace, Tokens } from '../model.ts'
import type { Stored } from '../stored.ts'

/** One way in: a path of a vendor, in that vendor's words. */
export interface Door {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** '/v1/models/*' stands for one more step of the path. */
  readonly path: string
  /** @throws Problem when the vendor would refuse the request */
  answer(request: Request, world: World): Said
  /** The body of an error. */
  refuse(problem: Problem, requestId: string): Json
  /** Headers that say what kind of error it is, where the body does not. */
  refuseHeaders?(problem: Problem): Readonly<Record<string, string>>
  /** The event that says in the middle of a stream that it failed. */
  fail(problem: Problem, requestId: string): Event
  /** The header in which the vendor names the request. */
  readonly requestIdHeader: string
}

/** What a client sent. */
export interface Request {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined when it is no JSON. */
  readonly body: unknown
  /** What came in a form, whose fields are the body. */
  readonly files: readonly FormFile[]
  /** The key that came with it, '' without one. */
  readonly key: string
}

/** What a door may use. */
export interface World {
  readonly requestId: string
  readonly nowMs: number
  readonly seed: number
  readonly strictNulls: boolean
  /** An id that was not given before: 'chatcmpl-' and letters. */
  id(prefix: string, length: number): string
  answer(ask: Ask): Answer
  /** Conversations that the vendor keeps, by key and the id of their last answer. */
  readonly memory: Map<string, readonly Json[]>
  /** Files, batches and jobs, by their ids. */
  readonly objects: Map<string, Stored>
}

/** What the vendor says, before it is written as bytes. */
export interface Said {
  readonly headers: Readonly<Record<string, string>>
  readonly stream: boolean
  /** The answer in one piece. */
  whole(): Json
  /** The answer where it is no JSON; its chunks leave one by one. */
  readonly bytes?: { readonly mediaType: string; readonly chunks: readonly Uint8Array[] }
  /** The answer as a stream; null where there are none. */
  readonly events: (() => Iterable<Event>) | null
  /** An event as bytes, where that is no text. */
  readonly frame?: (event: Event) => Uint8Array
  /** How many events of the stream carry content. */
  readonly contentEvents: number
  /** Null when nothing was counted. */
  readonly tokens: Tokens | null
  readonly pace: Pace
  /** What usage says once so many output tokens were sent. */
  usage(output: number): Json
  /** The answer's text, for the history. */
  readonly text: string
}

export interface Event {
  /** The `event:` line; null for dialects without. */
  readonly name: string | null
  /** A string is sent as it is, anything else as JSON. */
  readonly data: Json
  readonly mark: 'open' | 'content' | 'finish' | 'usage' | 'end' | 'other'
  /** Output tokens that this event brings. */
  readonly tokens: number
}

/** A request that the vendor refuses. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string | null
  readonly param: string | null
  /** The vendor's word for the kind of error; null takes the usual one for the status. */
  readonly type: string | null

  constructor(status: number, message: string, words: ProblemWords = {}) {
    super(message)
    this.status = status
    this.code = words.code ?? null
    this.param = words.param ?? null
    this.type = words.type ?? null
  }
}

export interface ProblemWords {
  readonly code?: string
  readonly param?: string
  readonly type?: string
}
