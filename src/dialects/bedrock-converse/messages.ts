import type { Chat, Message, Part, ReasoningPart } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { markOf } from '../cache-marks.ts'
import type { Target } from '../dialect.ts'
import { toolInput } from '../tool-input.ts'
import { documentTypes, formatOf, imageTypes, type WireBlock, writePoint } from './wire.ts'

/** What another dialect says and this one cannot. */
export function lostIn(chat: Chat): string[] {
  const lost = Object.entries({
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logit_bias: chat.logitBias,
    logprobs: chat.logprobs === true ? true : null,
    top_logprobs: chat.topLogprobs,
    parallel_tool_calls: chat.parallelTools === false ? false : null,
    user: chat.user,
  }).flatMap(([name, value]) => (value === null ? [] : `-${name}`))
  const parts = chat.messages.flatMap((message) => message.parts)
  if (chat.messages.some(({ name }) => name !== null)) lost.push('-name')
  if (parts.some((part) => part.type === 'image' && part.detail !== null)) lost.push('-detail')
  if (parts.some((part) => part.type === 'reasoning' && isUnsigned(part)))
    lost.push('-reasoning_content')
  return lost
}

/** Thoughts without a signature or seal are nobody's here: models refuse them. */
function isUnsigned({ signature, sealed }: ReasoningPart): boolean {
  return signature === null && sealed === null
}

interface Turn {
  role: 'user' | 'assistant'
  content: WireBlock[]
}

/** System and developer messages are hoisted; turns of one side that follow each other become one. */
export function writeTurns(
  messages: readonly Message[],
  target: Target,
): { system: WireBlock[]; turns: Turn[] } {
  const system: WireBlock[] = []
  const turns: Turn[] = []
  const documents = new Documents()
  for (const { role, parts } of messages) {
    const blocks = parts.flatMap((part) => writeMarked(part, target, documents))
    if (role === 'system' || role === 'developer') {
      system.push(...blocks)
      continue
    }
    const side = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === side) last.content.push(...blocks)
    else if (blocks.length > 0) turns.push({ role: side, content: blocks })
  }
  for (const { content } of turns) {
    // A document alone is refused.
    const alone = !content.some((block) => 'text' in block)
    if (alone && content.some((block) => 'document' in block))
      content.push({ text: 'See the document.' })
  }
  return { system, turns }
}

function writeMarked(part: Part, target: Target, documents: Documents): WireBlock[] {
  const mark = markOf(part)
  const blocks = writeBlock(part, target, documents)
  return mark === undefined ? blocks : [...blocks, writePoint(mark)]
}

function writeBlock(part: Part, target: Target, documents: Documents): WireBlock[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      // Empty text blocks are refused.
      return part.text === '' ? [] : [{ text: part.text }]
    case 'image': {
      const { source } = part
      if (source.kind !== 'base64')
        throw unsupportedContent('an image that is not sent with the request', target.model)
      const format = formatOf(imageTypes, source.mediaType)
      if (format === null)
        throw unsupportedContent(`an image of type ${source.mediaType}`, target.model)
      return [{ image: { format, source: { bytes: source.data } } }]
    }
    case 'file': {
      const { source } = part
      if (source.kind !== 'base64')
        throw unsupportedContent('a document that is not sent with the request', target.model)
      const format = formatOf(documentTypes, source.mediaType)
      if (format === null)
        throw unsupportedContent(`a document of type ${source.mediaType}`, target.model)
      const name = documents.nameFor(part.name)
      return [{ document: { format, name, source: { bytes: source.data } } }]
    }
    case 'reasoning':
      return writeThoughts(part)
    case 'toolCall': {
      const { id: toolUseId, name } = part
      return [{ toolUse: { toolUseId, name, input: toolInput(part.arguments) } }]
    }
    case 'toolResult': {
      const content = part.parts.flatMap((inner) => writeBlock(inner, target, documents))
      const status = part.failed ? { status: 'error' } : {}
      // Content is needed, and may be as little as a space.
      const said = content.length > 0 ? content : [{ text: ' ' }]
      return [{ toolResult: { toolUseId: part.callId, content: said, ...status } }]
    }
    case 'audio':
      throw unsupportedContent('audio', target.model)
    case 'foreign':
      throw unsupportedContent(`a part of type ${String(part.value['type'])}`, target.model)
  }
}

function writeThoughts(part: ReasoningPart): WireBlock[] {
  if (part.sealed !== null) return [{ reasoningContent: { redactedContent: part.sealed } }]
  if (part.signature === null) return []
  const { text, signature } = part
  return [{ reasoningContent: { reasoningText: { text, signature } } }]
}

/** Every document of a request has a name of its own, of letters, digits and a few signs. */
class Documents {
  readonly #names = new Set<string>()

  nameFor(wanted: string | null): string {
    const plain = (wanted ?? '')
      .replace(/\.\w{1,5}$/, '')
      .replaceAll(/[^\w\s()[\]-]|_/g, '-')
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, 190)
    const base = plain === '' ? 'document' : plain
    let name = base
    for (let number = 2; this.#names.has(name); number += 1) name = `${base} ${number}`
    this.#names.add(name)
    return name
  }
}
