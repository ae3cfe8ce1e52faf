import type { HeaderReader } from '../../providers/provider.ts'

/** Who is told what an answer holds, as it comes. */
export interface ResponseSink {
  /** Once, when the head is complete; 1xx answers are passed over. */
  head(head: ResponseHead): void
  /** Bytes of the body: a view into what was fed. */
  body(bytes: Uint8Array): void
  /** Once. @param reusable  whether another request may go over this connection */
  end(reusable: boolean): void
}

export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderReader
}

/** An answer that is not HTTP, or could be read in two ways. */
export class ResponseFault extends Error {
  override readonly name = 'ResponseFault'
}

type State = 'head' | 'length' | 'close' | 'size' | 'chunk' | 'chunk end' | 'trailer' | 'done'

const headBytesMax = 262_144
const lineBytesMax = 4_096
const headEnd = Buffer.from('\r\n\r\n')
/** RFC 9110, token; a name that is folded or padded could be read in two ways. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * HTTP/1.1 answers, incremental, at any cut. What is ambiguous is refused, because a guess would let
 * one answer's bytes be read as another's.
 * @see RFC 9112
 */
export class ResponseParser {
  readonly #sink: ResponseSink
  #state: State = 'head'
  /** Of the head or of a line, what came so far. */
  #held: Buffer = Buffer.alloc(0)
  /** Bytes that are still missing of a body or chunk. */
  #missing = 0
  #keepAlive = true

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** True once the whole answer was read. */
  get done(): boolean {
    return this.#state === 'done'
  }

  /** @throws ResponseFault */
  feed(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#head(bytes, at)
          break
        case 'length':
        case 'chunk':
          at = this.#counted(bytes, at)
          break
        case 'close':
          this.#sink.body(bytes.subarray(at))
          return
        case 'size':
        case 'chunk end':
        case 'trailer':
          at = this.#line(bytes, at)
          break
        case 'done':
          throw new ResponseFault('it sent bytes behind the end of its answer')
      }
    }
  }

  /** The connection has ended. @returns whether the answer had, too */
  close(): boolean {
    if (this.#state === 'close') this.#finish(false)
    return this.#state === 'done'
  }

  #head(bytes: Buffer, from: number): number {
    const held = this.#held.length
    const all =
      held === 0 ? bytes.subarray(from) : Buffer.concat([this.#held, bytes.subarray(from)])
    const end = all.indexOf(headEnd, Math.max(0, held - headEnd.length))
    if (end === -1) {
      if (all.length > headBytesMax) throw new ResponseFault('its headers are too long')
      this.#held = Buffer.from(all)
      return bytes.length
    }
    this.#held = Buffer.alloc(0)
    this.#begin(all.toString('latin1', 0, end))
    return from + end + headEnd.length - held
  }

  #begin(text: string): void {
    const [first = '', ...lines] = text.split('\r\n')
    const match = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(first)
    if (!match) throw new ResponseFault('its answer is not HTTP/1.1')
    const status = Number(match[2])
    const headers = new ResponseHeaders(lines)
    if (status >= 100 && status < 200) {
      if (status === 101) throw new ResponseFault('it switched protocols')
      return // the answer is still to come
    }
    const connection = headers.get('connection')?.toLowerCase() ?? ''
    this.#keepAlive =
      match[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive')
    this.#frame(status, headers)
    this.#sink.head({ status, headers })
    if (this.#state === 'length' && this.#missing === 0) this.#finish(this.#keepAlive)
  }

  /** How long the body is. */
  #frame(status: number, headers: ResponseHeaders): void {
    const coding = headers.get('transfer-encoding')
    const length = headers.get('content-length')
    if (status === 204 || status === 304) {
      this.#state = 'length'
      this.#missing = 0
    } else if (coding !== null) {
      if (coding.toLowerCase() !== 'chunked')
        throw new ResponseFault(`its transfer-encoding is ${coding.slice(0, 40)}`)
      if (length !== null) throw new ResponseFault('it gives its length in two ways')
      this.#state = 'size'
    } else if (length !== null) {
      if (!/^\d{1,15}$/.test(length)) throw new ResponseFault('its content-length is no number')
      this.#state = 'length'
      this.#missing = Number(length)
    } else this.#state = 'close'
  }

  #counted(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#missing)
    this.#missing -= end - from
    if (end > from) this.#sink.body(bytes.subarray(from, end))
    if (this.#missing === 0) {
      if (this.#state === 'length') this.#finish(this.#keepAlive)
      else this.#state = 'chunk end'
    }
    return end
  }

  #line(bytes: Buffer, from: number): number {
    const feed = bytes.indexOf(lineFeed, from)
    const end = feed === -1 ? bytes.length : feed + 1
    if (this.#held.length + end - from > lineBytesMax)
      throw new ResponseFault('a line of its chunks is too long')
    if (feed === -1) {
      this.#held = Buffer.concat([this.#held, bytes.subarray(from, end)])
      return end
    }
    const line =
      this.#held.length === 0
        ? bytes.subarray(from, end)
        : Buffer.concat([this.#held, bytes.subarray(from, end)])
    this.#held = Buffer.alloc(0)
    if (line.length < 2 || line[line.length - 2] !== carriageReturn) {
      throw new ResponseFault('a line of its chunks ends without CR')
    }
    this.#take(line.toString('latin1', 0, line.length - 2))
    return end
  }

  #take(line: string): void {
    switch (this.#state) {
      case 'size': {
        const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
        if (size === undefined) throw new ResponseFault('the size of a chunk is no number')
        this.#missing = Number.parseInt(size, 16)
        this.#state = this.#missing === 0 ? 'trailer' : 'chunk'
        return
      }
      case 'chunk end':
        if (line !== '') throw new ResponseFault('a chunk is longer than it says')
        this.#state = 'size'
        return
      default: // trailers say nothing that is used here
        if (line === '') this.#finish(this.#keepAlive)
    }
  }

  #finish(reusable: boolean): void {
    this.#state = 'done'
    this.#sink.end(reusable)
  }
}

class ResponseHeaders implements HeaderReader {
  readonly #values = new Map<string, string>()

  constructor(lines: readonly string[]) {
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      if (colon === -1 || !headerName.test(name))
        throw new ResponseFault('a line of its headers has no name')
      const value = line.slice(colon + 1).trim()
      const known = this.#values.get(name)
      if (known === undefined) this.#values.set(name, value)
      else if (name !== 'content-length') this.#values.set(name, `${known}, ${value}`)
      else if (known !== value) throw new ResponseFault('it gives two lengths')
    }
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null
  }
}
