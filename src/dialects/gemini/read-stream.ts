import type { Extra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import { madeToolId } from '../call-ids.ts'
import { ProviderFault, type Quirks, type StreamReader } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readGeminiError } from '../gemini-error.ts'
import { parseAround } from '../long-numbers.ts'
import type { SseEvent } from '../sse.ts'
import { readGeminiUsage } from '../usage.ts'
import { readEnding } from './endings.ts'
import { readLogprobs } from './logprobs.ts'
import { id } from './parts.ts'

/** Each event is an answer of its own kind; there is no end mark, only the end. */
export class GeminiStreamReader implements StreamReader {
  readonly ended = false
  readonly #quirks: Quirks
  #started = false
  #answerId = ''
  /** How many tools each answer has called. */
  readonly #calls = new Map<number, number>()

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data }: SseEvent): readonly Delta[] | null {
    let wire: unknown
    try {
      wire = parseAround(data, 'args')
    } catch {
      return null
    }
    if (Array.isArray(wire) && wire.length === 1) wire = wire[0]
    return isObject(wire) ? this.take(wire) : null
  }

  /** @throws ProviderFault when it tells of an error */
  take(wire: Extra): Delta[] {
    if (present(wire['error'])) {
      const words = readGeminiError(JSON.stringify(wire))
      throw new ProviderFault(words.message, words)
    }
    const deltas: Delta[] = []
    this.#start(wire, deltas)
    let candidates = 0
    if (Array.isArray(wire['candidates'])) {
      for (const candidate of wire['candidates'] as readonly unknown[]) {
        if (!isObject(candidate)) continue
        this.#candidate(candidate, candidates, deltas)
        candidates += 1
      }
    }
    if (candidates === 0) blocked(wire['promptFeedback'], deltas)
    const measured = readGeminiUsage(wire['usageMetadata'])
    if (measured) deltas.push({ type: 'usage', measured, alone: candidates === 0 })
    return deltas
  }

  #start(wire: Extra, deltas: Delta[]): void {
    const answerId = textOrNull(wire['responseId'])
    const model = textOrNull(wire['modelVersion'])
    if (this.#started || (answerId === null && model === null)) return
    this.#started = true
    this.#answerId = answerId ?? ''
    const createdMs = Date.parse(textOrNull(wire['createTime']) ?? '')
    const createdS = Number.isNaN(createdMs) ? null : Math.floor(createdMs / 1_000)
    deltas.push({ type: 'start', id: answerId, model, createdS })
  }

  #candidate(wire: Extra, place: number, deltas: Delta[]): void {
    const choice = typeof wire['index'] === 'number' ? wire['index'] : place
    const parts = isObject(wire['content']) ? wire['content']['parts'] : undefined
    if (Array.isArray(parts)) {
      for (const part of parts as readonly unknown[])
        if (isObject(part)) this.#part(part, choice, deltas)
    }
    const logprobs = readLogprobs(wire['logprobsResult'])
    if (logprobs) deltas.push({ type: 'logprobs', choice, logprobs })
    const called = (this.#calls.get(choice) ?? 0) > 0
    const ending = readEnding(wire['finishReason'], called, this.#quirks)
    if (ending) deltas.push({ type: 'finish', choice, ending })
  }

  #part(part: Extra, choice: number, deltas: Delta[]): void {
    const { text, functionCall: call } = part
    const signature = textOrNull(part['thoughtSignature'])
    if (part['thought'] === true) {
      if (typeof text === 'string' && text !== '') deltas.push({ type: 'reasoning', choice, text })
      if (signature === null) return
      // A thought without words is one that its maker sealed.
      const sealed = typeof text === 'string' ? null : signature
      deltas.push({ type: 'seal', choice, signature: sealed === null ? signature : null, sealed })
      return
    }
    if (typeof text === 'string') {
      if (signature !== null) deltas.push({ type: 'text', choice, text, signature })
      else if (text !== '') deltas.push({ type: 'text', choice, text })
      return
    }
    if (isObject(call)) {
      const index = this.#calls.get(choice) ?? 0
      this.#calls.set(choice, index + 1)
      const callId = textOrNull(call['id']) ?? madeToolId(this.#answerId, choice, index)
      const name = textOrNull(call['name']) ?? ''
      const signed = signature === null ? {} : { signature }
      deltas.push({ type: 'tool', choice, index, id: callId, name, ...signed })
      const args = isObject(call['args']) ? call['args'] : {}
      deltas.push({ type: 'arguments', choice, index, text: JSON.stringify(args) })
      return
    }
    const kinds = Object.keys(part).filter((name) => name !== 'thoughtSignature')
    if (kinds.length > 0)
      deltas.push({ type: 'foreign', choice, part: { type: 'foreign', dialect: id, value: part } })
    else if (signature !== null) deltas.push({ type: 'text', choice, text: '', signature })
  }
}

/** What was asked did not pass the filter, so there is no answer to it. */
function blocked(feedback: unknown, deltas: Delta[]): void {
  const word = isObject(feedback) ? textOrNull(feedback['blockReason']) : null
  if (word === null) return
  deltas.push({ type: 'finish', choice: 0, ending: { finish: 'filter', word, stopSequence: null } })
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
