import type { Extra } from '../../core/call.ts'
import { isObject } from '../fields.ts'
import type { WireLogprobs } from './wire.ts'

/** The older shape of log probabilities, a list for each column, and the chat's, an object for each token. */

interface ChatToken {
  readonly token: string
  readonly logprob: number | null
  readonly bytes: readonly number[]
  readonly top_logprobs: readonly Omit<ChatToken, 'top_logprobs'>[]
}

/** As the chat has them; null when there are none. */
export function readLogprobs(wire: unknown): { content: readonly ChatToken[] } | null {
  if (!isObject(wire) || !Array.isArray(wire['tokens'])) return null
  const chances = listOf(wire['token_logprobs'])
  const tops = listOf(wire['top_logprobs'])
  return {
    content: wire['tokens'].map((token, index) => {
      const top = tops[index]
      return {
        ...tokenOf(String(token), chances[index]),
        top_logprobs: isObject(top)
          ? Object.entries(top).map(([other, chance]) => tokenOf(other, chance))
          : [],
      }
    }),
  }
}

function tokenOf(token: string, chance: unknown): Omit<ChatToken, 'top_logprobs'> {
  return {
    token,
    logprob: typeof chance === 'number' ? chance : null,
    bytes: [...Buffer.from(token)],
  }
}

/**
 * @param from  where in the text these tokens begin, in characters
 * @returns null when there is nothing of the chat's shape
 */
export function writeLogprobs(logprobs: unknown, from = 0): WireLogprobs | null {
  if (!isObject(logprobs) || !Array.isArray(logprobs['content'])) return null
  const tokens = logprobs['content'].filter(isObject)
  let offset = from
  return {
    tokens: tokens.map(textOf),
    token_logprobs: tokens.map(({ logprob }) => (typeof logprob === 'number' ? logprob : null)),
    top_logprobs: tokens.map(({ top_logprobs: top }) => {
      const others = listOf(top).filter(isObject)
      return Object.fromEntries(others.map((other) => [textOf(other), Number(other['logprob'])]))
    }),
    text_offset: tokens.map((token) => {
      const begins = offset
      offset += textOf(token).length
      return begins
    }),
  }
}

function textOf({ token }: Extra): string {
  return typeof token === 'string' ? token : ''
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
