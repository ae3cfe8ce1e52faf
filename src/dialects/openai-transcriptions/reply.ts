import type { TranscribeReply } from '../../core/media.ts'
import type { Reply } from '../../core/reply.ts'
import { ProviderFault, type Quirks } from '../dialect.ts'
import { compact, isObject } from '../fields.ts'
import { readTranscriptionUsage } from '../media-usage.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { sseText } from '../sse.ts'

/** JSON, plain text and subtitles, told by the media type, and by the look of it where there is none. */
export function readReply(text: string, _quirks: Quirks, mediaType = ''): Reply {
  const [type = ''] = mediaType.toLowerCase().split(';')
  if (type.includes('html') || /^\s*<(?:!doctype|html)/i.test(text)) {
    throw new ProviderFault('it sent a page where a transcript was asked for')
  }
  const isText = /^(?:text\/|application\/x-subrip)/.test(type)
  const wire = isText ? null : parsed(text)
  if (!isObject(wire)) return plain(text, isText ? mediaType : '')
  if (typeof wire['text'] !== 'string') {
    if (!tellsError(wire)) throw new ProviderFault('the answer holds no transcript')
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  const { text: transcript, model, usage, ...extra } = wire
  return {
    operation: 'transcribe',
    model: typeof model === 'string' ? model : null,
    mediaType: 'application/json',
    text: transcript,
    measured: readTranscriptionUsage(usage, wire['duration']),
    extra,
  }
}

function plain(text: string, mediaType: string): TranscribeReply {
  return {
    operation: 'transcribe',
    model: null,
    // A name that could end its header is none.
    mediaType: /^[\w.+-]+\/[\w.+-]+(?:;[ \w=.+-]*)?$/.test(mediaType)
      ? mediaType
      : 'text/plain; charset=utf-8',
    text,
    measured: null,
    extra: {},
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

export function writeReply(reply: Reply): string {
  if (reply.operation === 'chat') {
    const [choice] = reply.choices
    const parts = choice?.parts ?? []
    const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
    return JSON.stringify({ text, ...compact({ usage: reply.measured?.raw }) })
  }
  const { text, mediaType, measured, extra } = reply as TranscribeReply
  if (mediaType !== 'application/json') return text
  return JSON.stringify({ ...extra, text, ...compact({ usage: measured?.raw }) })
}

/** A whole transcript as the stream that a caller asked for. */
export function writeEvents(reply: Reply): string {
  const { text, measured } = reply as TranscribeReply
  const usage = isObject(measured?.raw) && 'type' in measured.raw ? measured.raw : undefined
  return [
    { type: 'transcript.text.delta', delta: text },
    { type: 'transcript.text.done', text, ...compact({ usage }) },
  ]
    .map((event) => sseText(JSON.stringify(event)))
    .join('')
}
