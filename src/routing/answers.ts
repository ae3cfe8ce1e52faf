import type { Chat, Part } from '../core/call.ts'
import type { ChatMessage } from '../core/caller.ts'
import type { ChatReply } from '../core/reply.ts'

/** Calls and answers as texts: what a fitted policy reads of them. */

/**
 * What was said in a conversation, as the tables of `freehold eval` have it. What a task says with each
 * call, its system prompt and tools, tells no call from another and is left out.
 */
export function promptOf({ messages }: Chat): string {
  return promptOfTurns(messages.map(({ role, parts }) => ({ role, texts: parts.flatMap(textsOf) })))
}

/** The same of messages in OpenAI's shape, as evaluations ask them. */
export function promptOfMessages(messages: readonly ChatMessage[]): string {
  return promptOfTurns(messages.map(({ role, content }) => ({ role, texts: textsIn(content) })))
}

interface Turn {
  readonly role: string
  readonly texts: readonly string[]
}

/** A picture, a file or a call of a tool has no words here, and leaves no empty line either. */
function promptOfTurns(turns: readonly Turn[]): string {
  return turns
    .filter(({ role }) => role !== 'system' && role !== 'developer')
    .flatMap(({ texts }) => texts.filter((text) => text !== ''))
    .join('\n')
}

function textsOf(part: Part): readonly string[] {
  if (part.type === 'text') return [part.text]
  return part.type === 'toolResult' ? part.parts.flatMap(textsOf) : []
}

function textsIn(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return []
  return content.flatMap((part: unknown) => {
    const text = isRecord(part) && part['type'] === 'text' ? part['text'] : null
    return typeof text === 'string' ? [text] : []
  })
}

/** The first answer as text, or where it has none its calls of tools as JSON. Null when it has neither. */
export function sayingOf({ choices: [choice] }: ChatReply): string | null {
  const parts = choice?.parts ?? []
  const said = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  if (said.trim() !== '') return said
  const calls = parts.flatMap((part) =>
    part.type === 'toolCall' ? [{ name: part.name, arguments: part.arguments }] : [],
  )
  return calls.length === 0 ? null : JSON.stringify(calls)
}

/**
 * What the log-probabilities of an answer say, under the names that tables use: `mean_logprob` over all
 * tokens, `min_logprob`, `low_logprob` over the least tenth, `first_logprob`. Null when none came.
 * @param logprobs  OpenAI's shape: {"content": [{"token", "logprob"}]}
 */
export function confidenceOf(logprobs: unknown): Readonly<Record<string, number>> | null {
  const content = isRecord(logprobs) ? logprobs['content'] : null
  if (!Array.isArray(content)) return null
  return confidenceOfTokens(
    content.flatMap((token: unknown) => (isRecord(token) ? [token['logprob']] : [])),
  )
}

/** @param tokens  the log-probability of each; what is no number is left out */
export function confidenceOfTokens(
  tokens: readonly unknown[],
): Readonly<Record<string, number>> | null {
  const values = tokens
    .filter((value): value is number => typeof value === 'number' && Number.isFinite(value))
    // Some engines give 0 for certainty and -9999 for what was never likely.
    .map((value) => Math.max(-100, Math.min(0, value)))
  if (values.length === 0) return null
  const least = values.toSorted((left, right) => left - right)
  const low = least.slice(0, Math.max(1, Math.ceil(least.length / 10)))
  return {
    mean_logprob: mean(values),
    min_logprob: least[0]!,
    low_logprob: mean(low),
    first_logprob: values[0]!,
  }
}

/** The confidences that come with an answer when its log-probabilities are asked for. */
export const confidencesOfLogprobs: ReadonlySet<string> = new Set([
  'mean_logprob',
  'min_logprob',
  'low_logprob',
  'first_logprob',
])

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
