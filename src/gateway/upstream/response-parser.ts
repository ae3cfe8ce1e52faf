import { ResponseFault } from './response-fault.ts'
import { ResponseHeaders } from './response-headers.ts'

/** Who is told what an answer holds, as it comes. */
export interface ResponseSink {
  /** Once, when the head is complete; 1xx answers are passed over. */
  head(status: number, headers: ResponseHeaders): void
  /** Bytes of the body: a view into what was fed. */
  body(bytes: Uint8Array): void
  /** Once. @param reusable  whether another request may go over this connection */
  end(reusable: boolean): void
}

type State = 'head' | 'length' | 'close' | 'size' | 'chunk' | 'chunk end' | 'trailer' | 'done'

/** Of one answer, with the 1xx answers before it: whoever sends those for ever is stopped, too. */
const headBytesMax = 262_144
const lineBytesMax = 4_096
const trailerBytesMax = 65_536
const begin = Buffer.from('HTTP/1.')
const headEnd = Buffer.from('\r\n\r\n')
const lineFeed = 0x0a
const carriageReturn = 0x0d
/** 'HTTP/1.1 200 OK'; some leave out the words. */
const statusLine = /^HTTP\/1\.[01] [1-5]\d\d(?: |\r\n|$)/
const digits = /^\d{1,15}$/
const chunkSize = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i
/** NUL, CR without LF, LF without CR: where one reader sees a line's end and another does not. */
const ambiguous = /\0|\r(?:[^\n]|$)|[^\r]\n/

/**
 * HTTP/1.1 answers to requests other than HEAD and CONNECT, incremental, at any cut. What is ambiguous
 * is refused, because a guess would let one answer's bytes be read as another's.
 * @see RFC 9112
 */
export class ResponseParser {
  readonly #sink: ResponseSink
  #state: State = 'head'
  /** Of the head or of a line, what came so far. */
  readonly #held = new Held()
  /** What heads have taken so far; later, what trailers have. */
  #spent = 0
  /** Bytes that are still missing of a body or chunk. */
  #missing = 0
  #keepAlive = true

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** Goes on to the answer to the next request, behind one that is done. */
  begin(): void {
    this.#state = 'head'
    this.#spent = 0
    this.#missing = 0
    this.#keepAlive = true
    this.#held.clear()
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

  /** The connection has ended in peace. @returns whether the answer had, too */
  close(): boolean {
    if (this.#state === 'close') this.#finish(false)
    return this.#state === 'done'
  }

  #head(bytes: Buffer, from: number): number {
    const held = this.#held.length
    const fresh = from === 0 ? bytes : bytes.subarray(from)
    const all = held === 0 ? fresh : this.#held.add(fresh)
    const end = all.indexOf(headEnd, Math.max(0, held - headEnd.length + 1))
    const length = end === -1 ? all.length : end + headEnd.length
    if (this.#spent + length > headBytesMax) throw new ResponseFault('its headers are too long')
    if (end === -1) {
      if (held === 0) this.#held.add(all)
      refuseEarly(all, held)
      return bytes.length
    }
    this.#held.clear()
    this.#spent += length
    this.#begin(all, end)
    return from + length - held
  }

  #begin(head: Buffer, end: number): void {
    const text = head.toString('latin1', 0, end)
    const hasLines = isInLines(head, end)
    if (!hasLines && ambiguous.test(text))
      throw new ResponseFault('its headers hold NUL, or a bare CR or LF')
    if (!statusLine.test(text)) throw new ResponseFault('its answer is not HTTP/1.1')
    if (!hasLines) throw new ResponseFault('a line of its headers has no name')
    const status = Number(text.slice(9, 12))
    const headers = new ResponseHeaders(text)
    if (status < 200) {
      if (status === 101) throw new ResponseFault('it switched protocols')
      return // the answer is still to come
    }
    const old = text[7] === '0'
    this.#keepAlive =
      !headers.lists('connection', 'close') && (!old || headers.lists('connection', 'keep-alive'))
    this.#frame(status, headers, old)
    this.#spent = 0
    this.#sink.head(status, headers)
    if (this.#state === 'length' && this.#missing === 0) this.#finish(this.#keepAlive)
  }

  /** How long the body is. */
  #frame(status: number, headers: ResponseHeaders, old: boolean): void {
    const coding = headers.get('transfer-encoding')
    const length = headers.get('content-length')
    if (status === 204 || status === 304) {
      this.#state = 'length'
      this.#missing = 0
    } else if (coding !== null) {
      // HTTP/1.0 has no chunks, so whoever wrote this header may have meant it for somebody else.
      if (old) throw new ResponseFault('it answers in HTTP/1.0 and with a transfer-encoding')
      if (coding.toLowerCase() !== 'chunked')
        throw new ResponseFault('its transfer-encoding is not chunked')
      if (length !== null) throw new ResponseFault('it gives its length in two ways')
      this.#state = 'size'
    } else if (length !== null) {
      if (!digits.test(length)) throw new ResponseFault('its content-length is no number')
      this.#state = 'length'
      this.#missing = Number(length)
    } else this.#state = 'close'
  }

  #counted(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#missing)
    this.#missing -= end - from
    this.#sink.body(bytes.subarray(from, end))
    if (this.#missing === 0) {
      if (this.#state === 'length') this.#finish(this.#keepAlive)
      else this.#state = 'chunk end'
    }
    return end
  }

  #line(bytes: Buffer, from: number): number {
    const plain = this.#held.length === 0 ? this.#plainLine(bytes, from) : from
    if (plain !== from) return plain
    const feed = bytes.indexOf(lineFeed, from)
    const end = feed === -1 ? bytes.length : feed + 1
    const length = this.#held.length + end - from
    if (this.#state === 'chunk end' && length > 2)
      throw new ResponseFault('a chunk is longer than it says')
    if (length > lineBytesMax) throw new ResponseFault('a line of its chunks is too long')
    const part = bytes.subarray(from, end)
    const line = feed !== -1 && this.#held.length === 0 ? part : this.#held.add(part)
    if (feed === -1) return end
    if (line.length < 2 || line[line.length - 2] !== carriageReturn)
      throw new ResponseFault('a line of its chunks ends without CR')
    const text = line.toString('latin1', 0, line.length - 2)
    this.#held.clear()
    this.#take(text)
    return end
  }

  /**
   * What nearly all lines between chunks are, without making a text of them: a stream has two for each
   * event. @returns `from` when it is any other, or not all there
   */
  #plainLine(bytes: Buffer, from: number): number {
    if (this.#state === 'trailer') return from
    let at = from
    let size = 0
    if (this.#state === 'size') {
      for (let digit = hexDigit(bytes[at]); digit !== -1; digit = hexDigit(bytes[at])) {
        size = size * 16 + digit
        at += 1
      }
      if (at === from || at - from > sizeDigitsMax) return from
    }
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return from
    if (this.#state === 'chunk end') this.#state = 'size'
    else this.#begins(size)
    return at + 2
  }

  #begins(size: number): void {
    this.#missing = size
    this.#state = size === 0 ? 'trailer' : 'chunk'
  }

  #take(line: string): void {
    switch (this.#state) {
      case 'size': {
        const size = chunkSize.exec(line)?.[1]
        if (size === undefined) throw new ResponseFault('the size of a chunk is no number')
        this.#begins(Number.parseInt(size, 16))
        return
      }
      case 'chunk end': // an empty line, or it would have been too long
        this.#state = 'size'
        return
      default: // trailers say nothing that is used here
        if (line === '') return this.#finish(this.#keepAlive)
        this.#spent += line.length
        if (this.#spent > trailerBytesMax) throw new ResponseFault('its trailers are too long')
    }
  }

  #finish(reusable: boolean): void {
    this.#state = 'done'
    this.#sink.end(reusable)
  }
}

/** Of the size of a chunk; more could not be told exactly. */
const sizeDigitsMax = 12

/** -1 for what is none. */
function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** RFC 9110, token: a name that is folded or padded could be read in two ways. */
const isOfName: readonly boolean[] = Array.from({ length: 256 }, (_, code) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)),
)
const colon = 0x3a

/**
 * Whether a head consists of lines that each end in one way only, and all behind the first are headers: a
 * name, a colon and the rest. One look at each byte: vendors send heads of a kilobyte and more.
 */
function isInLines(head: Buffer, end: number): boolean {
  let at = lineEndOf(head, 0, end)
  while (at < end) {
    if (head[at] !== carriageReturn || head[at + 1] !== lineFeed) return false
    const name = at + 2
    at = name
    while (at < end && isOfName[head[at]!]!) at += 1
    if (at === name || at === end || head[at] !== colon) return false
    at = lineEndOf(head, at, end)
  }
  return true
}

/** Where a line ends, or what must not be in one. */
function lineEndOf(head: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const code = head[at]!
    if (code <= carriageReturn && (code === carriageReturn || code === lineFeed || code === 0))
      return at
  }
  return end
}

/** What can only get worse is refused while it comes: it might never come to an end. */
function refuseEarly(head: Buffer, seen: number): void {
  const length = Math.min(begin.length, head.length)
  if (head.compare(begin, 0, length, 0, length) !== 0)
    throw new ResponseFault('its answer is not HTTP/1.1')
  for (let at = head.indexOf(lineFeed, seen); at !== -1; at = head.indexOf(lineFeed, at + 1)) {
    if (head[at - 1] !== carriageReturn)
      throw new ResponseFault('its headers hold NUL, or a bare CR or LF')
  }
}

const none: Buffer = Buffer.alloc(0)

/** Bytes that are kept until the rest comes. It grows by doubling, so that a trickle costs no more than a gush. */
class Held {
  #bytes = none
  length = 0

  /** @returns all that is held, until the next `add` */
  add(more: Buffer): Buffer {
    const length = this.length + more.length
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length, 256))
      this.#bytes.copy(grown, 0, 0, this.length)
      this.#bytes = grown
    }
    more.copy(this.#bytes, this.length)
    this.length = length
    return this.#bytes.subarray(0, length)
  }

  clear(): void {
    if (this.length === 0) return
    this.#bytes = none
    this.length = 0
  }
}
