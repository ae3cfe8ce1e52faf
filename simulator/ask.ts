import type { Json } from './json.ts'

/** What a model is asked, in no vendor's format. */
export interface Ask {
  readonly model: string
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  /** More than one tool call in one answer is allowed. */
  readonly parallel: boolean
  readonly format: Format
  /** How many answers to the same prompt. */
  readonly choices: number
  readonly tokensMax: number | null
  readonly stops: readonly string[]
  readonly thinking: Thinking
  /** The caller's own seed, beside the simulator's. */
  readonly seed: number
  readonly caching: Caching
  /** Whose prompts may be remembered together: the key that asked. */
  readonly owner: string
}

/** Parts of one role that follow each other; 'tool' holds what tools answered. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
}

export type Part = (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly media: string; readonly source: string }
  | { readonly kind: 'other'; readonly type: string; readonly source: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly input: string }
  | { readonly kind: 'result'; readonly id: string; readonly text: string }
) & { readonly mark?: CacheMark }

export interface Tool {
  readonly name: string
  readonly description: string
  readonly schema: Json
  readonly mark?: CacheMark
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

export type Format =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly schema: Json }

/** How much thought; a model that does not think takes no notice. */
interface Thinking {
  readonly effort: 'none' | 'low' | 'medium' | 'high'
  readonly tokensMax: number | null
}

/** 'automatic' remembers every long prompt, 'marked' only up to the marks in it. */
type Caching = 'automatic' | 'marked'

/** How long a marked prefix is kept. */
export type CacheMark = '5m' | '1h'

/** The last thing the user said, as it was written; parts of one message are joined without a seam. */
export function promptOf(ask: Ask): string {
  const turn = ask.turns.findLast((turn) => turn.role === 'user')
  return (turn?.parts ?? []).map((part) => (part.kind === 'text' ? part.text : '')).join('')
}

/** All text of the system and the user, for what may be said anywhere in a request. */
export function wordsOf(ask: Ask): string {
  const texts = ask.turns
    .filter((turn) => turn.role === 'system' || turn.role === 'user')
    .flatMap((turn) => turn.parts.map((part) => (part.kind === 'text' ? part.text : '')))
  return texts.join('\n')
}
