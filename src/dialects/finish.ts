import type { Ending, Finish } from '../core/reply.ts'
import type { Quirks } from './dialect.ts'

/** Words of a dialect for why an answer ended. */
export type Finishes = Readonly<Record<string, Finish>>

/**
 * What a provider's word for the end means: as its own table says, then as the dialect's does. A word
 * that stands in neither is an error, never `stop`.
 * @param known  the word as the dialect's table spells it
 */
export function finishOf(word: string, finishes: Finishes, quirks: Quirks, known = word): Finish {
  const own = quirks.finishes
  if (own && Object.hasOwn(own, word)) return own[word]!
  return Object.hasOwn(finishes, known) ? finishes[known]! : 'error'
}

const openaiWords = {
  stop: 'stop',
  length: 'length',
  tools: 'tool_calls',
  filter: 'content_filter',
  refusal: 'content_filter',
  pause: 'pause_turn',
  error: 'error',
} satisfies Record<Finish, string>

/** The word of OpenAI's chats and completions. */
export function openaiFinish(ending: Ending | null): string | null {
  return ending === null ? null : openaiWords[ending.finish]
}
