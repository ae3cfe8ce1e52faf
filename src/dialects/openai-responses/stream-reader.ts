import type { Extra } from '../../core/call.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { Delta, ReplyPart } from '../../core/reply.ts'
import type { Quirks, StreamReader } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readOpenaiError } from '../openai-error.ts'
import type { SseEvent } from '../sse.ts'
import { readAnnotations } from './answer.ts'
import { failedEvents } from './failure.ts'
import { id } from './meaning.ts'
import {
  argumentsOf,
  callIdOf,
  failureIn,
  faultOf,
  logprobsOf,
  outputOf,
  readEnding,
  readItem,
  readUsage,
} from './reply.ts'
import { readSeal, summaryBreak } from './thoughts.ts'

interface OpenItem {
  /** Which tool call of the answer it is; -1 for every other item. */
  readonly tool: number
  /** What came of it in pieces. */
  text: string
  /** Thoughts may come as content and as a summary: the kind that came first is read. */
  thoughts: 'content' | 'summary' | null
  summaryPart: number
  /** Its citations came one by one. */
  noted: boolean
  done: boolean
}

export class ResponsesStreamReader implements StreamReader {
  ended = false
  #started = false
  #tools = 0
  /** As the last event that held it said; with the number of the last event, where a failure goes on. */
  #response: Extra = {}
  #sequence = -1
  readonly #quirks: Quirks
  readonly #items = new Map<number, OpenItem>()

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data, event }: SseEvent): readonly Delta[] | null {
    if (this.ended) return []
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return data.trim() === '[DONE]' ? [] : null // some servers end every stream with it
    }
    if (!isObject(wire)) return null
    if (typeof wire['sequence_number'] === 'number') this.#sequence = wire['sequence_number']
    if (isObject(wire['response'])) this.#response = wire['response']
    const place = typeof wire['output_index'] === 'number' ? wire['output_index'] : 0
    switch (typeof wire['type'] === 'string' ? wire['type'] : event) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#start(wire['response'])
      case 'response.output_item.added':
        return isObject(wire['item']) ? this.#open(place, wire['item']) : []
      case 'response.output_text.delta':
        return withLogprobs(this.#grow(place, 'text', wire['delta']), wire['logprobs'])
      case 'response.output_text.annotation.added':
        return this.#note(place, wire['annotation'])
      case 'response.refusal.delta':
        return this.#grow(place, 'refusal', wire['delta'])
      case 'response.reasoning_text.delta':
        return this.#think(place, 'content', 0, wire['delta'])
      case 'response.reasoning_summary_text.delta': {
        const part = typeof wire['summary_index'] === 'number' ? wire['summary_index'] : 0
        return this.#think(place, 'summary', part, wire['delta'])
      }
      case 'response.function_call_arguments.delta':
        return this.#grow(place, 'arguments', wire['delta'])
      case 'response.output_item.done':
        return isObject(wire['item']) ? this.#close(place, wire['item']) : []
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish(isObject(wire['response']) ? wire['response'] : {})
      case 'response.failed':
        throw faultOf(failureIn(isObject(wire['response']) ? wire['response'] : {}))
      case 'error':
        throw faultOf(readOpenaiError(data))
      default: // what the vendor's own tools are doing, ends of parts, and what may come later
        if (present(wire['error'])) throw faultOf(readOpenaiError(data))
        return []
    }
  }

  fail(error: GatewayError, requestId: string): string {
    return failedEvents(error, requestId, this.#sequence + 1, this.#response)
  }

  #start(response: unknown): Delta[] {
    if (this.#started || !isObject(response)) return []
    this.#started = true
    const { id: answer, model, created_at: created } = response
    return [
      {
        type: 'start',
        id: typeof answer === 'string' ? answer : null,
        model: typeof model === 'string' ? model : null,
        createdS: typeof created === 'number' ? created : null,
      },
    ]
  }

  #open(place: number, item: Extra): Delta[] {
    if (item['type'] !== 'function_call') {
      this.#item(place)
      return []
    }
    const tool = this.#tools
    this.#tools += 1
    this.#items.set(place, { ...newItem(), tool })
    const { name } = item
    return [
      {
        type: 'tool',
        choice: 0,
        index: tool,
        id: callIdOf(item),
        name: typeof name === 'string' ? name : '',
      },
    ]
  }

  #item(place: number): OpenItem {
    let item = this.#items.get(place)
    if (!item) this.#items.set(place, (item = newItem()))
    return item
  }

  #grow(place: number, type: 'text' | 'refusal' | 'arguments', text: unknown): Delta[] {
    if (typeof text !== 'string' || text === '') return []
    const item = this.#item(place)
    if (item.done) return []
    item.text += text
    if (type !== 'arguments') return [{ type, choice: 0, text }]
    return item.tool === -1 ? [] : [{ type, choice: 0, index: item.tool, text }]
  }

  #note(place: number, annotation: unknown): Delta[] {
    const item = this.#item(place)
    if (item.done) return []
    item.noted = true
    return annotationsDelta(readAnnotations([annotation]))
  }

  #think(place: number, kind: 'content' | 'summary', part: number, text: unknown): Delta[] {
    if (typeof text !== 'string' || text === '') return []
    const item = this.#item(place)
    item.thoughts ??= kind
    if (item.done || item.thoughts !== kind) return []
    const gap = part > item.summaryPart && item.text !== '' ? summaryBreak : ''
    item.summaryPart = part
    item.text += text
    return [{ type: 'reasoning', choice: 0, text: gap + text }]
  }

  /** Some servers give an item whole at its end, or without having opened it. */
  #close(place: number, item: Extra): Delta[] {
    const opened =
      this.#items.has(place) || item['type'] !== 'function_call' ? [] : this.#open(place, item)
    const open = this.#item(place)
    if (open.done) return []
    open.done = true
    switch (item['type']) {
      case 'function_call': {
        const whole = argumentsOf(item)
        const rest = open.text === '' ? whole : ''
        if (rest === '' || open.tool === -1) return opened
        return [...opened, { type: 'arguments', choice: 0, index: open.tool, text: rest }]
      }
      case 'reasoning': {
        const { signature, sealed } = readSeal(item['encrypted_content'])
        const rest = open.text === '' ? readItem(item).flatMap(asDelta) : []
        if (signature === null && sealed === null) return rest
        return [...rest, { type: 'seal', choice: 0, signature, sealed }]
      }
      case 'message':
        if (open.text === '') return readItem(item).flatMap(asDelta)
        return open.noted ? [] : readItem(item).flatMap(annotationsIn)
      default:
        return readItem(item).flatMap(asDelta)
    }
  }

  #finish(response: Extra): Delta[] {
    this.ended = true
    const output = outputOf(response)
    const nothing = ![...this.#items.values()].some(({ done, text }) => done || text !== '')
    const unsaid = nothing ? output.flatMap((item, place) => this.#close(place, item)) : []
    const ending = readEnding(
      output.length === 0 && this.#tools > 0 ? { ...response, output: [aCall] } : response,
      this.#quirks,
    )
    const measured = readUsage(response, this.#quirks.usage)
    return [
      ...this.#start(response),
      ...unsaid,
      ...(ending ? [{ type: 'finish', choice: 0, ending } as const] : []),
      ...(measured ? [{ type: 'usage', measured, alone: false } as const] : []),
      // Some leave out of it what came one by one.
      ...(output.length > 0 || nothing
        ? [{ type: 'extra', extra: { [id]: response } } as const]
        : []),
    ]
  }
}

const aCall: Extra = { type: 'function_call' }

function newItem(): OpenItem {
  return { tool: -1, text: '', thoughts: null, summaryPart: 0, noted: false, done: false }
}

function withLogprobs(deltas: Delta[], list: unknown): Delta[] {
  const told = logprobsOf(list)
  if (told !== null) deltas.push({ type: 'logprobs', choice: 0, logprobs: told })
  return deltas
}

function annotationsIn(part: ReplyPart): Delta[] {
  return part.type === 'text' ? annotationsDelta(part.extra['annotations']) : []
}

function annotationsDelta(annotations: unknown): Delta[] {
  if (!Array.isArray(annotations) || annotations.length === 0) return []
  return [{ type: 'annotations', choice: 0, annotations }]
}

/** A part that came whole; its seal is told apart. */
function asDelta(part: ReplyPart): Delta[] {
  switch (part.type) {
    case 'text': {
      const said: Delta[] = part.text === '' ? [] : [{ type: 'text', choice: 0, text: part.text }]
      return [...said, ...annotationsIn(part)]
    }
    case 'refusal':
    case 'reasoning':
      return part.text === '' ? [] : [{ type: part.type, choice: 0, text: part.text }]
    case 'foreign':
      return [{ type: 'foreign', choice: 0, part }]
    case 'toolCall':
      return []
  }
}
