import type { Ending, Finish } from '../../core/reply.ts'
import type { Quirks } from '../dialect.ts'

/**
 * Every reason there is to end. A word that is not here is an error, with the word kept.
 * @see https://ai.google.dev/api/generate-content#FinishReason (read 2026-11-21)
 */
export const endings: Readonly<Record<string, Finish>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'filter',
  RECITATION: 'filter',
  LANGUAGE: 'filter',
  BLOCKLIST: 'filter',
  PROHIBITED_CONTENT: 'filter',
  SPII: 'filter',
  MODEL_ARMOR: 'filter',
  IMAGE_SAFETY: 'filter',
  IMAGE_PROHIBITED_CONTENT: 'filter',
  IMAGE_RECITATION: 'filter',
  FINISH_REASON_UNSPECIFIED: 'error',
  OTHER: 'error',
  IMAGE_OTHER: 'error',
  NO_IMAGE: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
}

/** Old clients ask for enums as numbers; these four are the same in both of Google's APIs. */
const byNumber = ['FINISH_REASON_UNSPECIFIED', 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION']

/** The dialect has no word for a turn that waits for tools: it stops. */
export function readEnding(reason: unknown, called: boolean, quirks: Quirks): Ending | null {
  const word = typeof reason === 'number' ? (byNumber[reason] ?? String(reason)) : reason
  if (typeof word !== 'string' || word === '') return null
  const finish =
    own(quirks.finishes ?? {}, word) ?? own(endings, word) ?? ('error' satisfies Finish)
  return { finish: finish === 'stop' && called ? 'tools' : finish, word, stopSequence: null }
}

function own(table: Readonly<Record<string, Finish>>, word: string): Finish | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}
