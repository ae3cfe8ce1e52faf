import type { Message, Part, ToolResultPart } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { Target } from '../dialect.ts'
import { writeSource, writeToolCall } from './parts.ts'
import { writeResponse } from './results.ts'
import type { WireContent, WirePart } from './wire.ts'

/** Writes a conversation anew: instructions apart, and two sides that take turns. */
export class TurnWriter {
  readonly #target: Target
  readonly #note: (word: string) => void
  /** A result names its function here, and elsewhere only the call. */
  readonly #names = new Map<string, string>()

  constructor(target: Target, note: (word: string) => void) {
    this.#target = target
    this.#note = note
  }

  write(messages: readonly Message[]): { system: WirePart[]; contents: WireContent[] } {
    const system: WirePart[] = []
    const turns: { role: 'user' | 'model'; parts: WirePart[] }[] = []
    for (const { role, parts, name, extra } of messages) {
      if (name !== null) this.#note('-name')
      for (const field of Object.keys(extra)) this.#note(`-${field}`)
      const written = parts.flatMap((part) => this.#part(part))
      if (role === 'system' || role === 'developer') {
        system.push(...written)
        continue
      }
      const side = role === 'assistant' ? 'model' : 'user'
      const last = turns.at(-1)
      if (last?.role === side) last.parts.push(...written)
      else if (written.length > 0) turns.push({ role: side, parts: written })
    }
    if (turns.length === 0) {
      // A conversation begins with a user here; elsewhere instructions alone are enough.
      turns.push({ role: 'user', parts: system.splice(0) })
      this.#note('system>user')
    }
    return { system, contents: turns }
  }

  #part(part: Part): WirePart[] {
    this.#noteExtra(part)
    switch (part.type) {
      case 'text':
        if (part.signature !== undefined)
          return [{ text: part.text, thoughtSignature: part.signature }]
        return part.text === '' ? [] : [{ text: part.text }]
      case 'refusal':
        return part.text === '' ? [] : [{ text: part.text }]
      case 'image':
        if (part.detail !== null) this.#note('-detail')
        return [this.#media(part)]
      case 'file':
        return [this.#media(part)]
      case 'audio':
        return [{ inlineData: { mimeType: `audio/${part.format}`, data: part.data } }]
      case 'reasoning':
        // What the model needs of its thoughts is signed into calls and texts; the rest is another's.
        this.#note('-reasoning_content')
        return []
      case 'toolCall':
        this.#names.set(part.id, part.name)
        return [writeToolCall(part)]
      case 'toolResult':
        return this.#result(part)
      case 'foreign':
        throw unsupportedContent(`a part of type ${String(part.value['type'])}`, this.#target.model)
    }
  }

  #media({ type, source }: Part & { type: 'image' | 'file' }): WirePart {
    // The type has to be named, and the servers look at the bytes all the same.
    const written = writeSource(source, type === 'image' ? 'image/jpeg' : null)
    if (written === null)
      throw unsupportedContent(
        `${type === 'image' ? 'an image' : 'a file'} by id`,
        this.#target.model,
      )
    return written
  }

  #result({ callId, parts, failed }: ToolResultPart): WirePart[] {
    const { model, quirks } = this.#target
    const texts = parts.flatMap((part) =>
      part.type === 'text' || part.type === 'refusal' ? part.text : [],
    )
    const media = parts
      .filter((part) => part.type !== 'text' && part.type !== 'refusal')
      .flatMap((part) => this.#part(part))
    const inside = quirks.mediaInResults?.test(model) === true && media.length > 0
    const functionResponse = {
      id: callId,
      name: this.#names.get(callId) ?? callId,
      response: writeResponse(texts, failed),
      ...(inside ? { parts: media } : {}),
    }
    if (inside || media.length === 0) return [{ functionResponse }]
    this.#note('tool_result>user')
    return [{ functionResponse }, ...media]
  }

  #noteExtra(part: Part): void {
    if (!('extra' in part)) return
    for (const name of Object.keys(part.extra)) {
      if (name !== 'extra_content') this.#note(`-${name}`)
    }
  }
}
