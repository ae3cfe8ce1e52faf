import type { Delta } from '../../core/reply.ts'
import { ProviderFault, type StreamReader } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readTranscriptionUsage } from '../media-usage.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import type { SseEvent } from '../sse.ts'

/**
 * A transcript as it is written. The segments of a diarised one say the same words again.
 * @see https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event (read 2026-11-22)
 */
export class TranscriptStreamReader implements StreamReader {
  readonly ended = false
  #said = false

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
      case 'transcript.text.delta':
        return typeof wire['delta'] === 'string' ? [this.#text(wire['delta'])] : null
      case 'transcript.text.segment':
        return []
      case 'transcript.text.done': {
        const { text, usage } = wire
        const measured = readTranscriptionUsage(usage, undefined)
        return [
          ...(!this.#said && typeof text === 'string' ? [this.#text(text)] : []),
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

  #text(text: string): Delta {
    this.#said = true
    return { type: 'text', choice: 0, text }
  }
}
