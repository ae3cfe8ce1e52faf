import { openaiFinish } from '../finish.ts'
import type { Call, Extra } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { Delta } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import { madeToolId } from '../call-ids.ts'
import {
  ProviderFault,
  type Quirks,
  type Stamp,
  type StreamReader,
  type StreamWriter,
} from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { type SseEvent, sseText } from '../sse.ts'
import {
  besideCall,
  type ContentPiece,
  contentPieces,
  detailOf,
  plainThoughts,
  writeBeside,
  writeDetail,
} from './parts.ts'
import {
  argumentsText,
  isCitation,
  readEnding,
  readUsage,
  toolCallsOf,
  unwrapped,
  writeLogprobs,
  writeUsage,
} from './reply.ts'
import { TagSplitter, tagsOf } from './think-tags.ts'
import type { WireChunk } from './wire.ts'

export const endMark = '[DONE]'

export class ChatStreamReader implements StreamReader {
  ended = false
  #started = false
  #answerId = ''
  readonly #quirks: Quirks
  readonly #choices = new Map<number, ToolTable>()
  /** Null: what stands in the content is text. */
  #tags: ReturnType<typeof tagsOf> = null
  readonly #splitters = new Map<number, TagSplitter>()

  constructor(quirks: Quirks) {
    this.#quirks = quirks
  }

  read({ data, event }: SseEvent): readonly Delta[] | null {
    if (this.ended) return []
    if (data.trim() === endMark) {
      this.ended = true
      return [...this.#splitters].flatMap(([choice, splitter]) => said(splitter.end(), choice))
    }
    let wire: unknown
    try {
      wire = unwrapped(JSON.parse(data))
    } catch {
      return null
    }
    if (!isObject(wire)) return null
    if (tellsError(wire) || event === 'error') {
      const words = readOpenaiError(data)
      throw new ProviderFault(words.message, words)
    }
    return this.#chunk(wire)
  }

  #chunk(wire: Extra): Delta[] {
    const deltas: Delta[] = []
    const answerId = wordOrNull(wire['id'])
    const model = wordOrNull(wire['model'])
    // Azure's first event names neither: it speaks of the prompt.
    if (!this.#started && (answerId !== null || model !== null)) {
      this.#started = true
      this.#answerId = answerId ?? ''
      this.#tags = tagsOf(this.#quirks, model)
      const createdS = typeof wire['created'] === 'number' ? wire['created'] : null
      deltas.push({ type: 'start', id: answerId, model, createdS })
    }
    let choices = 0
    if (Array.isArray(wire['choices'])) {
      for (const choice of wire['choices'] as readonly unknown[]) {
        if (!isObject(choice)) continue
        this.#choice(choice, choices, deltas)
        choices += 1
      }
    }
    const measured = readUsage(wire, this.#quirks.usage)
    if (measured) deltas.push({ type: 'usage', measured, alone: choices === 0 })
    return deltas
  }

  #choice(wire: Extra, place: number, deltas: Delta[]): void {
    const choice = typeof wire['index'] === 'number' ? wire['index'] : place
    const delta = isObject(wire['delta'])
      ? wire['delta']
      : isObject(wire['message'])
        ? wire['message']
        : { content: wire['text'] } // the older completions
    const before = deltas.length
    this.#thoughts(delta, choice, deltas)
    const splitter = this.#splitter(choice)
    const { content } = delta
    if (splitter === undefined && typeof content === 'string') {
      if (content !== '') deltas.push({ type: 'text', choice, text: content })
    } else {
      const pieces = contentPieces(content)
      deltas.push(
        ...said(splitter ? pieces.flatMap((piece) => splitter.split(piece)) : pieces, choice),
      )
    }
    const calls = toolCallsOf(delta)
    const ending = readEnding(wire['finish_reason'], wire['stop_reason'], this.#quirks)
    if (splitter && (ending || calls.length > 0)) deltas.push(...said(splitter.end(), choice))
    const refusal = delta['refusal']
    if (typeof refusal === 'string' && refusal !== '') {
      deltas.push({ type: 'refusal', choice, text: refusal })
    }
    for (const call of calls) this.#tools(choice).take(call, choice, deltas)
    if (present(wire['logprobs']))
      deltas.push({ type: 'logprobs', choice, logprobs: wire['logprobs'] })
    const { annotations } = delta
    if (Array.isArray(annotations) && annotations.length > 0)
      deltas.push({ type: 'annotations', choice, annotations })
    if (ending) deltas.push({ type: 'finish', choice, ending })
    // An answer has begun that says nothing yet: it is not whole before it has ended as well.
    if (deltas.length === before && present(delta['role']))
      deltas.push({ type: 'text', choice, text: '' })
  }

  #thoughts(delta: Extra, choice: number, deltas: Delta[]): void {
    const plain = plainThoughts(delta)
    if (plain !== '') deltas.push({ type: 'reasoning', choice, text: plain })
    const details = delta['reasoning_details']
    if (!Array.isArray(details)) return
    for (const { text, signature, sealed } of details.filter(isObject).map(detailOf)) {
      // Mostly the details repeat the text that stands beside them.
      if (plain === '' && text !== '') deltas.push({ type: 'reasoning', choice, text })
      if (signature !== null || sealed !== null)
        deltas.push({ type: 'seal', choice, signature, sealed })
    }
  }

  #splitter(choice: number): TagSplitter | undefined {
    if (this.#tags === null) return undefined
    let splitter = this.#splitters.get(choice)
    if (!splitter) this.#splitters.set(choice, (splitter = new TagSplitter(this.#tags)))
    return splitter
  }

  #tools(choice: number): ToolTable {
    let table = this.#choices.get(choice)
    if (!table) {
      const answerId = this.#answerId
      table = new ToolTable((place) => madeToolId(answerId, choice, place))
      this.#choices.set(choice, table)
    }
    return table
  }
}

function said(pieces: readonly ContentPiece[], choice: number): Delta[] {
  return pieces.flatMap(({ text, thought }): Delta[] =>
    text === '' ? [] : [{ type: thought ? 'reasoning' : 'text', choice, text }],
  )
}

interface OpenTool {
  readonly index: number
  readonly id: string
  readonly name: string
  text: string
}

/**
 * Which call a fragment belongs to. By the rule each fragment has an index and the first of a call
 * its id and name; some servers send no index (Ollama), index 0 for every call (some vLLM), no id
 * (SGLang), or repeat id and name with each fragment. Where a name comes without an id, it begins
 * another call once the arguments so far are whole.
 */
class ToolTable {
  readonly #byIndex = new Map<number, OpenTool>()
  readonly #byId = new Map<string, OpenTool>()
  readonly #madeId: (place: number) => string
  #last: OpenTool | undefined
  #count = 0

  constructor(madeId: (place: number) => string) {
    this.#madeId = madeId
  }

  take(wire: Extra, choice: number, deltas: Delta[]): void {
    const called = isObject(wire['function']) ? wire['function'] : {}
    const id = typeof wire['id'] === 'string' && wire['id'] !== '' ? wire['id'] : null
    const name = typeof called['name'] === 'string' && called['name'] !== '' ? called['name'] : null
    const index = typeof wire['index'] === 'number' ? wire['index'] : null
    let tool = this.#find(id, index, name)
    if (!tool) {
      tool = {
        index: this.#count,
        id: id ?? this.#madeId(this.#count),
        name: name ?? '',
        text: '',
      }
      this.#count += 1
      if (index !== null) this.#byIndex.set(index, tool)
      this.#byId.set(tool.id, tool)
      const { signature } = besideCall(wire)
      deltas.push({
        type: 'tool',
        choice,
        index: tool.index,
        id: tool.id,
        name: name ?? '',
        ...(signature === undefined ? {} : { signature }),
      })
    }
    this.#last = tool
    const text = argumentsText(called['arguments'])
    tool.text += text
    if (text !== '') deltas.push({ type: 'arguments', choice, index: tool.index, text })
  }

  #find(id: string | null, index: number | null, name: string | null): OpenTool | undefined {
    if (id !== null) {
      const known = this.#byId.get(id)
      if (known) return known
      // A new id under a known index is another call, unless the call so far had to do without one.
      const open = index === null ? undefined : this.#byIndex.get(index)
      return open && name === null ? open : undefined
    }
    const open = index === null ? this.#last : this.#byIndex.get(index)
    if (!open || name === null) return open
    if (isWhole(open.text)) return undefined
    // Without an index, a call that has not begun its arguments is told from the next by its name.
    return index === null && open.name !== name ? undefined : open
  }
}

function isWhole(json: string): boolean {
  if (!json.trimEnd().endsWith('}')) return false
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

function wordOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export class ChatStreamWriter implements StreamWriter {
  readonly #call: Call
  readonly #stamp: Stamp
  #id: string
  #model: string
  #createdS: number
  #measured: Measured | null = null
  readonly #begun = new Set<number>()
  #seals = 0

  constructor(call: Call, stamp: Stamp) {
    this.#call = call
    this.#stamp = stamp
    this.#id = `chatcmpl-${stamp.callId}`
    this.#model = stamp.model
    this.#createdS = stamp.nowS
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (const delta of deltas) text += this.#one(delta)
    return text
  }

  end(): string {
    const usage = this.#call.usageAsked && this.#measured ? this.#chunk([], this.#measured) : ''
    return `${usage}data: ${endMark}\n\n`
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
        return this.#say(delta.choice, { content: delta.text })
      case 'reasoning':
        return this.#say(delta.choice, { reasoning_content: delta.text })
      case 'refusal':
        return this.#say(delta.choice, { refusal: delta.text })
      case 'seal': {
        const detail = writeDetail(delta, this.#seals)
        this.#seals += 1
        return this.#say(delta.choice, { reasoning_details: [detail] })
      }
      case 'tool': {
        const { index, id, name } = delta
        const beside = writeBeside({ ...delta, extra: noExtra })
        const call = { index, id, type: 'function', function: { name, arguments: '' }, ...beside }
        return this.#say(delta.choice, { tool_calls: [call] })
      }
      case 'arguments': {
        const call = { index: delta.index, function: { arguments: delta.text } }
        return this.#say(delta.choice, { tool_calls: [call] })
      }
      case 'annotations': {
        const annotations = delta.annotations.filter(isCitation)
        return annotations.length > 0 ? this.#say(delta.choice, { annotations }) : ''
      }
      case 'logprobs':
        return (
          this.#begin(delta.choice) +
          this.#event(delta.choice, noExtra, null, writeLogprobs(delta.logprobs))
        )
      case 'finish':
        return (
          this.#begin(delta.choice) +
          this.#event(delta.choice, noExtra, openaiFinish(delta.ending), null)
        )
      case 'foreign':
      case 'extra':
      case 'error':
        return '' // an error ends the stream; whoever relays it writes the event
    }
  }

  #say(choice: number, delta: Extra): string {
    return this.#begin(choice) + this.#event(choice, delta, null, null)
  }

  /** The first chunk of each choice names the role. */
  #begin(choice: number): string {
    if (this.#begun.has(choice)) return ''
    this.#begun.add(choice)
    return this.#event(choice, { role: 'assistant', content: '' }, null, null)
  }

  #event(choice: number, delta: Extra, finish: string | null, logprobs: unknown): string {
    return this.#chunk([{ index: choice, delta, logprobs, finish_reason: finish }], null)
  }

  #chunk(choices: WireChunk['choices'], measured: Measured | null): string {
    const chunk: WireChunk = {
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#createdS,
      model: this.#model,
      choices,
    }
    if (this.#call.usageAsked) chunk.usage = measured ? writeUsage(measured) : null
    return sseText(JSON.stringify(chunk))
  }
}
