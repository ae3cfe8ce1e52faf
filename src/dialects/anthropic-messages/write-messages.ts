import type { Extra, Message, Part, ReasoningPart, Source } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { writeMark } from '../cache-marks.ts'
import type { Target } from '../dialect.ts'
import { toolInput } from '../tool-input.ts'
import type { WireMessage } from './wire.ts'

/** Thoughts without a signature or seal are nobody's here: the API refuses them. */
export function isUnsigned({ signature, sealed }: ReasoningPart): boolean {
  return signature === null && sealed === null
}

/**
 * System and developer messages are hoisted; turns of one side that follow each other become one. A turn
 * that says nothing here is refused, and left out.
 */
export function writeTurns(
  messages: readonly Message[],
  target: Target,
): { system: Extra[]; turns: WireMessage[] } {
  const system: Extra[] = []
  const turns: { role: 'user' | 'assistant'; content: Extra[] }[] = []
  for (const { role, parts, extra } of messages) {
    const blocks = parts.flatMap((part) => writeBlock(part, target))
    if (role === 'system' || role === 'developer') {
      system.push(...blocks)
      continue
    }
    if (blocks.length === 0) continue
    const side = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === side && Object.keys(extra).length === 0) last.content.push(...blocks)
    else turns.push({ role: side, content: blocks, ...extra })
  }
  return { system, turns: turns.map((turn) => ({ ...turn, content: plainOr(turn.content) })) }
}

/** One bare text block is said as a string, the way people write it. */
export function plainOr(blocks: readonly Extra[]): string | readonly Extra[] {
  const [only] = blocks
  if (blocks.length === 0) return ''
  const bare = blocks.length === 1 && only!['type'] === 'text' && Object.keys(only!).length === 2
  return bare ? String(only!['text']) : blocks
}

function writeBlock(part: Part, target: Target): Extra[] {
  switch (part.type) {
    case 'text':
      // Empty text blocks are refused.
      return part.text === ''
        ? []
        : [{ type: 'text', text: part.text, ...writeMark(part), ...part.extra }]
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text, ...part.extra }]
    case 'image':
      return [
        { type: 'image', source: writeSource(part.source), ...writeMark(part), ...part.extra },
      ]
    case 'file':
      return [writeDocument(part)]
    case 'reasoning':
      return writeThoughts(part)
    case 'toolCall': {
      const { id: callId, name } = part
      const input = toolInput(part.arguments)
      return [{ type: 'tool_use', id: callId, name, input, ...writeMark(part), ...part.extra }]
    }
    case 'toolResult':
      return [
        {
          type: 'tool_result',
          tool_use_id: part.callId,
          content: plainOr(part.parts.flatMap((inner) => writeBlock(inner, target))),
          ...(part.failed ? { is_error: true } : {}),
          ...writeMark(part),
          ...part.extra,
        },
      ]
    case 'audio':
      throw unsupportedContent('audio', target.model)
    case 'foreign':
      throw unsupportedContent(`a part of type ${String(part.value['type'])}`, target.model)
  }
}

function writeThoughts(part: ReasoningPart): Extra[] {
  if (part.sealed !== null) return [{ type: 'redacted_thinking', data: part.sealed }]
  if (isUnsigned(part)) return []
  return [{ type: 'thinking', thinking: part.text, signature: part.signature }]
}

function writeSource(source: Source): Extra {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url }
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'id':
      return { type: 'file', file_id: source.id }
  }
}

function writeDocument(part: Part & { type: 'file' }): Extra {
  const { source, name, extra } = part
  const title = name === null ? {} : { title: name }
  const mark = writeMark(part)
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    const data = Buffer.from(source.data, 'base64').toString('utf8')
    return {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data },
      ...title,
      ...mark,
      ...extra,
    }
  }
  return { type: 'document', source: writeSource(source), ...title, ...mark, ...extra }
}
