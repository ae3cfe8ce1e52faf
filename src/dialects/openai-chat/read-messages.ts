import {
  type CacheMark,
  type Message,
  type Part,
  type Role,
  type Source,
  noExtra,
} from '../../core/call.ts'
import { markLast, readMark } from '../cache-marks.ts'
import { Fields } from '../fields.ts'
import { besideCall, thinkingText, thought, thoughtsOf } from './parts.ts'
import { id } from './wire.ts'

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

export function readMessage(wire: Fields): Message {
  const word = wire.needText('role')
  const role = Object.hasOwn(roles, word) ? roles[word] : undefined
  if (role === undefined) throw wire.wrong('role', `one of ${Object.keys(roles).join(', ')}`)
  const name = wire.text('name')
  const mark = readMark(wire)
  if (role === 'tool') {
    const callId = wire.text('tool_call_id') ?? name ?? ''
    const result: Part = {
      type: 'toolResult',
      callId,
      parts: readContent(wire),
      failed: false,
      ...mark,
      extra: noExtra,
    }
    return { role, parts: [result], name: null, extra: wire.rest() }
  }
  const content = markedAtEnd(readContent(wire), mark.cache)
  if (role !== 'assistant') return { role, parts: content, name, extra: wire.rest() }
  wire.skip('reasoning_content', 'reasoning', 'reasoning_details')
  const parts: Part[] = [...thoughtsOf(wire.value), ...content]
  const refusal = wire.text('refusal')
  if (refusal !== null) parts.push({ type: 'refusal', text: refusal, extra: noExtra })
  for (const call of wire.items('tool_calls')) parts.push(readToolCall(call))
  const legacy = wire.fields('function_call')
  if (legacy) {
    const legacyName = legacy.needText('name')
    parts.push({
      type: 'toolCall',
      id: legacyName, // the answer to it names the function, not a call
      name: legacyName,
      arguments: legacy.text('arguments') ?? '',
      extra: noExtra,
    })
  }
  wire.skip('audio', 'annotations')
  return { role, parts, name, extra: wire.rest() }
}

/** Some mark a whole message, which stands for its last part. */
function markedAtEnd(content: Part[], cache: CacheMark | undefined): Part[] {
  return (cache && markLast(content, cache)) ?? content
}

function readContent(wire: Fields): Part[] {
  const content = wire.raw('content')
  if (content === undefined) return []
  if (typeof content === 'string') {
    return content === '' ? [] : [{ type: 'text', text: content, extra: noExtra }]
  }
  return wire.items('content').map(readPart)
}

function readPart(wire: Fields): Part {
  const mark = readMark(wire)
  switch (wire.needText('type')) {
    case 'text': {
      const text = wire.needText('text')
      return { type: 'text', text, ...mark, extra: wire.rest() }
    }
    case 'image_url': {
      const image = wire.raw('image_url')
      const fields = typeof image === 'string' ? null : wire.fields('image_url')
      const url = typeof image === 'string' ? image : (fields?.needText('url') ?? '')
      return {
        type: 'image',
        source: readUrl(url),
        detail: fields?.text('detail') ?? null,
        ...mark,
        extra: wire.rest(),
      }
    }
    case 'input_audio': {
      const audio = wire.fields('input_audio')
      if (!audio) throw wire.wrong('input_audio', 'an object')
      return {
        type: 'audio',
        format: audio.needText('format'),
        data: audio.needText('data'),
        extra: wire.rest(),
      }
    }
    case 'file': {
      const file = wire.fields('file')
      if (!file) throw wire.wrong('file', 'an object')
      const data = file.text('file_data')
      const source: Source =
        data === null ? { kind: 'id', id: file.needText('file_id') } : readUrl(data)
      return { type: 'file', source, name: file.text('filename'), ...mark, extra: wire.rest() }
    }
    case 'refusal': {
      const text = wire.needText('refusal')
      return { type: 'refusal', text, extra: wire.rest() }
    }
    case 'thinking': // Mistral's way to take thoughts back
      return thought(thinkingText(wire.raw('thinking')))
    default:
      return { type: 'foreign', dialect: id, value: wire.value }
  }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]+)*;base64,/

function readUrl(url: string): Source {
  const match = dataUrl.exec(url.slice(0, 200))
  if (!match) return { kind: 'url', url }
  return { kind: 'base64', mediaType: match[1] || 'text/plain', data: url.slice(match[0].length) }
}

function readToolCall(wire: Fields): Part {
  const called = wire.fields('function')
  if (!called) return { type: 'foreign', dialect: id, value: wire.value }
  const call = {
    type: 'toolCall',
    id: wire.text('id') ?? '',
    name: called.needText('name'),
    arguments: called.text('arguments') ?? '',
    ...readMark(wire),
  } as const
  const beside = besideCall(wire.value)
  const rest = wire.skip('type', 'index', 'extra_content').rest()
  return { ...call, ...beside, extra: { ...rest, ...beside.extra } }
}
