import type { Call, Chat } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { CountReply, Reply } from '../../core/reply.ts'
import { type Dialect, ProviderFault, type Target, type WrittenCall } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { editedMember } from '../long-numbers.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { sseText } from '../sse.ts'
import { fitCallIds } from './call-ids.ts'
import { readCall as readMessages } from './read.ts'
import { writeCall as writeMessages } from './write.ts'
import { readError, writeError } from './reply.ts'
import type { WireMessage } from './wire.ts'

const id = 'anthropic-count'

/**
 * How many tokens would these messages be? What the counting takes is what a message takes, less what
 * is about the answer.
 * @see https://docs.claude.com/en/api/messages-count-tokens (read 2026-11-22)
 */
export const anthropicCount: Dialect = {
  id,
  operation: 'count',
  path: '/messages/count_tokens',
  readCall,
  writeReply: (reply) => JSON.stringify({ input_tokens: (reply as CountReply).inputTokens }),
  startWriting: null,
  writeError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeError(error, requestId), 'error'),
  writeCall,
  readReply,
  startReading: null,
  readError,
}

function readCall(body: JsonObject): Call {
  const chat = readMessages({ ...body, value: { ...body.value, max_tokens: 1 } })
  return {
    ...chat,
    operation: 'count',
    dialect: id,
    stream: false,
    maxTokens: 0,
    body,
    meaning: () => ({ operation: 'count', chat: chat.meaning() as Chat }),
  }
}

function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

function editCall(call: Call, target: Target): WrittenCall {
  const parameters = new Parameters(call.body.value)
  parameters.removeNulls()
  if (call.model !== target.model) parameters.set('model', target.model)
  if (call.metadata !== null) {
    // The API has no place for metadata here; what was meant for the gateway has been read.
    parameters.remove('metadata')
    if (withoutOwnNames(call.metadata) !== undefined) parameters.adapted.push('-metadata')
  }
  const { callIds } = target.quirks
  const messages = editedMember<readonly WireMessage[]>(call.body, 'messages', (sent) =>
    callIds === undefined ? sent : fitCallIds(sent, callIds),
  )
  if (messages !== call.body.value['messages']) parameters.set('messages', messages)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(call.body), adapted: parameters.adapted }
}

/** Of a message, what is counted. */
const counted = new Set([
  'model',
  'system',
  'messages',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
])

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'count') throw unsupportedContent(meaning.operation, target.model)
  const asked: Call = { ...call, operation: 'chat', stream: false, meaning: () => meaning.chat }
  const { text, adapted } = writeMessages(asked, target)
  const message = JSON.parse(text) as Readonly<Record<string, unknown>>
  const kept = Object.entries(message).filter(([name]) => counted.has(name))
  return {
    text: JSON.stringify(Object.fromEntries(kept)),
    adapted: adapted.filter((word) => !word.startsWith('+max_tokens')),
  }
}

function readReply(text: string): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  const tokens = isObject(wire) ? wire['input_tokens'] : undefined
  if (typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0) {
    return { operation: 'count', inputTokens: tokens, model: null, measured: null }
  }
  if (isObject(wire) && (wire['type'] === 'error' || present(wire['error']))) {
    const words = readError(text)
    throw new ProviderFault(words.message, words)
  }
  throw new ProviderFault(`the answer holds no count: ${text.slice(0, 200)}`)
}
