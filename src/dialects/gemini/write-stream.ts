import type { Extra } from '../../core/call.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { Delta, Ending } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import type { Framer, Stamp, StreamWriter } from '../dialect.ts'
import { writeGeminiError } from '../gemini-error.ts'
import { SseParser, sseText } from '../sse.ts'
import { writeLogprobs } from './logprobs.ts'
import { writeToolCall } from './parts.ts'
import { writeEnding, writePart, writeUsage } from './reply.ts'
import type { WireCandidate, WirePart } from './wire.ts'

/** Puts the JSON of one event into the stream. */
export interface Frame {
  next(json: string): string
  end(): string
}

/** What callers get who ask for `alt=sse`. */
export class EventFrame implements Frame {
  next(json: string): string {
    return sseText(json)
  }

  end(): string {
    return ''
  }
}

/** What all others get: one list, whose items come one by one. */
export class ListFrame implements Frame {
  #begun = false

  next(json: string): string {
    const opening = this.#begun ? ',\n' : '['
    this.#begun = true
    return opening + json
  }

  end(): string {
    return listEnd
  }
}

export const listEnd = ']'

/** Events as a provider sent them, as items of a list. */
export class ListFramer implements Framer {
  readonly #frame = new ListFrame()

  frame(event: Uint8Array): string {
    return new SseParser()
      .feed(event)
      .flatMap((block) => (block.event ? this.#frame.next(block.event.data) : []))
      .join('')
  }
}

interface OpenTool {
  readonly id: string
  readonly name: string
  readonly signature: string | undefined
  text: string
}

interface OpenChoice {
  readonly tools: Map<number, OpenTool>
  ending: Ending | null
}

/**
 * Function calls are whole in this dialect: their fragments are kept until the answer ends. The last
 * event says why it did, with the counts, which others send behind it.
 */
export class GeminiStreamWriter implements StreamWriter {
  readonly #frame: Frame
  readonly #choices = new Map<number, OpenChoice>()
  #id: string
  #model: string
  #measured: Measured | null = null

  constructor(stamp: Stamp, frame: Frame) {
    this.#frame = frame
    this.#id = stamp.callId
    this.#model = stamp.model
  }

  write(deltas: readonly Delta[]): string {
    let text = ''
    for (const delta of deltas) text += this.#one(delta)
    return text
  }

  end(): string {
    const candidates = [...this.#choices].map(([index, { tools, ending }]): WireCandidate => ({
      content: { role: 'model', parts: callsIn(tools) },
      ...(ending === null ? {} : { finishReason: writeEnding(ending) }),
      index,
    }))
    return this.#event(candidates) + this.#frame.end()
  }

  /** An error is one more event, whatever came before it. */
  fail(error: GatewayError, requestId: string): string {
    return this.#frame.next(writeGeminiError(error, requestId)) + this.#frame.end()
  }

  #one(delta: Delta): string {
    switch (delta.type) {
      case 'start':
        this.#id = delta.id ?? this.#id
        this.#model = delta.model ?? this.#model
        return ''
      case 'usage':
        this.#measured = delta.measured
        return ''
      case 'text': {
        const { choice, text, signature } = delta
        if (text === '' && signature === undefined) return ''
        return this.#say(
          choice,
          signature === undefined ? { text } : { text, thoughtSignature: signature },
        )
      }
      case 'refusal':
        return delta.text === '' ? '' : this.#say(delta.choice, { text: delta.text })
      case 'reasoning':
        return delta.text === '' ? '' : this.#say(delta.choice, { text: delta.text, thought: true })
      case 'seal': {
        const { choice, signature, sealed } = delta
        if (sealed !== null) return this.#say(choice, { thought: true, thoughtSignature: sealed })
        if (signature === null) return ''
        return this.#say(choice, { text: '', thought: true, thoughtSignature: signature })
      }
      case 'tool': {
        const { choice, index, id, name, signature } = delta
        this.#choice(choice).tools.set(index, { id, name, signature, text: '' })
        return ''
      }
      case 'arguments': {
        const tool = this.#choice(delta.choice).tools.get(delta.index)
        if (tool) tool.text += delta.text
        return ''
      }
      case 'foreign':
        return writePart(delta.part)
          .map((part) => this.#say(delta.choice, part))
          .join('')
      case 'logprobs': {
        const logprobsResult = writeLogprobs(delta.logprobs)
        return this.#event([{ index: delta.choice, logprobsResult }])
      }
      case 'finish':
        this.#choice(delta.choice).ending ??= delta.ending
        return ''
      case 'annotations':
      case 'extra':
      case 'error':
        return '' // an error ends the stream; whoever relays it writes the event
    }
  }

  #say(index: number, part: WirePart | Extra): string {
    this.#choice(index)
    return this.#event([{ content: { role: 'model', parts: [part] }, index }])
  }

  #choice(index: number): OpenChoice {
    let choice = this.#choices.get(index)
    if (!choice) this.#choices.set(index, (choice = { tools: new Map(), ending: null }))
    return choice
  }

  #event(candidates: readonly WireCandidate[]): string {
    const measured = this.#measured
    return this.#frame.next(
      JSON.stringify({
        candidates,
        ...(measured ? { usageMetadata: writeUsage(measured) } : {}),
        modelVersion: this.#model,
        responseId: this.#id,
      }),
    )
  }
}

function callsIn(tools: ReadonlyMap<number, OpenTool>): WirePart[] {
  return [...tools.values()].map(({ id, name, signature, text }) =>
    writeToolCall({
      type: 'toolCall',
      id,
      name,
      arguments: text,
      ...(signature === undefined ? {} : { signature }),
      extra: {},
    }),
  )
}
