import { type Extra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import { kinds, type Measured, type Usage } from '../../core/usage.ts'
import { ProviderFault, type StreamReader } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readImageUsage } from '../media-usage.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import type { SseEvent } from '../sse.ts'
import { id } from './call.ts'
import { withoutBytes } from './reply.ts'

/**
 * Pictures as they are made. OpenAI ends each with an event that holds it and its usage, Ark tells of
 * each and ends all of them with one usage. There is no end mark that all of them send: a stream ends
 * with its connection, and one without such an event is broken off.
 * @see https://platform.openai.com/docs/api-reference/images-streaming (read 2026-11-22)
 * @see https://www.volcengine.com/docs/82379/1824137 (read 2026-11-22)
 */
export class ImageStreamReader implements StreamReader {
  readonly ended = false
  #made = 0
  #measured: Measured | null = null

  read({ data }: SseEvent): readonly Delta[] | null {
    if (data.trim() === '[DONE]') return []
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    const { type } = wire
    if (type === 'image_generation.partial_failed') return [told(wire)]
    if (type === 'error' || tellsError(wire)) {
      const words = readOpenaiError(data)
      throw new ProviderFault(words.message, words)
    }
    switch (type) {
      case 'image_generation.partial_image':
        return [told(wire)]
      case 'image_generation.partial_succeeded':
        this.#made += 1
        return [told(wire)]
      case 'image_generation.completed':
        return this.#complete(wire)
      default:
        return []
    }
  }

  #complete(wire: Extra): Delta[] {
    const hasPicture = 'b64_json' in wire || 'url' in wire
    if (hasPicture) this.#made += 1
    const measured = readImageUsage(wire['usage'], hasPicture ? 1 : this.#made)
    this.#measured = this.#measured === null ? measured : sum(this.#measured, measured)
    return [
      told(wire),
      { type: 'usage', measured: this.#measured, alone: false },
      {
        type: 'finish',
        choice: 0,
        ending: { finish: 'stop', word: null, stopSequence: null },
      },
    ]
  }
}

function told(wire: Extra): Delta {
  const part = { type: 'foreign', dialect: id, value: withoutBytes(wire) } as const
  return { type: 'foreign', choice: 0, part }
}

/** Several pictures of one stream, each with a usage of its own. */
function sum(left: Measured, right: Measured): Measured {
  const usage = Object.fromEntries(
    kinds.map((kind) => [kind, left.usage[kind] + right.usage[kind]]),
  ) as Usage
  return { ...right, usage, clamped: left.clamped || right.clamped }
}
