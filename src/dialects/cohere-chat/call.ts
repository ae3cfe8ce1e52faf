import type { Call, Extra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { editCall } from '../edit.ts'
import { isObject, present, wrong } from '../fields.ts'
import { checkEach, MediaTally, readCount, readFlag, readModel, readObject } from '../read-call.ts'
import { readChat } from './read.ts'
import { writeChat } from './write.ts'

export const id = 'cohere-chat'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  checkEach(value['messages'], checkMessage, media)
  const { documents } = value
  const hasDocuments = Array.isArray(documents) && documents.length > 0
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens: readCount(value['max_tokens'], 'max_tokens', 1),
    n: 1,
    usageAsked: true,
    user: null,
    metadata: readObject(value['metadata'], 'metadata'),
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    reworded: hasDocuments ? ['documents>messages'] : [],
    meaning: () => readChat(body, id),
  }
}

/** Looks only at what the vendor insists on; the rest is the provider's to judge. */
function checkMessage(
  { role, content, tool_call_id: callId }: Extra,
  index: number,
  media: MediaTally,
): void {
  const path = `messages[${index}]`
  if (role === 'tool' && typeof callId !== 'string') {
    throw wrong(`${path}.tool_call_id`, 'the id of the call this answers', callId)
  }
  if (Array.isArray(content)) checkParts(content, `${path}.content`, media)
  else if (typeof content !== 'string' && (present(content) || role !== 'assistant')) {
    throw wrong(`${path}.content`, 'a string or a list of parts', content)
  }
}

function checkParts(parts: readonly unknown[], path: string, media: MediaTally): void {
  parts.forEach((part, index) => {
    if (!isObject(part)) throw wrong(`${path}[${index}]`, 'an object', part)
    if (typeof part['type'] !== 'string') {
      throw wrong(`${path}[${index}].type`, 'a string', part['type'])
    }
    if (part['type'] !== 'image_url') return
    const image = part['image_url']
    const url = isObject(image) ? image['url'] : image
    media.add(typeof url === 'string' && url.startsWith('data:') ? url : null)
  })
}

export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect === id) return editCall(call, target)
  const chat = call.meaning()
  if (chat.operation !== 'chat') throw unsupportedContent(chat.operation, target.model)
  const parameters = writeChat(chat, call.stream, target)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}
