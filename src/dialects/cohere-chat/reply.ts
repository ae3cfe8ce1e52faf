import { finishOf } from '../finish.ts'
import { type Call, type Extra, noExtra } from '../../core/call.ts'
import type { ChatReply, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens } from '../../core/usage.ts'
import { readCohereError, tellsCohereError } from '../cohere-error.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readCohereUsage } from '../usage.ts'
import { thought } from './read.ts'
import type { WireAnswer, WireUsage } from './wire.ts'
import { writeToolCall } from './write.ts'

/** Every word that an answer is known to end with; one that is not here is an error, with the word kept. */
const finishes: Readonly<Record<string, Finish>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tools',
  ERROR: 'error',
  TIMEOUT: 'error',
  // Of the first version, which some deployments still say
  ERROR_TOXIC: 'filter',
  ERROR_LIMIT: 'length',
  USER_CANCEL: 'error',
}

export function readEnding(word: unknown, quirks: Quirks): Ending | null {
  if (typeof word !== 'string' || word === '') return null
  const finish = finishOf(word, finishes, quirks, word.toUpperCase())
  return { finish, word, stopSequence: null }
}

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const { message } = wire
  if (!isObject(message)) {
    if (!tellsCohereError(wire))
      throw new ProviderFault(`the answer holds no message: ${text.slice(0, 200)}`)
    const words = readCohereError(text)
    throw new ProviderFault(words.message, words)
  }
  const { citations } = message
  return {
    operation: 'chat',
    id: typeof wire['id'] === 'string' ? wire['id'] : null,
    model: typeof wire['model'] === 'string' ? wire['model'] : null,
    createdS: null,
    choices: [
      {
        index: 0,
        parts: readParts(message),
        ending: readEnding(wire['finish_reason'], quirks),
        logprobs: null,
        extra: noExtra,
      },
    ],
    measured: readCohereUsage(wire['usage']),
    extra: Array.isArray(citations) && citations.length > 0 ? { citations } : noExtra,
  }
}

/** The plan behind a turn's calls is a thought; it and thoughts as such come first. */
function readParts(message: Extra): ReplyPart[] {
  const { tool_plan: plan, content } = message
  const parts: ReplyPart[] = typeof plan === 'string' && plan !== '' ? [thought(plan)] : []
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  for (const block of listOf(blocks)) {
    const { text, thinking } = block
    if (typeof thinking === 'string' && thinking !== '') parts.push(thought(thinking))
    else if (typeof text === 'string' && text !== '')
      parts.push({ type: 'text', text, extra: noExtra })
  }
  for (const call of listOf(message['tool_calls'])) {
    const called = isObject(call['function']) ? call['function'] : {}
    parts.push({
      type: 'toolCall',
      id: textOf(call['id']),
      name: textOf(called['name']),
      arguments: textOf(called['arguments']),
      extra: noExtra,
    })
  }
  return parts
}

export function writeReply(reply: Reply, _call: Call, { callId }: Stamp): string {
  const chat = reply as ChatReply
  const [choice] = chat.choices
  const parts = choice?.parts ?? []
  const content = parts.flatMap(writeBlock)
  const calls = parts.flatMap((part) => (part.type === 'toolCall' ? writeToolCall(part) : []))
  const { citations } = chat.extra
  const answer: WireAnswer = {
    id: chat.id ?? callId,
    message: {
      role: 'assistant',
      ...(content.length > 0 ? { content } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(Array.isArray(citations) ? { citations } : {}),
    },
    finish_reason: writeEnding(choice?.ending ?? null, calls.length > 0),
  }
  if (chat.measured) answer.usage = writeUsage(chat.measured)
  return JSON.stringify(answer)
}

function writeBlock(part: ReplyPart): Extra[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return part.text === '' ? [] : [{ type: 'thinking', thinking: part.text }]
    case 'toolCall':
    case 'foreign':
      return []
  }
}

/**
 * There is no word for what a filter or the model itself would not say, nor for an answer that is to be
 * continued: the first two are no complete answer, the last is one that was cut short.
 */
const words = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tools: 'TOOL_CALL',
  filter: 'ERROR',
  refusal: 'ERROR',
  pause: 'MAX_TOKENS',
  error: 'ERROR',
} satisfies Record<Finish, string>

/** Clients run tools on TOOL_CALL alone, which some servers of other dialects leave at `stop`. */
export function writeEnding(ending: Ending | null, called: boolean): string | null {
  if (ending === null) return null
  if (ending.finish === 'stop' && called) return words.tools
  if (ending.finish === 'stop' && ending.stopSequence !== null) return 'STOP_SEQUENCE'
  return words[ending.finish]
}

/** Cached tokens are told of beside the sums, which hold them. */
export function writeUsage({ usage }: Measured): WireUsage {
  const input = promptTokens(usage)
  const output = completionTokens(usage)
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: {
      input_tokens: input,
      output_tokens: output,
      ...(usage.reasoning > 0 ? { reasoning_tokens: usage.reasoning } : {}),
    },
    ...(usage.cacheRead > 0 ? { cached_tokens: usage.cacheRead } : {}),
  }
}

export function listOf(value: unknown): Extra[] {
  if (Array.isArray(value)) return value.filter(isObject)
  return isObject(value) ? [value] : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
