import {
  type Message,
  noExtra,
  type Part,
  type ReasoningPart,
  type TextPart,
} from '../../core/call.ts'
import { Fields } from '../fields.ts'
import { id, readFile, readInline } from './parts.ts'
import { asTextParts, readResponse } from './results.ts'

/** Reads what was said; the fields are in one spelling already. */
export class ContentReader {
  /** What only this dialect can say of a part. */
  readonly #native: Set<string>
  readonly #calls = new CallIds()

  constructor(native: Set<string>) {
    this.#native = native
  }

  readSystem(wire: Fields): Message[] {
    const instruction = wire.raw('systemInstruction')
    if (instruction === undefined) return []
    const parts: Part[] =
      typeof instruction === 'string'
        ? [{ type: 'text', text: instruction, extra: noExtra }]
        : this.#parts(new Fields(instruction, wire.at('systemInstruction')))
    return [{ role: 'system', parts, name: null, extra: noExtra }]
  }

  /** Results of tools come in a user's turn here, and are turns of their own elsewhere. */
  readContent(wire: Fields): Message[] {
    const role = wire.text('role') ?? 'user'
    if (role !== 'user' && role !== 'model' && role !== 'function' && role !== 'tool')
      throw wire.wrong('role', 'user or model')
    const parts = this.#parts(wire)
    if (role === 'model')
      return [{ role: 'assistant', parts: joinThoughts(parts), name: null, extra: noExtra }]
    const messages: { role: 'tool' | 'user'; parts: Part[]; name: null; extra: typeof noExtra }[] =
      []
    for (const part of parts) {
      const turn = part.type === 'toolResult' ? 'tool' : 'user'
      const last = messages.at(-1)
      if (last?.role === turn) last.parts.push(part)
      else messages.push({ role: turn, parts: [part], name: null, extra: noExtra })
    }
    return messages
  }

  #parts(wire: Fields): Part[] {
    return wire.items('parts').map((part) => this.#part(part))
  }

  #part(wire: Fields): Part {
    for (const name of ['videoMetadata', 'mediaResolution', 'partMetadata']) {
      if (wire.raw(name) !== undefined) this.#native.add(name)
    }
    const signature = wire.text('thoughtSignature')
    const signed = signature === null ? {} : { signature }
    const text = wire.text('text')
    if (wire.flag('thought') === true) {
      // A thought without words is one that its maker sealed.
      const sealed = text === null ? signature : null
      return {
        type: 'reasoning',
        text: text ?? '',
        signature: text === null ? null : signature,
        sealed,
        extra: noExtra,
      }
    }
    if (text !== null) return { type: 'text', text, ...signed, extra: noExtra }
    const inline = wire.fields('inlineData')
    if (inline) return readInline(inline.needText('mimeType'), inline.needText('data'))
    const file = wire.fields('fileData')
    if (file) return readFile(file.needText('fileUri'), file.text('mimeType'))
    const call = wire.fields('functionCall')
    if (call) {
      const name = call.needText('name')
      return {
        type: 'toolCall',
        id: this.#calls.called(name, call.text('id')),
        name,
        arguments: JSON.stringify(call.object('args') ?? {}),
        ...signed,
        extra: noExtra,
      }
    }
    const result = wire.fields('functionResponse')
    if (result) return this.#result(result)
    const kind = Object.keys(wire.value).find((name) => name !== 'thoughtSignature')
    if (kind === undefined)
      return { type: 'text', text: '', ...signed, extra: noExtra } satisfies TextPart
    return { type: 'foreign', dialect: id, value: { type: kind, ...wire.value } }
  }

  #result(wire: Fields): Part {
    for (const name of ['scheduling', 'willContinue']) {
      if (wire.raw(name) !== undefined) this.#native.add(`functionResponse.${name}`)
    }
    const { texts, failed } = readResponse(wire.object('response') ?? {})
    return {
      type: 'toolResult',
      callId: this.#calls.answered(wire.needText('name'), wire.text('id')),
      parts: [...asTextParts(texts), ...this.#parts(wire)],
      failed,
      extra: noExtra,
    }
  }
}

/**
 * A thought ends with its signature. Clients that give back what was streamed give it in pieces, and
 * the Vercel AI SDK the words in one part and the signature in the next: neither is one without the other.
 */
function joinThoughts(parts: readonly Part[]): Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (
      last?.type === 'reasoning' &&
      part.type === 'reasoning' &&
      isOpen(last) &&
      part.sealed === null
    )
      joined[joined.length - 1] = { ...part, text: last.text + part.text }
    else joined.push(part)
  }
  return joined
}

function isOpen({ signature, sealed }: ReasoningPart): boolean {
  return signature === null && sealed === null
}

/** Ids are the caller's choice here: without one a result belongs to the oldest open call of its name. */
class CallIds {
  #open: { readonly id: string; readonly name: string }[] = []
  #count = 0

  called(name: string, given: string | null): string {
    const callId = given || this.#next()
    this.#open.push({ id: callId, name })
    return callId
  }

  answered(name: string, given: string | null): string {
    const call = given
      ? this.#open.find((open) => open.id === given)
      : this.#open.find((open) => open.name === name)
    if (call) this.#open = this.#open.filter((open) => open !== call)
    return given || call?.id || this.#next()
  }

  #next(): string {
    this.#count += 1
    return `call_${this.#count}`
  }
}
