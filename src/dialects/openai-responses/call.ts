import type { Call } from '../../core/call.ts'
import { invalidRequest } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject, present, wrong } from '../fields.ts'
import { MediaTally, readCount, readFlag, readModel, readObject, readText } from '../read-call.ts'
import { id, readChat } from './meaning.ts'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  checkInput(value, media)
  if (readFlag(value['background'], 'background')) {
    throw invalidRequest(
      'Responses are not made in the background here. Leave background out, and ask for a stream when the answer takes long.',
    ).at('background')
  }
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens: readCount(value['max_output_tokens'], 'max_output_tokens', 1),
    n: 1,
    usageAsked: true,
    user:
      readText(value['user'], 'user') ?? readText(value['safety_identifier'], 'safety_identifier'),
    metadata: readObject(value['metadata'], 'metadata'),
    follows: readText(value['previous_response_id'], 'previous_response_id'),
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readChat(body),
  }
}

/** Where the words of a call may come from when it has no `input`. */
const elsewhere = ['previous_response_id', 'conversation', 'prompt']

/** Looks only at what every server of this dialect insists on; the rest is the provider's to judge. */
function checkInput(body: JsonObject['value'], media: MediaTally): void {
  const { input } = body
  if (typeof input === 'string') return
  if (Array.isArray(input) && input.length > 0) {
    for (const [index, item] of input.entries()) checkItem(item, `input[${index}]`, media)
    return
  }
  const isEmpty = !present(input) || Array.isArray(input)
  if (isEmpty && elsewhere.some((name) => present(body[name]))) return
  throw wrong('input', 'a string or a list of at least one item', input)
}

function checkItem(item: unknown, path: string, media: MediaTally): void {
  if (!isObject(item)) throw wrong(path, 'an object', item)
  const { type, role, content } = item
  // An item that has an id and nothing else names one that the server has.
  if (!present(type) && role === undefined && typeof item['id'] === 'string') return
  switch (type ?? 'message') {
    case 'message':
      if (typeof role !== 'string') throw wrong(`${path}.role`, 'a string', role)
      if (typeof content !== 'string') checkParts(content, `${path}.content`, media)
      return
    case 'function_call_output':
      if (typeof item['call_id'] !== 'string') {
        throw wrong(`${path}.call_id`, 'the id of the call this answers', item['call_id'])
      }
      if (typeof item['output'] !== 'string') checkParts(item['output'], `${path}.output`, media)
      return
    default:
      if (typeof type !== 'string') throw wrong(`${path}.type`, 'a string', type)
  }
}

function checkParts(parts: unknown, path: string, media: MediaTally): void {
  if (!Array.isArray(parts)) throw wrong(path, 'a string or a list of parts', parts)
  for (const [index, part] of (parts as unknown[]).entries()) {
    if (!isObject(part)) throw wrong(`${path}[${index}]`, 'an object', part)
    const { type, image_url: url, input_audio: audio } = part
    if (typeof type !== 'string') throw wrong(`${path}[${index}].type`, 'a string', type)
    if (type === 'input_image')
      media.add(typeof url === 'string' && url.startsWith('data:') ? url : null)
    if (type === 'input_audio')
      media.add(isObject(audio) && typeof audio['data'] === 'string' ? audio['data'] : null)
  }
}
