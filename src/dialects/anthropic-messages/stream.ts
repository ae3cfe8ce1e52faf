import type { Call, Extra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import { type Measured } from '../../core/usage.ts'
import {
  ProviderFault,
  type Quirks,
  type Stamp,
  type StreamReader,
  type StreamWriter,
} from '../dialect.ts'
import { isObject } from '../fields.ts'
import { parseAround } from '../long-numbers.ts'
import { type SseEvent, sseText } from '../sse.ts'
import { readAnthropicUsage } from '../usage.ts'
import { id } from './wire.ts'
import { readEnding, readError, writeEnding, writeUsage } from './reply.ts'

interface OpenBlock {
  readonly type: string
  readonly start: Extra
  /** Which tool call of the answer it is; -1 for every other block. */
  readonly tool: number
  json: string
  signature: string | null
}

export class MessagesStreamReader implements StreamReader {
  ended = false
  readonly #quirks: Quirks
  readonly #blocks = new Map<number, OpenBlock>()
  #tools = 0
  /** Counts come in two events; fields of the later one rule, and what it leaves out stays. */
  #usage: Record<string, unknown> = {}

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data }: SseEvent): readonly Delta[] | null {
    if (this.ended) return []
    let wire: unknown
    try {
      wire = parseAround(data, 'input')
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    switch (wire['type']) {
      case 'message_start':
        return this.#start(isObject(wire['message']) ? wire['message'] : {})
      case 'content_block_start':
        return this.#open(
          placeOf(wire),
          isObject(wire['content_block']) ? wire['content_block'] : {},
        )
      case 'content_block_delta':
        return this.#grow(placeOf(wire), isObject(wire['delta']) ? wire['delta'] : {})
      case 'content_block_stop':
        return this.#close(placeOf(wire))
      case 'message_delta':
        return this.#finish(wire)
      case 'message_stop':
        this.ended = true
        return []
      case 'error': {
        const words = readError(data)
        throw new ProviderFault(words.message, words)
      }
      default: // `ping`, and what may come later
        if (isObject(wire['error'])) {
          const words = readError(data)
          throw new ProviderFault(words.message, words)
        }
        return []
    }
  }

  #start(message: Extra): Delta[] {
    const start: Delta = {
      type: 'start',
      id: typeof message['id'] === 'string' ? message['id'] : null,
      model: typeof message['model'] === 'string' ? message['model'] : null,
      createdS: null,
    }
    return [start, ...this.#count(message['usage'])]
  }

  #open(place: number, block: Extra): Delta[] {
    const type = typeof block['type'] === 'string' ? block['type'] : ''
    const open: OpenBlock = {
      type,
      start: block,
      tool: type === 'tool_use' ? this.#tools : -1,
      json: '',
      signature: null,
    }
    this.#blocks.set(place, open)
    switch (type) {
      case 'text':
        return textDelta('text', block['text'])
      case 'thinking':
        return textDelta('reasoning', block['thinking'])
      case 'redacted_thinking': {
        const sealed = typeof block['data'] === 'string' ? block['data'] : ''
        return [{ type: 'seal', choice: 0, signature: null, sealed }]
      }
      case 'tool_use': {
        this.#tools += 1
        const callId = typeof block['id'] === 'string' ? block['id'] : ''
        const name = typeof block['name'] === 'string' ? block['name'] : ''
        return [{ type: 'tool', choice: 0, index: open.tool, id: callId, name }]
      }
      default:
        return []
    }
  }

  #grow(place: number, delta: Extra): Delta[] {
    const open = this.#blocks.get(place)
    switch (delta['type']) {
      case 'text_delta':
        return textDelta('text', delta['text'])
      case 'thinking_delta':
        return textDelta('reasoning', delta['thinking'])
      case 'signature_delta':
        if (open && typeof delta['signature'] === 'string') {
          open.signature = (open.signature ?? '') + delta['signature']
        }
        return []
      case 'input_json_delta': {
        const text = delta['partial_json']
        if (!open || typeof text !== 'string' || text === '') return []
        open.json += text
        return open.tool === -1 ? [] : [{ type: 'arguments', choice: 0, index: open.tool, text }]
      }
      default:
        return []
    }
  }

  #close(place: number): Delta[] {
    const open = this.#blocks.get(place)
    if (!open) return []
    // Of a tool call more may come after the next block began.
    if (open.tool === -1) this.#blocks.delete(place)
    switch (open.type) {
      case 'text':
      case 'redacted_thinking':
        return []
      case 'thinking': {
        const signature = open.signature ?? startSignature(open.start)
        return [{ type: 'seal', choice: 0, signature, sealed: null }]
      }
      case 'tool_use': {
        // Some servers give the whole input at the start instead of in pieces.
        const given = isObject(open.start['input']) ? open.start['input'] : {}
        return Object.keys(given).length === 0 ? [] : this.#giveInput(open, JSON.stringify(given))
      }
      default: {
        const input = parsed(open.json)
        const value = input === undefined ? open.start : { ...open.start, input }
        return [{ type: 'foreign', choice: 0, part: { type: 'foreign', dialect: id, value } }]
      }
    }
  }

  #finish(wire: Extra): Delta[] {
    const delta = isObject(wire['delta']) ? wire['delta'] : {}
    const ending = readEnding(delta['stop_reason'], delta['stop_sequence'], this.#quirks)
    const finish: Delta[] = ending ? [{ type: 'finish', choice: 0, ending }] : []
    return [...this.#emptyInputs(), ...finish, ...this.#count(wire['usage'])]
  }

  /** A call without arguments brings no fragment, and no text at all is not the JSON that others wait for. */
  #emptyInputs(): Delta[] {
    return [...this.#blocks.values()].flatMap((open) =>
      open.tool === -1 ? [] : this.#giveInput(open, '{}'),
    )
  }

  #giveInput(open: OpenBlock, text: string): Delta[] {
    if (open.json !== '') return []
    open.json = text
    return [{ type: 'arguments', choice: 0, index: open.tool, text }]
  }

  #count(usage: unknown): Delta[] {
    if (!isObject(usage)) return []
    for (const [name, value] of Object.entries(usage)) {
      if (value !== null && value !== undefined) this.#usage[name] = value
    }
    const measured = readAnthropicUsage({ ...this.#usage })
    return measured ? [{ type: 'usage', measured, alone: false }] : []
  }
}

function placeOf(wire: Extra): number {
  return typeof wire['index'] === 'number' ? wire['index'] : -1
}

function textDelta(type: 'text' | 'reasoning', text: unknown): Delta[] {
  return typeof text === 'string' && text !== '' ? [{ type, choice: 0, text }] : []
}

function startSignature(start: Extra): string | null {
  const { signature } = start
  return typeof signature === 'string' && signature !== '' ? signature : null
}

function parsed(json: string): unknown {
  if (json === '') return undefined
  try {
    return JSON.parse(json) as unknown
  } catch {
    return json
  }
}

/** What a block that is being written holds; only one is open at a time. */
type Writing = 'text' | 'thinking' | `tool ${number}`

export class MessagesStreamWriter implements StreamWriter {
  #begun = false
  #id: string
  #model: string
  #measured: Measured | null = null
  #open: Writing | null = null
  #place = -1
  /** The block of each tool call, for fragments that come after the next block began. */
  readonly #tools = new Map<number, number>()
  #stopReason: string | null = null
  #stopSequence: string | null = null

  constructor(_call: Call, stamp: Stamp) {
    this.#id = `msg_${stamp.callId}`
    this.#model = stamp.model
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (const delta of deltas) text += this.#one(delta)
    return text
  }

  end(): string {
    const delta = { stop_reason: this.#stopReason, stop_sequence: this.#stopSequence }
    return (
      this.#begin() +
      this.#close() +
      event('message_delta', { delta, usage: writeUsage(this.#measured) }) +
      event('message_stop', {})
    )
  }

  #one(delta: Delta): string {
    // This dialect has one answer a call.
    if ('choice' in delta && delta.choice !== 0) return ''
    switch (delta.type) {
      case 'start':
        this.#id = delta.id ?? this.#id
        this.#model = delta.model ?? this.#model
        return ''
      case 'usage':
        this.#measured = delta.measured
        return ''
      case 'text':
      case 'refusal':
        if (delta.text === '') return ''
        return (
          this.#into('text', { type: 'text', text: '' }) +
          this.#delta({ type: 'text_delta', text: delta.text })
        )
      case 'reasoning':
        if (delta.text === '') return ''
        return this.#thinking() + this.#delta({ type: 'thinking_delta', thinking: delta.text })
      case 'seal': {
        if (delta.sealed !== null) {
          const block = { type: 'redacted_thinking', data: delta.sealed }
          return this.#close() + this.#start(block) + this.#stop(this.#place)
        }
        return this.#thinking() + this.#sign(delta.signature ?? '')
      }
      case 'tool': {
        const { id: callId, name, index } = delta
        const opened = this.#into(`tool ${index}`, {
          type: 'tool_use',
          id: callId,
          name,
          input: {},
        })
        this.#tools.set(index, this.#place)
        return opened
      }
      case 'arguments': {
        const place = this.#tools.get(delta.index)
        if (place === undefined) return ''
        return this.#delta({ type: 'input_json_delta', partial_json: delta.text }, place)
      }
      case 'foreign': {
        if (delta.part.dialect !== id) return ''
        return this.#close() + this.#start(delta.part.value) + this.#stop(this.#place)
      }
      case 'finish':
        this.#stopReason = writeEnding(delta.ending, this.#tools.size > 0)
        this.#stopSequence = delta.ending.stopSequence
        return ''
      case 'annotations':
      case 'logprobs':
      case 'extra':
      case 'error':
        return ''
    }
  }

  #begin(): string {
    if (this.#begun) return ''
    this.#begun = true
    const message = {
      id: this.#id,
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage(this.#measured),
    }
    return event('message_start', { message })
  }

  #thinking(): string {
    return this.#into('thinking', { type: 'thinking', thinking: '', signature: '' })
  }

  #into(writing: Writing, block: Extra): string {
    if (this.#open === writing) return ''
    const closed = this.#close()
    const started = this.#start(block)
    this.#open = writing
    return closed + started
  }

  #start(block: Extra): string {
    const begun = this.#begin()
    this.#place += 1
    return begun + event('content_block_start', { index: this.#place, content_block: block })
  }

  #delta(delta: Extra, place = this.#place): string {
    return event('content_block_delta', { index: place, delta })
  }

  #close(): string {
    if (this.#open === null) return ''
    // As in whole answers: the Vercel AI SDK gives back no thought whose signature it never heard of.
    if (this.#open === 'thinking') return this.#sign('')
    this.#open = null
    return this.#stop(this.#place)
  }

  /** Ends a thought. */
  #sign(signature: string): string {
    this.#open = null
    return this.#delta({ type: 'signature_delta', signature }) + this.#stop(this.#place)
  }

  #stop(place: number): string {
    return event('content_block_stop', { index: place })
  }
}

function event(type: string, fields: Extra): string {
  return sseText(JSON.stringify({ type, ...fields }), type)
}
