import { type Extra, noExtra, type ReasoningPart, type ToolCallPart } from '../../core/call.ts'
import { compact, isObject } from '../fields.ts'
import type { WireReasoningDetail, WireToolCall } from './wire.ts'

/** What requests and answers of this dialect read and write alike: thoughts, chunks and tool calls. */

export interface ContentPiece {
  readonly text: string
  readonly thought: boolean
}

/** The text of a message, which some send as a list of chunks with thoughts among them. */
export function contentPieces(content: unknown): ContentPiece[] {
  if (typeof content === 'string') return [{ text: content, thought: false }]
  if (!Array.isArray(content)) return []
  return content.filter(isObject).flatMap((chunk): ContentPiece[] => {
    if (typeof chunk['text'] === 'string') return [{ text: chunk['text'], thought: false }]
    const text = thinkingText(chunk['thinking'])
    return text === '' ? [] : [{ text, thought: true }]
  })
}

/** Mistral's thoughts: a text, or chunks of text. */
export function thinkingText(thinking: unknown): string {
  return contentPieces(thinking)
    .map(({ text }) => text)
    .join('')
}

/**
 * `reasoning_content` of most, `reasoning` of vLLM, Groq and OpenRouter. OpenRouter's details say
 * which thoughts are signed or sealed; they rule where both tell the same thoughts.
 */
export function thoughtsOf(message: Extra): ReasoningPart[] {
  const plain = plainThoughts(message)
  if (!Array.isArray(message['reasoning_details'])) return plain === '' ? [] : [thought(plain)]
  const detailed = readDetails(message['reasoning_details'])
  if (plain === '' || detailed.map(({ text }) => text).join('') === plain) return detailed
  const closed = detailed.filter(({ signature, sealed }) => signature !== null || sealed !== null)
  if (closed.some(({ text }) => text !== '')) return detailed
  return [thought(plain), ...closed]
}

export function plainThoughts(message: Extra): string {
  return textOrNull(message['reasoning_content']) || textOrNull(message['reasoning']) || ''
}

/** What one of OpenRouter's details holds; a summary is text as well. */
export function detailOf(wire: Extra): Pick<ReasoningPart, 'text' | 'signature' | 'sealed'> {
  const { text, summary, signature, data } = wire
  return {
    text: textOrNull(text) ?? textOrNull(summary) ?? '',
    signature: textOrNull(signature),
    sealed: textOrNull(data),
  }
}

/** Pieces of text up to a signature are one thought; what is sealed stands alone. */
function readDetails(details: readonly unknown[]): ReasoningPart[] {
  const parts: ReasoningPart[] = []
  for (const wire of details.filter(isObject)) {
    const { text, signature, sealed } = detailOf(wire)
    const last = parts.at(-1)
    const open = last?.signature === null && last.sealed === null ? last : null
    if (sealed === null && open)
      parts[parts.length - 1] = { ...open, text: open.text + text, signature }
    else if (text !== '' || signature !== null || sealed !== null)
      parts.push({ type: 'reasoning', text, signature, sealed, extra: noExtra })
  }
  return parts
}

export function thought(text: string): ReasoningPart {
  return { type: 'reasoning', text, signature: null, sealed: null, extra: noExtra }
}

/** Empty unless a thought is signed or sealed: then all of them, so that each keeps its place. */
export function writeDetails(thoughts: readonly ReasoningPart[]): WireReasoningDetail[] {
  const plain = thoughts.every(isPlain)
  return plain ? [] : thoughts.map((part, index) => writeDetail(part, index))
}

function isPlain({ signature, sealed }: ReasoningPart): boolean {
  return signature === null && sealed === null
}

export function writeDetail(
  {
    text,
    signature,
    sealed,
  }: Partial<Pick<ReasoningPart, 'text'>> & Pick<ReasoningPart, 'signature' | 'sealed'>,
  index: number,
): WireReasoningDetail {
  if (sealed !== null) return { type: 'reasoning.encrypted', data: sealed, index }
  return { type: 'reasoning.text', ...compact({ text, signature }), index }
}

/**
 * What Google puts beside a call, without which it does not take the call back: the signature in
 * `extra_content`.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11-21)
 */
export function besideCall({
  extra_content: content,
}: Extra): Pick<ToolCallPart, 'signature' | 'extra'> {
  if (!isObject(content)) return { extra: noExtra }
  const { google, ...others } = content
  const { thought_signature: signature, ...rest } = isObject(google) ? google : {}
  if (typeof signature !== 'string') return { extra: { extra_content: content } }
  const left = { ...others, ...(Object.keys(rest).length > 0 ? { google: rest } : {}) }
  return { signature, extra: Object.keys(left).length > 0 ? { extra_content: left } : noExtra }
}

/** The same as it is written. */
export function writeBeside({
  signature,
  extra,
}: Pick<ToolCallPart, 'signature' | 'extra'>): Extra {
  if (signature === undefined) return extra
  const content = isObject(extra['extra_content']) ? extra['extra_content'] : {}
  const google = isObject(content['google']) ? content['google'] : {}
  return {
    ...extra,
    extra_content: { ...content, google: { ...google, thought_signature: signature } },
  }
}

export function writeToolCall(part: ToolCallPart): WireToolCall {
  const { name, arguments: text } = part
  return {
    id: part.id,
    type: 'function',
    function: { name, arguments: text === '' ? '{}' : text },
    ...writeBeside(part),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
