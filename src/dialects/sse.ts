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
const noBytes = new Uint8Array(0)

/** Cuts a stream of bytes into blocks, wherever the bytes are cut. @throws RangeError for a flood */
export interface EventParser {
  feed(chunk: Uint8Array): SseBlock[]
}

export class SseParser implements EventParser {
  /** Bytes that belong to no finished block yet: `#buffer[0, #length)`. */
  #buffer: Uint8Array = noBytes
  #length = 0
  /** Where the line that is being looked for begins. */
  #lineStart = 0
  /** Up to here no line end was found. */
  #searched = 0
  #begun = false
  /** The last byte so far was a CR: an LF that follows belongs to it. */
  #afterReturn = false
  #event = ''
  #data: string | null = null
  #id: string | null = null

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
      const blockEnd = this.#lineStart
      const isAll = blockStart === 0 && blockEnd === bytes.length
      const raw = isAll ? bytes : bytes.subarray(blockStart, blockEnd)
      blocks.push({ raw, event: this.#dispatch() })
      blockStart = blockEnd
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
      this.#buffer = noBytes
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
    // `retry` is for browsers; unknown fields are ignored.
    if (isName('data', bytes, start, nameEnd)) {
      const data = textOf(bytes, valueStart, end)
      this.#data = this.#data === null ? data : `${this.#data}\n${data}`
    } else if (isName('event', bytes, start, nameEnd)) {
      this.#event = textOf(bytes, valueStart, end)
    } else if (isName('id', bytes, start, nameEnd)) {
      const id = textOf(bytes, valueStart, end)
      if (!id.includes('\0')) this.#id = id
    }
  }

  #dispatch(): SseEvent | null {
    const event = this.#event
    this.#event = ''
    const data = this.#data
    if (data === null) return null
    this.#data = null
    return { event: event === '' ? 'message' : event, data, id: this.#id }
  }
}

function isName(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false
  for (let index = 0; index < name.length; index += 1) {
    if (bytes[start + index] !== name.charCodeAt(index)) return false
  }
  return true
}

/** As `TextDecoder` reads it, a byte order mark included, without a view of these bytes alone. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return start === end ? '' : Buffer.prototype.toString.call(bytes, 'utf8', start, end)
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
