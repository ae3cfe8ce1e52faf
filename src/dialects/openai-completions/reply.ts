import { finishOf, openaiFinish } from '../finish.ts'
import { type Call, type Extra, noExtra } from '../../core/call.ts'
import type { ChatReply, Choice, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens } from '../../core/usage.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readOpenaiUsage, type UsageQuirks } from '../usage.ts'
import { readLogprobs, writeLogprobs } from './logprobs.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

/** Every word that servers of this dialect are known to end a text with; any other is an error. */
const finishes: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'filter',
  // TGI; Together
  eos_token: 'stop',
  stop_sequence: 'stop',
  eos: 'stop',
  // vLLM and SGLang, when the engine broke the request off
  abort: 'error',
  error: 'error',
}

/** Null for nothing, and for the blank that TGI sends while a text runs. */
export function readEnding(word: unknown, stopReason: unknown, quirks: Quirks): Ending | null {
  if (typeof word !== 'string' || word === '') return null
  const finish = finishOf(word, finishes, quirks)
  // vLLM names the stop sequence that was met here.
  const stopSequence = typeof stopReason === 'string' ? stopReason : null
  return { finish, word, stopSequence }
}

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  if (!Array.isArray(wire['choices'])) {
    if (!tellsError(wire)) {
      throw new ProviderFault(`the answer holds no choices: ${text.slice(0, 200)}`)
    }
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  const choices = wire['choices'].filter(isObject)
  return {
    operation: 'chat',
    id: wordOrNull(wire['id']),
    model: wordOrNull(wire['model']),
    createdS: typeof wire['created'] === 'number' ? wire['created'] : null,
    choices: choices.map((choice, place) => readChoice(choice, place, quirks)),
    measured: readUsage(wire, quirks.usage),
    extra: noExtra,
  }
}

function readChoice(wire: Extra, place: number, quirks: Quirks): Choice {
  const { text } = wire
  const parts: ReplyPart[] =
    typeof text === 'string' && text !== '' ? [{ type: 'text', text, extra: noExtra }] : []
  return {
    index: typeof wire['index'] === 'number' ? wire['index'] : place,
    parts,
    ending: readEnding(wire['finish_reason'], wire['stop_reason'], quirks),
    logprobs: readLogprobs(wire['logprobs']),
    extra: noExtra,
  }
}

export function readUsage(wire: Extra, quirks: UsageQuirks = {}): Measured | null {
  return readOpenaiUsage(wire['usage'] ?? null, quirks)
}

export function writeReply(reply: Reply, _call: Call, stamp: Stamp): string {
  const chat = reply as ChatReply
  const answer: WireAnswer = {
    id: chat.id ?? `cmpl-${stamp.callId}`,
    object: 'text_completion',
    created: chat.createdS ?? stamp.nowS,
    model: chat.model ?? stamp.model,
    choices: chat.choices.map(({ index, parts, logprobs, ending }) => ({
      text: textIn(parts),
      index,
      logprobs: writeLogprobs(logprobs),
      finish_reason: openaiFinish(ending),
    })),
  }
  if (chat.measured) answer.usage = writeUsage(chat.measured)
  return JSON.stringify(answer)
}

/** A text is all that this dialect has: thoughts have no place in it, a refusal is what was said. */
function textIn(parts: readonly ReplyPart[]): string {
  return parts
    .flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : []))
    .join('')
}

export function writeUsage({ usage }: Measured): WireUsage {
  const prompt = promptTokens(usage)
  const completion = completionTokens(usage)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(usage.cacheRead > 0 ? { prompt_tokens_details: { cached_tokens: usage.cacheRead } } : {}),
    ...(usage.reasoning > 0
      ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } }
      : {}),
  }
}

/** TGI leaves the id of an answer empty. */
export function wordOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
