import { type Extra, type Message, type Part, type Source, noExtra } from '../../core/call.ts'
import { markLast, readMark } from '../cache-marks.ts'
import { Fields } from '../fields.ts'
import { id } from './wire.ts'

/** A mark on the request itself stands for one on its last block. */
export function markedAtEnd(wire: Fields, native: Set<string>, messages: Message[]): Message[] {
  const { cache } = readMark(wire)
  const last = messages.at(-1)
  if (cache === undefined || last === undefined) return messages
  const parts = markLast(last.parts, cache)
  if (parts === null) native.add('cache_control')
  return parts === null ? messages : [...messages.slice(0, -1), { ...last, parts }]
}

export function readSystem(wire: Fields, native: Set<string>): Message[] {
  const system = wire.raw('system')
  if (system === undefined) return []
  const parts: Part[] =
    typeof system === 'string'
      ? [{ type: 'text', text: system, extra: noExtra }]
      : wire.items('system').map((block) => readBlock(block, native))
  return [{ role: 'system', parts, name: null, extra: noExtra }]
}

/** Results of tools come in a user's turn here, and are turns of their own elsewhere. */
export function readMessage(wire: Fields, native: Set<string>): Message[] {
  const role = wire.needText('role')
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw wire.wrong('role', 'user or assistant')
  }
  const content = wire.raw('content')
  const parts: Part[] =
    typeof content === 'string'
      ? [{ type: 'text', text: content, extra: noExtra }]
      : wire.items('content').map((block) => readBlock(block, native))
  const extra = wire.rest()
  if (role !== 'user') return [{ role, parts, name: null, extra }]
  const messages: { role: 'tool' | 'user'; parts: Part[]; name: null; extra: Extra }[] = []
  for (const part of parts) {
    const turn = part.type === 'toolResult' ? 'tool' : 'user'
    const last = messages.at(-1)
    if (last?.role === turn) last.parts.push(part)
    else messages.push({ role: turn, parts: [part], name: null, extra })
  }
  return messages.length > 0 ? messages : [{ role, parts, name: null, extra }]
}

function readBlock(wire: Fields, native: Set<string>): Part {
  const type = wire.needText('type')
  const mark = readMark(wire)
  switch (type) {
    case 'text': {
      const text = wire.needText('text')
      return { type, text, ...mark, extra: wire.skip('citations').rest() }
    }
    case 'image': {
      const source = readSource(wire)
      return { type, source, detail: null, ...mark, extra: wire.rest() }
    }
    case 'document': {
      const name = wire.text('title')
      const source = wire.fields('source')
      if (source?.text('type') === 'text') {
        // A document given as text is what its text says.
        return { type: 'text', text: source.needText('data'), ...mark, extra: noExtra }
      }
      const context = ['citations', 'context'].filter((field) => wire.raw(field) !== undefined)
      for (const field of context) native.add(field)
      return { type: 'file', source: readSource(wire), name, ...mark, extra: wire.rest() }
    }
    case 'thinking': {
      const text = wire.text('thinking') ?? ''
      const signature = wire.text('signature') || null // empty where nobody signed
      return { type: 'reasoning', text, signature, sealed: null, extra: wire.rest() }
    }
    case 'redacted_thinking': {
      const sealed = wire.needText('data')
      return { type: 'reasoning', text: '', signature: null, sealed, extra: wire.rest() }
    }
    case 'tool_use': {
      const callId = wire.needText('id')
      const name = wire.needText('name')
      const input = JSON.stringify(wire.object('input') ?? {})
      return {
        type: 'toolCall',
        id: callId,
        name,
        arguments: input,
        ...mark,
        extra: wire.skip('caller').rest(),
      }
    }
    case 'tool_result': {
      const content = wire.raw('content')
      const parts: Part[] =
        typeof content === 'string'
          ? [{ type: 'text', text: content, extra: noExtra }]
          : wire.items('content').map((block) => readBlock(block, native))
      const callId = wire.needText('tool_use_id')
      const failed = wire.flag('is_error') ?? false
      return { type: 'toolResult', callId, parts, failed, ...mark, extra: wire.rest() }
    }
    default:
      return { type: 'foreign', dialect: id, value: wire.value }
  }
}

function readSource(wire: Fields): Source {
  const source = wire.fields('source')
  switch (source?.text('type')) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: source.needText('media_type'),
        data: source.needText('data'),
      }
    case 'url':
      return { kind: 'url', url: source.needText('url') }
    case 'file':
      return { kind: 'id', id: source.needText('file_id') }
    default:
      throw wire.wrong('source', 'an object of type base64, url or file')
  }
}
