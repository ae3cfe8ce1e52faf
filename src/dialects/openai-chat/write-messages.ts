import {
  type Extra,
  type Message,
  type Part,
  type ReasoningPart,
  type Source,
  type TextPart,
  type ToolCallPart,
  noExtra,
} from '../../core/call.ts'
import { invalidRequest, unsupportedContent } from '../../core/errors.ts'
import { writeMark } from '../cache-marks.ts'
import type { Quirks, Target } from '../dialect.ts'
import { compact } from '../fields.ts'
import { writeDetails, writeToolCall } from './parts.ts'
import { wantsOf } from './past-turns.ts'
import type { WireMessage, WireToolCall } from './wire.ts'

export function writeMessage(message: Message, target: Target): WireMessage[] {
  const { role, parts, name, extra } = message
  const beside = name === null ? extra : { ...extra, name }
  if (role === 'tool') {
    const results = parts.map((part) => writeToolResult(part, extra, target))
    const media = parts.flatMap((part) => (part.type === 'toolResult' ? mediaOf(part.parts) : []))
    if (media.length === 0) return results
    return [...results, { role: 'user', content: writeParts(media, 'user', target) }]
  }
  if (role !== 'assistant') return [{ role, content: writeParts(parts, role, target), ...beside }]
  const calls: WireToolCall[] = []
  const refusals: string[] = []
  const thoughts: ReasoningPart[] = []
  const said: Part[] = []
  for (const part of parts) {
    if (part.type === 'toolCall') calls.push(writeToolCall(withoutSignature(part, target)))
    else if (part.type === 'refusal') refusals.push(part.text)
    else if (part.type === 'reasoning') thoughts.push(part)
    else said.push(part)
  }
  const go = thoughtsGo(target)
  const chunks = go === 'content' ? writeThinking(thoughts) : []
  const content =
    chunks.length > 0
      ? [...chunks, ...said.map((part) => writePart(part, role, target))]
      : said.length > 0
        ? writeParts(said, role, target)
        : null
  return [
    {
      role,
      content: content === null && calls.length === 0 && refusals.length === 0 ? '' : content,
      ...(go === 'content' ? {} : writeThoughts(thoughts, go)),
      ...compact({
        refusal: refusals.length > 0 ? refusals.join('') : null,
        tool_calls: calls.length > 0 ? calls : null,
      }),
      ...beside,
    },
  ]
}

/** Only its maker's own servers know the field in which a signature would go. */
export function withoutSignature(part: ToolCallPart, target: Target): ToolCallPart {
  if (wantsOf(target)?.calls === true) return part
  const { signature: _, ...bare } = part
  return bare
}

type ThoughtsGo = NonNullable<Quirks['thoughts']>['go']

function thoughtsGo({ quirks: { thoughts }, model }: Target): ThoughtsGo {
  return thoughts?.models?.test(model) === false ? undefined : thoughts?.go
}

function writeThoughts(thoughts: readonly ReasoningPart[], go: ThoughtsGo): Extra {
  const text = thoughts.map((part) => part.text).join('')
  if (go !== 'reasoning_details') return text === '' ? {} : { reasoning_content: text }
  const details = writeDetails(thoughts)
  return {
    ...(text === '' ? {} : { reasoning: text }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  }
}

function writeThinking(thoughts: readonly ReasoningPart[]): Extra[] {
  return thoughts
    .filter(({ text }) => text !== '')
    .map(({ text }) => ({ type: 'thinking', thinking: [{ type: 'text', text }] }))
}

/** What a result without any text says of its pictures, which this dialect takes from users alone. */
const seeNextMessage = 'See the next message.'

function writeToolResult(part: Part, extra: Extra, target: Target): WireMessage {
  if (part.type !== 'toolResult')
    throw invalidRequest('A tool message holds nothing but tool results.')
  const said = part.parts.filter((inner) => !isMedia(inner))
  const content =
    said.length === 0 && part.parts.length > 0 ? seeNextMessage : writeParts(said, 'tool', target)
  const marked = writeMarked(content, writeMark(part))
  return { role: 'tool', tool_call_id: part.callId, content: marked, ...extra, ...part.extra }
}

/** A result has no place for a mark but its last text. */
function writeMarked(content: string | Extra[], mark: Extra): string | Extra[] {
  if (mark === noExtra) return content
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return [...parts.slice(0, -1), { ...parts.at(-1), ...mark }]
}

function mediaOf(parts: readonly Part[]): readonly Part[] {
  return parts.filter(isMedia)
}

export function isMedia({ type }: Part): boolean {
  return type === 'image' || type === 'file' || type === 'audio'
}

/** Plain text stays a string, which every server takes; anything more becomes a list. */
function writeParts(parts: readonly Part[], role: string, target: Target): string | Extra[] {
  const [only] = parts
  if (only === undefined) return ''
  if (parts.length === 1 && only.type === 'text' && isBare(only)) return only.text
  return parts.map((part) => writePart(part, role, target))
}

function isBare({ cache, extra }: TextPart): boolean {
  return cache === undefined && (extra === noExtra || Object.keys(extra).length === 0)
}

function writePart(part: Part, role: string, target: Target): Extra {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...writeMark(part), ...part.extra }
    case 'image': {
      if (part.source.kind === 'id') throw unsupportedContent('an image by file id', target.model)
      const image = compact({ url: urlOf(part.source), detail: part.detail })
      return { type: 'image_url', image_url: image, ...part.extra }
    }
    case 'audio':
      return {
        type: 'input_audio',
        input_audio: { format: part.format, data: part.data },
        ...part.extra,
      }
    case 'file': {
      const { source } = part
      if (source.kind === 'url') throw unsupportedContent('a file by address', target.model)
      const file =
        source.kind === 'id'
          ? { file_id: source.id }
          : { filename: part.name ?? 'file', file_data: urlOf(source) }
      return { type: 'file', file, ...part.extra }
    }
    case 'refusal':
      return { type: 'refusal', refusal: part.text, ...part.extra }
    default:
      throw unsupportedContent(`a part of type ${nameOf(part)} in a ${role} message`, target.model)
  }
}

function nameOf(part: Part): string {
  return part.type === 'foreign' ? String(part.value['type']) : part.type
}

function urlOf(source: Source): string {
  if (source.kind === 'url') return source.url
  return source.kind === 'id' ? source.id : `data:${source.mediaType};base64,${source.data}`
}
