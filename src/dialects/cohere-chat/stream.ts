import type { Call, Extra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import { readCohereError, tellsCohereError } from '../cohere-error.ts'
import {
  ProviderFault,
  type Quirks,
  type Stamp,
  type StreamReader,
  type StreamWriter,
} from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { type SseEvent, sseText } from '../sse.ts'
import { readCohereUsage } from '../usage.ts'
import { listOf, readEnding, textOf, writeEnding, writeUsage } from './reply.ts'

export const endMark = '[DONE]'

export class CohereStreamReader implements StreamReader {
  ended = false
  readonly #quirks: Quirks
  /** Its own numbers of the calls, which begin anywhere, as our places. */
  readonly #calls = new Map<number, number>()
  #citations: Extra[] = []

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data }: SseEvent): readonly Delta[] | null {
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
    const delta = isObject(wire['delta']) ? wire['delta'] : {}
    const message = isObject(delta['message']) ? delta['message'] : {}
    switch (wire['type']) {
      case 'message-start':
        return [{ type: 'start', id: textOf(wire['id']) || null, model: null, createdS: null }]
      case 'content-start':
      case 'content-delta':
        return listOf(message['content']).flatMap(contentDeltas)
      case 'tool-plan-delta':
        return textDelta('reasoning', message['tool_plan'])
      case 'tool-call-start':
        return this.#begin(wire['index'], message)
      case 'tool-call-delta':
        return this.#grow(wire['index'], message)
      case 'citation-start':
        return this.#cite(listOf(message['citations']))
      case 'message-end':
        return this.#finish(delta)
      case undefined:
        if (tellsCohereError(wire) || present(wire['error'])) throw faultOf(data)
        return []
      default: // the ends of contents, calls and citations, and what may come later
        if (present(wire['error'])) throw faultOf(data)
        return []
    }
  }

  #begin(index: unknown, message: Extra): Delta[] {
    const [call = {}] = listOf(message['tool_calls'])
    const called = isObject(call['function']) ? call['function'] : {}
    const place = this.#calls.size
    this.#calls.set(typeof index === 'number' ? index : place, place)
    const [id, name] = [textOf(call['id']), textOf(called['name'])]
    return [{ type: 'tool', choice: 0, index: place, id, name }, ...argumentsDelta(place, called)]
  }

  #grow(index: unknown, message: Extra): Delta[] {
    const last = this.#calls.size - 1
    const place = typeof index === 'number' ? this.#calls.get(index) : last
    if (place === undefined || place < 0) return []
    const [call = {}] = listOf(message['tool_calls'])
    return argumentsDelta(place, isObject(call['function']) ? call['function'] : {})
  }

  /** All that came so far, because the last that is said of them rules. */
  #cite(citations: readonly Extra[]): Delta[] {
    if (citations.length === 0) return []
    this.#citations = [...this.#citations, ...citations]
    return [{ type: 'extra', extra: { citations: this.#citations } }]
  }

  #finish(delta: Extra): Delta[] {
    if (typeof delta['error'] === 'string' && delta['error'] !== '') {
      const words = { code: null, type: null, message: delta['error'], param: null }
      throw new ProviderFault(words.message, words)
    }
    const ending = readEnding(delta['finish_reason'], this.#quirks)
    const measured = readCohereUsage(delta['usage'])
    return [
      ...(ending ? [{ type: 'finish', choice: 0, ending } as const] : []),
      ...(measured ? [{ type: 'usage', measured, alone: false } as const] : []),
    ]
  }
}

function faultOf(data: string): ProviderFault {
  const words = readCohereError(data)
  return new ProviderFault(words.message, words)
}

function contentDeltas({ text, thinking }: Extra): Delta[] {
  return [...textDelta('reasoning', thinking), ...textDelta('text', text)]
}

function textDelta(type: 'text' | 'reasoning', text: unknown): Delta[] {
  return typeof text === 'string' && text !== '' ? [{ type, choice: 0, text }] : []
}

function argumentsDelta(index: number, called: Extra): Delta[] {
  const text = textOf(called['arguments'])
  return text === '' ? [] : [{ type: 'arguments', choice: 0, index, text }]
}

/** What is being written; one content is open at a time, and calls come after it. */
type Writing = 'text' | 'thinking' | `call ${number}`

export class CohereStreamWriter implements StreamWriter {
  #begun = false
  #id: string
  #measured: Measured | null = null
  #open: Writing | null = null
  #contents = 0
  #called = new Set<number>()
  #citations = 0
  #finish: string | null = null

  constructor(_call: Call, stamp: Stamp) {
    this.#id = stamp.callId
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (const delta of deltas) text += this.#one(delta)
    return text
  }

  end(): string {
    const usage = this.#measured ? { usage: writeUsage(this.#measured) } : {}
    const delta = { finish_reason: this.#finish, ...usage }
    return this.#begin() + this.#close() + event('message-end', { delta }) + sseText(endMark)
  }

  #one(delta: Delta): string {
    // This dialect has one answer a call.
    if ('choice' in delta && delta.choice !== 0) return ''
    switch (delta.type) {
      case 'start':
        this.#id = delta.id ?? this.#id
        return ''
      case 'usage':
        this.#measured = delta.measured
        return ''
      case 'text':
      case 'refusal':
        return delta.text === '' ? '' : this.#say('text', delta.text)
      case 'reasoning':
        return delta.text === '' ? '' : this.#say('thinking', delta.text)
      case 'tool': {
        const { index, id, name } = delta
        const call = { id, type: 'function', function: { name, arguments: '' } }
        const closed = this.#begin() + this.#close()
        this.#called.add(index)
        this.#open = `call ${index}`
        return closed + event('tool-call-start', { index, ...within({ tool_calls: call }) })
      }
      case 'arguments': {
        const { index, text } = delta
        if (!this.#called.has(index) || text === '') return ''
        const call = { function: { arguments: text } }
        return event('tool-call-delta', { index, ...within({ tool_calls: call }) })
      }
      case 'finish':
        this.#finish = writeEnding(delta.ending, this.#called.size > 0)
        return ''
      case 'extra':
        return this.#cite(listOf(delta.extra['citations']))
      case 'seal':
      case 'foreign':
      case 'annotations':
      case 'logprobs':
      case 'error':
        return ''
    }
  }

  #begin(): string {
    if (this.#begun) return ''
    this.#begun = true
    const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
    return event('message-start', { id: this.#id, delta: { message } })
  }

  #say(type: 'text' | 'thinking', text: string): string {
    const opened = this.#open === type ? '' : this.#start(type)
    const index = this.#contents - 1
    return opened + event('content-delta', { index, ...within({ content: { [type]: text } }) })
  }

  #start(type: 'text' | 'thinking'): string {
    const closed = this.#begin() + this.#close()
    this.#open = type
    const index = this.#contents
    this.#contents += 1
    return closed + event('content-start', { index, ...within({ content: { type, [type]: '' } }) })
  }

  #close(): string {
    const open = this.#open
    this.#open = null
    if (open === null) return ''
    return open === 'text' || open === 'thinking'
      ? event('content-end', { index: this.#contents - 1 })
      : event('tool-call-end', { index: Number(open.slice('call '.length)) })
  }

  #cite(citations: readonly Extra[]): string {
    const fresh = citations.slice(this.#citations)
    const begun = fresh.length > 0 ? this.#begin() : ''
    return (
      begun +
      fresh
        .map((citation) => {
          const index = this.#citations
          this.#citations += 1
          return (
            event('citation-start', { index, ...within({ citations: citation }) }) +
            event('citation-end', { index })
          )
        })
        .join('')
    )
  }
}

function within(message: Extra): Extra {
  return { delta: { message } }
}

function event(type: string, fields: Extra): string {
  return sseText(JSON.stringify({ type, ...fields }), type)
}
