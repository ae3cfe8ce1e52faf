import type { Extra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import { brokenEvent, exceptionEvent, jsonFrame } from '../aws-event-stream.ts'
import { ProviderFault, type Quirks, type StreamReader, type StreamWriter } from '../dialect.ts'
import { isObject } from '../fields.ts'
import type { SseEvent } from '../sse.ts'
import { readBedrockUsage, servedAs } from '../usage.ts'
import {
  foreign,
  isServerTool,
  readEnding,
  readError,
  tierIn,
  writeEnding,
  writeUsage,
} from './reply.ts'
import { id } from './read.ts'
import { kindOf } from './wire.ts'

interface OpenBlock {
  /** 'toolUse', 'toolResult'; '' for text and thoughts, which no event opens. */
  readonly kind: string
  readonly start: Extra
  /** Which tool call of the answer it is; -1 for every other block. */
  readonly tool: number
  input: string
  readonly results: unknown[]
  signature: string | null
}

export class ConverseStreamReader implements StreamReader {
  ended = false
  readonly #quirks: Quirks
  readonly #blocks = new Map<number, OpenBlock>()
  #tools = 0

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ event, data }: SseEvent): readonly Delta[] | null {
    if (this.ended) return []
    if (event === brokenEvent) throw new ProviderFault(`its stream cannot be read: ${data}`)
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    switch (event) {
      case 'messageStart':
        return [{ type: 'start', id: null, model: null, createdS: null }]
      case 'contentBlockStart':
        return this.#open(placeOf(wire), isObject(wire['start']) ? wire['start'] : {})
      case 'contentBlockDelta':
        return this.#grow(placeOf(wire), isObject(wire['delta']) ? wire['delta'] : {})
      case 'contentBlockStop':
        return this.#close(placeOf(wire))
      case 'messageStop': {
        const more = wire['additionalModelResponseFields']
        const ending = readEnding(wire['stopReason'], more, this.#quirks)
        return ending ? [{ type: 'finish', choice: 0, ending }] : []
      }
      case 'metadata': {
        this.ended = true
        const measured = servedAs(readBedrockUsage(wire['usage']), tierIn(wire))
        return measured ? [{ type: 'usage', measured, alone: true }] : []
      }
      case exceptionEvent: {
        const words = readError(data)
        throw new ProviderFault(words.message, words)
      }
      default: // what may come later
        return []
    }
  }

  #open(place: number, start: Extra): Delta[] {
    const kind = kindOf(start)
    const held = isObject(start[kind]) ? start[kind] : {}
    const calls = kind === 'toolUse' && !isServerTool(held)
    const tool = calls ? this.#tools : -1
    this.#blocks.set(place, { ...noBlock(), kind, start: held, tool })
    if (!calls) return []
    this.#tools += 1
    const { toolUseId, name } = held
    const callId = typeof toolUseId === 'string' ? toolUseId : ''
    const called = typeof name === 'string' ? name : ''
    return [{ type: 'tool', choice: 0, index: tool, id: callId, name: called }]
  }

  #grow(place: number, delta: Extra): Delta[] {
    const open = this.#blockAt(place)
    const { text, toolUse, toolResult, reasoningContent: thoughts } = delta
    if (typeof text === 'string') return text === '' ? [] : [{ type: 'text', choice: 0, text }]
    if (isObject(toolUse)) {
      const { input } = toolUse
      if (typeof input !== 'string' || input === '') return []
      open.input += input
      return open.tool === -1
        ? []
        : [{ type: 'arguments', choice: 0, index: open.tool, text: input }]
    }
    if (Array.isArray(toolResult)) open.results.push(...(toolResult as unknown[]))
    if (!isObject(thoughts)) return []
    const { text: thought, signature, redactedContent: sealed } = thoughts
    if (typeof signature === 'string') open.signature = (open.signature ?? '') + signature
    if (typeof sealed === 'string') return [{ type: 'seal', choice: 0, signature: null, sealed }]
    return typeof thought === 'string' && thought !== ''
      ? [{ type: 'reasoning', choice: 0, text: thought }]
      : []
  }

  #close(place: number): Delta[] {
    const { kind, start, tool, input, results, signature } = this.#blockAt(place)
    this.#blocks.delete(place)
    if (signature !== null) return [{ type: 'seal', choice: 0, signature, sealed: null }]
    if (tool !== -1) {
      // A call without arguments may bring no piece, and no text at all is not the JSON that others wait for.
      return input === '' ? [{ type: 'arguments', choice: 0, index: tool, text: '{}' }] : []
    }
    switch (kind) {
      case '':
        return []
      case 'toolUse':
        return [
          { type: 'foreign', choice: 0, part: foreign(kind, { ...start, input: parsed(input) }) },
        ]
      case 'toolResult':
        return [{ type: 'foreign', choice: 0, part: foreign(kind, { ...start, content: results }) }]
      default:
        return [{ type: 'foreign', choice: 0, part: foreign(kind, start) }]
    }
  }

  #blockAt(place: number): OpenBlock {
    let open = this.#blocks.get(place)
    if (!open) this.#blocks.set(place, (open = noBlock()))
    return open
  }
}

function noBlock(): OpenBlock {
  return { kind: '', start: {}, tool: -1, input: '', results: [], signature: null }
}

function placeOf(wire: Extra): number {
  return typeof wire['contentBlockIndex'] === 'number' ? wire['contentBlockIndex'] : -1
}

function parsed(json: string): unknown {
  if (json === '') return {}
  try {
    return JSON.parse(json) as unknown
  } catch {
    return json
  }
}

/** What a block that is being written holds; only one is open at a time. */
type Writing = 'text' | 'thoughts' | `tool ${number}`

export class ConverseStreamWriter implements StreamWriter {
  #begun = false
  #measured: Measured | null = null
  #open: Writing | null = null
  #place = -1
  /** The block of each tool call, for pieces that come after the next block began. */
  readonly #tools = new Map<number, number>()
  #stopReason: string | null = null

  write(deltas: readonly Delta[]): Uint8Array {
    return Buffer.concat(deltas.flatMap((delta) => this.#one(delta)))
  }

  end(): Uint8Array {
    return Buffer.concat([
      ...this.#begin(),
      ...this.#close(),
      jsonFrame('messageStop', { stopReason: this.#stopReason }),
      jsonFrame('metadata', writeUsage(this.#measured)),
    ])
  }

  #one(delta: Delta): Uint8Array[] {
    // This dialect has one answer a call.
    if ('choice' in delta && delta.choice !== 0) return []
    switch (delta.type) {
      case 'usage':
        this.#measured = delta.measured
        return []
      case 'text':
      case 'refusal':
        if (delta.text === '') return []
        return [...this.#into('text'), this.#delta({ text: delta.text })]
      case 'reasoning':
        if (delta.text === '') return []
        return [...this.#into('thoughts'), this.#thoughts({ text: delta.text })]
      case 'seal': {
        const { signature, sealed } = delta
        if (sealed !== null) {
          const opened = [...this.#close(), ...this.#into('thoughts')]
          return [...opened, this.#thoughts({ redactedContent: sealed }), ...this.#close()]
        }
        const opened = this.#into('thoughts')
        const signed = signature === null ? [] : [this.#thoughts({ signature })]
        return [...opened, ...signed, ...this.#close()]
      }
      case 'tool': {
        const { id: toolUseId, name, index } = delta
        const opened = this.#into(`tool ${index}`)
        this.#tools.set(index, this.#place)
        return [...opened, this.#start({ toolUse: { toolUseId, name } })]
      }
      case 'arguments': {
        const place = this.#tools.get(delta.index)
        if (place === undefined || delta.text === '') return []
        return [this.#delta({ toolUse: { input: delta.text } }, place)]
      }
      case 'foreign': {
        if (delta.part.dialect !== id) return []
        const { type: _, ...block } = delta.part.value
        const opened = [...this.#close(), ...this.#begin()]
        this.#place += 1
        return [...opened, this.#start(block), ...this.#stop()]
      }
      case 'finish':
        this.#stopReason = writeEnding(delta.ending, this.#tools.size > 0)
        return []
      case 'start':
      case 'annotations':
      case 'logprobs':
      case 'extra':
      case 'error':
        return []
    }
  }

  #begin(): Uint8Array[] {
    if (this.#begun) return []
    this.#begun = true
    return [jsonFrame('messageStart', { role: 'assistant' })]
  }

  #into(writing: Writing): Uint8Array[] {
    if (this.#open === writing) return []
    const opened = [...this.#begin(), ...this.#close()]
    this.#open = writing
    this.#place += 1
    return opened
  }

  #start(start: Extra): Uint8Array {
    return jsonFrame('contentBlockStart', { contentBlockIndex: this.#place, start })
  }

  #thoughts(reasoningContent: Extra): Uint8Array {
    return this.#delta({ reasoningContent })
  }

  #delta(delta: Extra, place = this.#place): Uint8Array {
    return jsonFrame('contentBlockDelta', { contentBlockIndex: place, delta })
  }

  #close(): Uint8Array[] {
    if (this.#open === null) return []
    this.#open = null
    return this.#stop()
  }

  #stop(): Uint8Array[] {
    return [jsonFrame('contentBlockStop', { contentBlockIndex: this.#place })]
  }
}
