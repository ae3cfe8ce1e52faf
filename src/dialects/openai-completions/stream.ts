import { openaiFinish } from '../finish.ts'
import type { Call } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import {
  ProviderFault,
  type Quirks,
  type Stamp,
  type StreamReader,
  type StreamWriter,
} from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { type SseEvent, sseText } from '../sse.ts'
import { readLogprobs, writeLogprobs } from './logprobs.ts'
import { readEnding, readUsage, wordOrNull, writeUsage } from './reply.ts'
import type { WireAnswer, WireChoice } from './wire.ts'

export const endMark = '[DONE]'

export class CompletionStreamReader implements StreamReader {
  ended = false
  #started = false
  readonly #quirks: Quirks

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data, event }: SseEvent): readonly Delta[] | null {
    if (this.ended) return []
    if (data.trim() === endMark) {
      this.ended = true
      return []
    }
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    if (tellsError(wire) || event === 'error') {
      const words = readOpenaiError(data)
      throw new ProviderFault(words.message, words)
    }
    const deltas: Delta[] = []
    if (!this.#started) {
      this.#started = true
      const createdS = typeof wire['created'] === 'number' ? wire['created'] : null
      const [answerId, model] = [wordOrNull(wire['id']), wordOrNull(wire['model'])]
      deltas.push({ type: 'start', id: answerId, model, createdS })
    }
    const choices = Array.isArray(wire['choices']) ? wire['choices'].filter(isObject) : []
    for (const [place, choice] of choices.entries()) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : place
      const { text } = choice
      if (typeof text === 'string' && text !== '') {
        deltas.push({ type: 'text', choice: index, text })
      }
      const logprobs = readLogprobs(choice['logprobs'])
      if (logprobs) deltas.push({ type: 'logprobs', choice: index, logprobs })
      const ending = readEnding(choice['finish_reason'], choice['stop_reason'], this.#quirks)
      if (ending) deltas.push({ type: 'finish', choice: index, ending })
    }
    const measured = readUsage(wire, this.#quirks.usage)
    if (measured) deltas.push({ type: 'usage', measured, alone: choices.length === 0 })
    return deltas
  }
}

export class CompletionStreamWriter implements StreamWriter {
  readonly #usageAsked: boolean
  readonly #stamp: Stamp
  #id: string
  #model: string
  #createdS: number
  #measured: Measured | null = null
  /** Characters whose probabilities were told so far, by answer. */
  readonly #told = new Map<number, number>()

  constructor(call: Call, stamp: Stamp) {
    this.#usageAsked = call.usageAsked
    this.#stamp = stamp
    this.#id = `cmpl-${stamp.callId}`
    this.#model = stamp.model
    this.#createdS = stamp.nowS
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (let at = 0; at < deltas.length; at += 1) {
      const [delta, next] = [deltas[at]!, deltas[at + 1]]
      if (delta.type === 'text' && next?.type === 'logprobs' && next.choice === delta.choice) {
        // A chunk holds a text with what was likely in its place.
        text += this.#likely(next, delta.text)
        at += 1
      } else text += this.#one(delta)
    }
    return text
  }

  end(): string {
    const usage = this.#usageAsked && this.#measured ? this.#chunk([], this.#measured) : ''
    return usage + sseText(endMark)
  }

  #one(delta: Delta): string {
    switch (delta.type) {
      case 'start':
        this.#id = delta.id ?? this.#id
        this.#model = delta.model ?? this.#stamp.model
        this.#createdS = delta.createdS ?? this.#stamp.nowS
        return ''
      case 'usage':
        this.#measured = delta.measured
        return ''
      case 'text':
      case 'refusal':
        return delta.text === '' ? '' : this.#say(delta.choice, { text: delta.text })
      case 'logprobs':
        return this.#likely(delta, '')
      case 'finish':
        return this.#say(delta.choice, { finish_reason: openaiFinish(delta.ending) })
      case 'reasoning':
      case 'seal':
      case 'tool':
      case 'arguments':
      case 'foreign':
      case 'annotations':
      case 'extra':
      case 'error':
        return '' // an error ends the stream; whoever relays it writes the event
    }
  }

  #likely({ choice, logprobs: told }: Delta & { type: 'logprobs' }, text: string): string {
    const from = this.#told.get(choice) ?? 0
    const logprobs = writeLogprobs(told, from)
    if (logprobs === null && text === '') return ''
    this.#told.set(choice, from + (logprobs?.tokens.join('').length ?? 0))
    return this.#say(choice, { text, logprobs })
  }

  #say(index: number, said: Partial<WireChoice>): string {
    return this.#chunk([{ text: '', index, logprobs: null, finish_reason: null, ...said }], null)
  }

  #chunk(choices: WireAnswer['choices'], measured: Measured | null): string {
    const chunk: WireAnswer = {
      id: this.#id,
      object: 'text_completion',
      created: this.#createdS,
      model: this.#model,
      choices,
    }
    if (this.#usageAsked) chunk.usage = measured ? writeUsage(measured) : null
    return sseText(JSON.stringify(chunk))
  }
}
