/**
 * Server-sent events, incremental, at any cut.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export interface SseEvent {
  /** 'message' unless the stream names another. */
  readonly event: string
  readonly data: string
  /** The last event id, when the stream has set one. */
  readonly id: string | null
}

/** A block of the stream up to and with its blank line. */
export interface SseBlock {
  /** The bytes as they came: blocks put one behind another are the stream. Not to be written to. */
  readonly raw: Uint8Array
  /** Null when the block dispatches nothing: comments, blank lines, an id alone. */
  readonly event: SseEvent | null
}

/** Longer than the longest event seen from a vendor (a base64 image of 12 MB), short of a flood. */
const eventBytesMax = 64_000_000

const lineFeed = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a
const space = 0x20
const byteOrderMark = [0xef, 0xbb, 0xbf]

/** Cuts a stream of bytes into blocks, wherever the bytes are cut. @throws RangeError for a flood */
export interface EventParser {
  feed(chunk: Uint8Array): SseBlock[]
}

export class SseParser implements EventParser {
  /** Bytes that belong to no finished block yet: `#buffer[0, #length)`. */
  #buffer: Uint8Array = new Uint8Array(0)
  #length = 0
  /** Where the line that is being looked for begins. */
  #lineStart = 0
  /** Up to here no line end was found. */
  #searched = 0
  #begun = false
  /** The last byte so far was a CR: an LF that follows belongs to it. */
  #afterReturn = false
  #event = ''
  #data: string[] = []
  #id: string | null = null
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  /**
   * All blocks that these bytes complete. What is left at the end of a stream is no event.
   * @throws RangeError when one event is longer than `eventBytesMax`
   */
  feed(chunk: Uint8Array): SseBlock[] {
    this.#append(chunk)
    if (!this.#begun && !this.#begin()) return []
    const blocks: SseBlock[] = []
    const bytes = this.#buffer
    const length = this.#length
    let blockStart = 0
    let nextReturn = indexOf(bytes, carriageReturn, this.#searched, length)
    for (;;) {
      if (this.#afterReturn) {
        if (this.#lineStart >= length) break
        if (bytes[this.#lineStart] === lineFeed) this.#lineStart += 1
        this.#afterReturn = false
      }
      const from = Math.max(this.#lineStart, this.#searched)
      if (nextReturn !== -1 && nextReturn < from) {
        nextReturn = indexOf(bytes, carriageReturn, from, length)
      }
      const nextFeed = indexOf(bytes, lineFeed, from, nextReturn === -1 ? length : nextReturn)
      const lineEnd = nextFeed === -1 ? nextReturn : nextFeed
      if (lineEnd === -1) {
        this.#searched = length
        break
      }
      this.#afterReturn = lineEnd === nextReturn
      const lineStart = this.#lineStart
      this.#lineStart = lineEnd + 1
      if (lineEnd > lineStart) {
        this.#line(bytes, lineStart, lineEnd)
        continue
      }
      // A blank line. The LF of its CRLF goes with it when it is already here.
      if (this.#afterReturn && this.#lineStart < length) {
        if (bytes[this.#lineStart] === lineFeed) this.#lineStart += 1
        this.#afterReturn = false
      }
      blocks.push({ raw: bytes.subarray(blockStart, this.#lineStart), event: this.#dispatch() })
      blockStart = this.#lineStart
    }
    this.#keep(blockStart)
    return blocks
  }

  /** Bytes that came without the blank line that would have made them an event. */
  get unfinished(): number {
    return this.#length
  }

  #append(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#buffer = chunk
      this.#length = chunk.length
      return
    }
    const length = this.#length + chunk.length
    if (length > eventBytesMax) {
      throw new RangeError(`one event is longer than ${eventBytesMax / 1_000_000} MB`)
    }
    if (length > this.#buffer.length) {
      // Blocks handed out still look into the old buffer: grow into a new one, never overwrite.
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = length
  }

  /** Skips one byte order mark. False while too little is here to tell. */
  #begin(): boolean {
    for (const [index, byte] of byteOrderMark.entries()) {
      if (index >= this.#length) {
        this.#own()
        return false
      }
      if (this.#buffer[index] !== byte) {
        this.#begun = true
        return true
      }
    }
    this.#lineStart = byteOrderMark.length
    this.#begun = true
    return true
  }

  /** Forgets the blocks that are done; what is left gets a buffer of its own. */
  #keep(from: number): void {
    if (from === this.#length) {
      this.#buffer = new Uint8Array(0)
      this.#length = 0
    } else if (from > 0) {
      this.#buffer = this.#buffer.slice(from, this.#length)
      this.#length -= from
    } else this.#own()
    this.#lineStart -= from
    this.#searched = this.#length
  }

  /** The caller may reuse its chunk once `feed` returned. */
  #own(): void {
    if (this.#buffer.length === this.#length) {
      const own = new Uint8Array(Math.max(256, this.#length * 2))
      own.set(this.#buffer)
      this.#buffer = own
    }
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start]
    if (first === colon) return // a comment
    let nameEnd = indexOf(bytes, colon, start, end)
    let valueStart = end
    if (nameEnd === -1) nameEnd = end
    else valueStart = bytes[nameEnd + 1] === space && nameEnd + 1 < end ? nameEnd + 2 : nameEnd + 1
    switch (this.#text(bytes, start, nameEnd)) {
      case 'data':
        this.#data.push(this.#text(bytes, valueStart, end))
        return
      case 'event':
        this.#event = this.#text(bytes, valueStart, end)
        return
      case 'id': {
        const id = this.#text(bytes, valueStart, end)
        if (!id.includes('\0')) this.#id = id
        return
      }
      default: // `retry` is for browsers; unknown fields are ignored
    }
  }

  #dispatch(): SseEvent | null {
    const event = this.#event
    this.#event = ''
    if (this.#data.length === 0) return null
    const data = this.#data.length === 1 ? this.#data[0]! : this.#data.join('\n')
    this.#data = []
    return { event: event === '' ? 'message' : event, data, id: this.#id }
  }

  #text(bytes: Uint8Array, start: number, end: number): string {
    return start === end ? '' : this.#decoder.decode(bytes.subarray(start, end))
  }
}

/** Like `Uint8Array.indexOf`, but it ends before `end`. */
function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  const found = bytes.indexOf(byte, start)
  return found === -1 || found >= end ? -1 : found
}

/** One event as text. `event` is left out for unnamed ones; `data` must hold no line end. */
export function sseText(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`
}
