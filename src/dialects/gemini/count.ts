import type { Call } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { CountReply, Reply } from '../../core/reply.ts'
import {
  type Dialect,
  type Place,
  ProviderFault,
  type Target,
  type WrittenCall,
} from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readGeminiError, writeGeminiError } from '../gemini-error.ts'
import { either, nameOf, pathTo, readNamed } from '../gemini-place.ts'
import { Parameters } from '../parameters.ts'
import { MediaTally, readObject } from '../read-call.ts'
import { sseText } from '../sse.ts'
import { checkContents, readChat } from './call.ts'
import { writeChat } from './write-call.ts'

const id = 'gemini-count'
const whole = 'generateContentRequest'

/**
 * How many tokens a request would be: its contents alone, or the whole of it one step deeper.
 * @see https://ai.google.dev/api/tokens (read 2026-11-21)
 */
export const geminiCount: Dialect = {
  id,
  operation: 'count',
  path: pathTo('countTokens'),
  readCall,
  writeReply,
  startWriting: null,
  writeError: writeGeminiError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeGeminiError(error, requestId)),
  writeCall,
  readReply,
  startReading: null,
  readError: readGeminiError,
}

function readCall(body: JsonObject, place?: Place): Call {
  const { value } = body
  const inner = readObject(either(value, whole), whole)
  const media = new MediaTally()
  checkContents((inner ?? value)['contents'], inner ? `${whole}.contents` : 'contents', media)
  return {
    operation: 'count',
    dialect: id,
    model: readNamed(body, place),
    stream: false,
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => ({
      operation: 'count',
      chat: readChat(inner ?? value, inner ? whole : ''),
    }),
  }
}

function writeCall(call: Call, target: Target): WrittenCall {
  const name = nameOf(target.model)
  if (call.dialect === id) {
    const { value } = call.body
    const parameters = new Parameters(value)
    parameters.removeNulls()
    if ('model' in value) parameters.set('model', name)
    for (const field of [whole, 'generate_content_request']) {
      const inner = value[field]
      if (isObject(inner)) parameters.set(field, { ...inner, model: name })
    }
    return { text: parameters.edit(call.body), adapted: parameters.adapted }
  }
  const count = call.meaning()
  if (count.operation !== 'count') throw unsupportedContent(count.operation, target.model)
  const { request, adapted } = writeChat(count.chat, target)
  return { text: JSON.stringify({ [whole]: { model: name, ...request } }), adapted }
}

function readReply(text: string): CountReply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (isObject(wire) && present(wire['error'])) {
    const words = readGeminiError(text)
    throw new ProviderFault(words.message, words)
  }
  const tokens = isObject(wire) ? wire['totalTokens'] : undefined
  if (typeof tokens !== 'number' || !Number.isSafeInteger(tokens) || tokens < 0)
    throw new ProviderFault(`the answer holds no count: ${text.slice(0, 200)}`)
  return { operation: 'count', inputTokens: tokens, model: null, measured: null }
}

function writeReply(reply: Reply): string {
  const { inputTokens } = reply as CountReply
  return JSON.stringify({ totalTokens: inputTokens })
}
