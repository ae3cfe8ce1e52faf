import type { Delta, Reply } from '../../core/reply.ts'
import { ProviderFault, type StreamReader } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readSpeechUsage } from '../media-usage.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import type { SseEvent } from '../sse.ts'
import { id } from './call.ts'

/** Some servers name what they send no better than as bytes. */
export function isBytes(mediaType: string): boolean {
  return /^\s*(?:audio\/|video\/|application\/(?:octet-stream|ogg)\b)/i.test(mediaType)
}

/** Text in the place of sound is an error, whatever the status says. @throws ProviderFault */
export function readReply(text: string): Reply {
  let wire: unknown = null
  try {
    wire = JSON.parse(text)
  } catch {
    // A page, or something without a media type.
  }
  if (isObject(wire) && tellsError(wire)) {
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  throw new ProviderFault('it sent text where sound was asked for')
}

/** What a stream of events amounted to, as it is kept. */
export function writeReply(reply: Reply): string {
  return JSON.stringify({ usage: reply.measured?.raw ?? null })
}

/**
 * Sound in events, which tell what it cost at their end.
 * @see https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event (read 2026-11-22)
 */
export class SpeechStreamReader implements StreamReader {
  readonly ended = false

  read({ data }: SseEvent): readonly Delta[] | null {
    if (data.trim() === '[DONE]') return []
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    switch (wire['type']) {
      case 'speech.audio.delta': {
        const part = { type: 'foreign', dialect: id, value: {} } as const
        return [{ type: 'foreign', choice: 0, part }]
      }
      case 'speech.audio.done': {
        const measured = readSpeechUsage(wire['usage'])
        return [
          ...(measured === null ? [] : [{ type: 'usage', measured, alone: false } as const]),
          {
            type: 'finish',
            choice: 0,
            ending: { finish: 'stop', word: null, stopSequence: null },
          },
        ]
      }
      default: {
        if (wire['type'] !== 'error' && !tellsError(wire)) return []
        const words = readOpenaiError(data)
        throw new ProviderFault(words.message, words)
      }
    }
  }
}
