import type { Call, Extra } from '../../core/call.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { Delta, Ending } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import type { Stamp, StreamWriter } from '../dialect.ts'
import { sseText } from '../sse.ts'
import {
  answerId,
  itemId,
  itemStatus,
  type Outcome,
  outcomeOf,
  reasoningItem,
  wantsSummary,
  writeAnnotations,
  writeAnswer,
  writeUsage,
} from './answer.ts'
import { failedEvents } from './failure.ts'
import { id } from './meaning.ts'
import { listedLogprobs } from './reply.ts'
import { writeSeal } from './thoughts.ts'
import type { WireContent, WireItem, WireStatus } from './wire.ts'

interface OpenMessage {
  readonly type: 'message'
  readonly id: string
  readonly place: number
  /** Parts that are done. */
  readonly content: WireContent[]
  part: 'text' | 'refusal' | null
  text: string
  annotations: unknown[]
  logprobs: unknown[]
}

interface OpenThoughts {
  readonly type: 'reasoning'
  readonly id: string
  readonly place: number
  text: string
}

interface OpenCall {
  readonly id: string
  readonly place: number
  readonly callId: string
  readonly name: string
  text: string
}

const underway: Outcome = { status: 'completed', incomplete_details: null, error: null }

export class ResponsesStreamWriter implements StreamWriter {
  readonly #call: Call
  readonly #asSummary: boolean
  #id: string
  #model: string
  #createdS: number
  #measured: Measured | null = null
  #ending: Ending | null = null
  #begun = false
  #sequence = 0
  /** Items as they stand in the answer; null while they are open. */
  readonly #output: (WireItem | null)[] = []
  #open: OpenMessage | OpenThoughts | null = null
  /** Open until the end, because arguments may come after the next call began. */
  readonly #calls = new Map<number, OpenCall>()
  /** Citations that wait for their text. */
  #unnoted: unknown[] = []

  constructor(call: Call, stamp: Stamp) {
    this.#call = call
    this.#asSummary = wantsSummary(call)
    this.#id = answerId(null, stamp.callId)
    this.#model = stamp.model
    this.#createdS = stamp.nowS
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (let index = 0; index < deltas.length; index += 1)
      text += this.#one(deltas[index]!, deltas[index + 1])
    return text
  }

  end(): string {
    const outcome = outcomeOf(this.#ending)
    const closed = this.#begin() + this.#closeAll(outcome)
    const type = `response.${outcome.status}`
    return closed + this.#event(type, { response: this.#answer(outcome) })
  }

  fail(error: GatewayError, requestId: string): string {
    const begun = this.#begin() + this.#closeAll(outcomeOf(null))
    const response = this.#answer(outcomeOf(null))
    const sequence = this.#sequence
    this.#sequence += 2
    return begun + failedEvents(error, requestId, sequence, response)
  }

  /** @param next  log probabilities come behind the text that they belong to */
  #one(delta: Delta, next: Delta | undefined): string {
    // This dialect has one answer a call.
    if ('choice' in delta && delta.choice !== 0) return ''
    switch (delta.type) {
      case 'start':
        if (this.#begun) return ''
        this.#id = delta.id?.startsWith('resp_') === true ? delta.id : this.#id
        this.#model = delta.model ?? this.#model
        this.#createdS = delta.createdS ?? this.#createdS
        return ''
      case 'usage':
        this.#measured = delta.measured
        return ''
      case 'text':
      case 'refusal': {
        if (delta.text === '') return ''
        const logprobs = next?.type === 'logprobs' ? listedLogprobs(next.logprobs) : []
        return this.#say(delta.type, delta.text, logprobs)
      }
      case 'annotations':
        this.#unnoted.push(...writeAnnotations({ annotations: delta.annotations }))
        return this.#note()
      case 'reasoning':
        return delta.text === '' ? '' : this.#think(delta.text)
      case 'seal':
        return this.#thoughts() + this.#close(underway, writeSeal(delta))
      case 'tool':
        return this.#openCall(delta.index, delta.id, delta.name)
      case 'arguments':
        return this.#argue(delta.index, delta.text)
      case 'foreign':
        return delta.part.dialect === id ? this.#whole(delta.part.value) : ''
      case 'finish':
        this.#ending = delta.ending
        return ''
      case 'logprobs':
      case 'extra':
      case 'error':
        return '' // an error ends the stream; whoever relays it writes the events
    }
  }

  #begin(): string {
    if (this.#begun) return ''
    this.#begun = true
    const response = this.#answer({ ...underway, status: 'in_progress' })
    return (
      this.#event('response.created', { response }) +
      this.#event('response.in_progress', { response })
    )
  }

  #answer(outcome: Outcome): Extra {
    const ended = outcome.status !== 'in_progress'
    return writeAnswer(
      {
        id: this.#id,
        model: this.#model,
        created_at: this.#createdS,
        ...outcome,
        output: this.#output.filter((item) => item !== null),
        usage: ended && this.#measured ? writeUsage(this.#measured) : null,
      },
      this.#call,
    )
  }

  #place(item: WireItem | null): number {
    return this.#output.push(item) - 1
  }

  #added(place: number, item: WireItem): string {
    return this.#event('response.output_item.added', { output_index: place, item })
  }

  #done(place: number, item: WireItem): string {
    this.#output[place] = item
    return this.#event('response.output_item.done', { output_index: place, item })
  }

  // What is said.

  #say(part: 'text' | 'refusal', text: string, logprobs: readonly unknown[]): string {
    let events = this.#begin()
    let message = this.#open
    if (message?.type !== 'message') {
      events += this.#close(underway)
      const place = this.#place(null)
      const own = itemId('message', this.#id, place)
      message = {
        type: 'message',
        id: own,
        place,
        content: [],
        part: null,
        text: '',
        annotations: [],
        logprobs: [],
      }
      this.#open = message
      events += this.#added(place, messageItem(message, 'in_progress'))
    }
    if (message.part !== part) {
      events += this.#endPart(message)
      message.part = part
      events += this.#within(message, 'response.content_part.added', { part: contentOf(message) })
    }
    message.text += text
    if (logprobs.length > 0) message.logprobs.push(...logprobs)
    const type = part === 'text' ? 'response.output_text.delta' : 'response.refusal.delta'
    return (
      events +
      this.#within(message, type, { delta: text, ...(part === 'text' ? { logprobs } : {}) }) +
      this.#note()
    )
  }

  /** Citations behind the text that they are of. */
  #note(): string {
    const message = this.#open
    if (this.#unnoted.length === 0 || message?.type !== 'message' || message.part !== 'text')
      return ''
    const events = this.#unnoted.map((annotation) => {
      const index = message.annotations.push(annotation) - 1
      const fields = { annotation_index: index, annotation }
      return this.#within(message, 'response.output_text.annotation.added', fields)
    })
    this.#unnoted = []
    return events.join('')
  }

  #endPart(message: OpenMessage): string {
    if (message.part === null) return ''
    const part = contentOf(message)
    const { text, logprobs } = message
    const said =
      message.part === 'text'
        ? this.#within(message, 'response.output_text.done', { text, logprobs })
        : this.#within(message, 'response.refusal.done', { refusal: text })
    const done = this.#within(message, 'response.content_part.done', { part })
    message.content.push(part)
    message.part = null
    message.text = ''
    message.annotations = []
    message.logprobs = []
    return said + done
  }

  #within({ id: item, place, content }: OpenMessage, type: string, fields: Extra): string {
    return this.#event(type, {
      item_id: item,
      output_index: place,
      content_index: content.length,
      ...fields,
    })
  }

  // What is thought.

  #thoughts(): string {
    if (this.#open?.type === 'reasoning') return ''
    const closed = this.#begin() + this.#close(underway)
    const place = this.#place(null)
    const own = itemId('reasoning', this.#id, place)
    this.#open = { type: 'reasoning', id: own, place, text: '' }
    return closed + this.#added(place, reasoningItem(own, '', null, this.#asSummary))
  }

  #think(text: string): string {
    let events = this.#thoughts()
    const open = this.#open as OpenThoughts
    const where = this.#whereIn(open)
    if (open.text === '') {
      events += this.#asSummary
        ? this.#event('response.reasoning_summary_part.added', { ...where, part: summaryPart('') })
        : this.#event('response.content_part.added', { ...where, part: reasoningPart('') })
    }
    open.text += text
    const type = this.#asSummary
      ? 'response.reasoning_summary_text.delta'
      : 'response.reasoning_text.delta'
    return events + this.#event(type, { ...where, delta: text })
  }

  #endThoughts(open: OpenThoughts, encrypted: string | null): string {
    const { text, place, id: own } = open
    const item = reasoningItem(own, text, encrypted, this.#asSummary)
    if (text === '') return this.#done(place, item)
    const where = this.#whereIn(open)
    const ends = this.#asSummary
      ? this.#event('response.reasoning_summary_text.done', { ...where, text }) +
        this.#event('response.reasoning_summary_part.done', { ...where, part: summaryPart(text) })
      : this.#event('response.reasoning_text.done', { ...where, text }) +
        this.#event('response.content_part.done', { ...where, part: reasoningPart(text) })
    return ends + this.#done(place, item)
  }

  #whereIn({ id: item, place }: OpenThoughts): Extra {
    const within = this.#asSummary ? { summary_index: 0 } : { content_index: 0 }
    return { item_id: item, output_index: place, ...within }
  }

  // What is called.

  #openCall(index: number, callId: string, name: string): string {
    const closed = this.#begin() + this.#close(underway)
    const place = this.#place(null)
    const own = itemId('function_call', this.#id, place)
    const call: OpenCall = { id: own, place, callId, name, text: '' }
    this.#calls.set(index, call)
    return closed + this.#added(place, callItem(call, 'in_progress'))
  }

  #argue(index: number, text: string): string {
    const call = this.#calls.get(index)
    if (!call || text === '') return ''
    call.text += text
    const where = { item_id: call.id, output_index: call.place }
    return this.#event('response.function_call_arguments.delta', { ...where, delta: text })
  }

  #endCall(call: OpenCall, status: WireStatus): string {
    const { id: item, place, name, text } = call
    const fields = { item_id: item, output_index: place, name, arguments: text }
    return (
      this.#event('response.function_call_arguments.done', fields) +
      this.#done(place, callItem(call, status))
    )
  }

  #whole(item: Extra): string {
    const closed = this.#begin() + this.#close(underway)
    const place = this.#place(null)
    return closed + this.#added(place, item) + this.#done(place, item)
  }

  /** Ends the message or the thoughts that are open. */
  #close(outcome: Outcome, encrypted: string | null = null): string {
    const open = this.#open
    this.#open = null
    if (open === null) return ''
    if (open.type === 'reasoning') return this.#endThoughts(open, encrypted)
    const isLast = open.place === this.#output.length - 1
    return (
      this.#endPart(open) + this.#done(open.place, messageItem(open, itemStatus(outcome, isLast)))
    )
  }

  #closeAll(outcome: Outcome): string {
    const closed = this.#close(outcome)
    const calls = [...this.#calls.values()].map((call) =>
      this.#endCall(call, itemStatus(outcome, call.place === this.#output.length - 1)),
    )
    this.#calls.clear()
    return closed + calls.join('')
  }

  #event(type: string, fields: Extra): string {
    const event = { type, sequence_number: this.#sequence, ...fields }
    this.#sequence += 1
    return sseText(JSON.stringify(event), type)
  }
}

function messageItem({ id: own, content }: OpenMessage, status: WireStatus): WireItem {
  return { type: 'message', id: own, status, role: 'assistant', content: [...content] }
}

function contentOf({ part, text, annotations, logprobs }: OpenMessage): WireContent {
  return part === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [...annotations], logprobs }
}

function callItem({ id: own, callId, name, text }: OpenCall, status: WireStatus): WireItem {
  return { type: 'function_call', id: own, call_id: callId, name, arguments: text, status }
}

function summaryPart(text: string): Extra {
  return { type: 'summary_text', text }
}

function reasoningPart(text: string): Extra {
  return { type: 'reasoning_text', text }
}
