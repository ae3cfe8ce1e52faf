import { crc32 } from 'node:zlib'
import type { EventParser, SseBlock, SseEvent } from './sse.ts'

/**
 * Amazon's event stream, incremental, at any cut: frames of a prelude (length of the frame, length of
 * its headers, checksum of the two), headers with types, a payload, and a checksum of it all.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html (read 2026-11-22)
 */
export interface Frame {
  readonly headers: FrameHeaders
  readonly payload: Uint8Array
}

export type FrameHeaders = ReadonlyMap<string, FrameHeader>

export type FrameHeader =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'string'; readonly value: string }
  /** Milliseconds since 1970. */
  | { readonly type: 'timestamp'; readonly value: bigint }
  /** 32 hex digits. */
  | { readonly type: 'uuid'; readonly value: string }

/** The longest payload that the format allows is 24 MB, the longest headers 128 kB. */
const frameBytesMax = 24 * 1_048_576 + 131_072 + 16
const headersBytesMax = 131_072
const preludeBytes = 12
const checksumBytes = 4

/** The name under which an exception of a stream is handed on, and a frame that cannot be read. */
export const exceptionEvent = ':exception'
export const brokenEvent = ':broken'

/**
 * Cuts frames out of bytes. Behind a frame that cannot be read nothing can be found again: it is told
 * of as an event of its own, so that what came before it is kept, and nothing follows.
 */
export class AwsEventStreamParser implements EventParser {
  #buffer: Uint8Array = new Uint8Array(0)
  #length = 0
  #broken = false

  feed(chunk: Uint8Array): SseBlock[] {
    if (this.#broken) return []
    this.#append(chunk)
    const blocks: SseBlock[] = []
    let from = 0
    try {
      for (;;) {
        const length = frameLength(this.#buffer, from, this.#length)
        if (length === null || from + length > this.#length) break
        const raw = this.#buffer.subarray(from, from + length)
        blocks.push({ raw, event: eventOf(readFrame(raw)) })
        from += length
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#broken = true
      const raw = this.#buffer.subarray(from, this.#length)
      blocks.push({ raw, event: { event: brokenEvent, data: error.message, id: null } })
      from = this.#length
    }
    this.#keep(from)
    return blocks
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#buffer.length) {
      // Frames that were handed out still look into the old buffer: grow into a new one.
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = length
  }

  #keep(from: number): void {
    if (from === 0) return
    this.#buffer = this.#buffer.slice(from, this.#length)
    this.#length -= from
  }
}

/**
 * Length of the frame that begins here; null while its prelude is not whole. A length is believed
 * once its checksum was right, so that noise is never waited for.
 * @throws RangeError
 */
function frameLength(bytes: Uint8Array, from: number, end: number): number | null {
  if (end - from < preludeBytes) return null
  const view = viewOf(bytes, from)
  const length = view.getUint32(0)
  const headersLength = view.getUint32(4)
  if (crc32(bytes.subarray(from, from + 8)) !== view.getUint32(8))
    throw new RangeError('the checksum of a frame does not fit its length')
  if (length > frameBytesMax || headersLength > headersBytesMax)
    throw new RangeError(`a frame is longer than the format allows: ${length} bytes`)
  if (length < preludeBytes + headersLength + checksumBytes)
    throw new RangeError('a frame is shorter than its headers')
  return length
}

/** One whole frame. @throws RangeError */
export function readFrame(bytes: Uint8Array): Frame {
  const length = frameLength(bytes, 0, bytes.length)
  if (length !== bytes.length) throw new RangeError('a frame has another length than it says')
  const view = viewOf(bytes, 0)
  const end = length - checksumBytes
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end))
    throw new RangeError('the checksum of a frame does not fit its content')
  const payloadStart = preludeBytes + view.getUint32(4)
  return {
    headers: readHeaders(bytes.subarray(preludeBytes, payloadStart)),
    payload: bytes.subarray(payloadStart, end),
  }
}

const utf8 = new TextDecoder()

function readHeaders(bytes: Uint8Array): FrameHeaders {
  const headers = new Map<string, FrameHeader>()
  const view = viewOf(bytes, 0)
  let at = 0
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('a header of a frame is cut off')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const name = utf8.decode(take(take(1)[0]!))
    const [type] = take(1)
    const start = at
    headers.set(name, readHeader(type!, start, view, take))
  }
  return headers
}

function readHeader(
  type: number,
  start: number,
  view: DataView,
  take: (length: number) => Uint8Array,
): FrameHeader {
  switch (type) {
    case 0:
    case 1:
      return { type: 'boolean', value: type === 0 }
    case 2:
      take(1)
      return { type: 'byte', value: view.getInt8(start) }
    case 3:
      take(2)
      return { type: 'short', value: view.getInt16(start) }
    case 4:
      take(4)
      return { type: 'integer', value: view.getInt32(start) }
    case 5:
      take(8)
      return { type: 'long', value: view.getBigInt64(start) }
    case 6: {
      take(2)
      return { type: 'bytes', value: take(view.getUint16(start)) }
    }
    case 7:
      take(2)
      return { type: 'string', value: utf8.decode(take(view.getUint16(start))) }
    case 8:
      take(8)
      return { type: 'timestamp', value: view.getBigInt64(start) }
    case 9:
      return { type: 'uuid', value: Buffer.from(take(16)).toString('hex') }
    default:
      throw new RangeError(`a header of a frame has the type ${type}, which there is not`)
  }
}

/**
 * A frame as an event: its type for a name, its payload for data. Exceptions and errors, which are
 * told in headers, become JSON with the type beside the message.
 */
function eventOf({ headers, payload }: Frame): SseEvent | null {
  const said = (name: string): string | null => {
    const header = headers.get(name)
    return header?.type === 'string' ? header.value : null
  }
  const data = utf8.decode(payload)
  switch (said(':message-type')) {
    case 'exception':
      return exception(said(':exception-type'), messageIn(data))
    case 'error':
      return exception(said(':error-code'), said(':error-message') ?? messageIn(data))
    default: {
      const type = said(':event-type')
      return type === null ? null : { event: type, data, id: null }
    }
  }
}

function exception(type: string | null, message: string): SseEvent {
  return { event: exceptionEvent, data: JSON.stringify({ __type: type, message }), id: null }
}

function messageIn(text: string): string {
  try {
    const { message, Message } = JSON.parse(text) as Record<string, unknown>
    const words = message ?? Message
    if (typeof words === 'string') return words
  } catch {
    // No JSON: what was said is all there is.
  }
  return text
}

/** @throws RangeError for what the format has no room for */
export function writeFrame({ headers, payload }: Frame): Uint8Array {
  const head = Buffer.concat([...headers].flatMap(([name, header]) => headerBytes(name, header)))
  const length = preludeBytes + head.length + payload.length + checksumBytes
  if (head.length > headersBytesMax || length > frameBytesMax)
    throw new RangeError(`a frame of ${length} bytes is longer than the format allows`)
  const bytes = new Uint8Array(length)
  const view = viewOf(bytes, 0)
  view.setUint32(0, length)
  view.setUint32(4, head.length)
  view.setUint32(8, crc32(bytes.subarray(0, 8)))
  bytes.set(head, preludeBytes)
  bytes.set(payload, preludeBytes + head.length)
  view.setUint32(length - checksumBytes, crc32(bytes.subarray(0, length - checksumBytes)))
  return bytes
}

function headerBytes(name: string, header: FrameHeader): Uint8Array[] {
  const label = Buffer.from(name)
  if (label.length === 0 || label.length > 255)
    throw new RangeError('the name of a header takes 1 to 255 bytes')
  const named = (type: number): Uint8Array[] => [Buffer.of(label.length), label, Buffer.of(type)]
  const sized = (type: number, bytes: Uint8Array): Uint8Array[] => {
    if (bytes.length > 32_767) throw new RangeError('a header holds at most 32767 bytes')
    return [...named(type), Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]
  }
  const number = (type: number, size: number, write: (view: DataView) => void): Uint8Array[] => {
    const bytes = new Uint8Array(size)
    write(viewOf(bytes, 0))
    return [...named(type), bytes]
  }
  switch (header.type) {
    case 'boolean':
      return named(header.value ? 0 : 1)
    case 'byte':
      return number(2, 1, (view) => view.setInt8(0, header.value))
    case 'short':
      return number(3, 2, (view) => view.setInt16(0, header.value))
    case 'integer':
      return number(4, 4, (view) => view.setInt32(0, header.value))
    case 'long':
      return number(5, 8, (view) => view.setBigInt64(0, header.value))
    case 'bytes':
      return sized(6, header.value)
    case 'string':
      return sized(7, Buffer.from(header.value))
    case 'timestamp':
      return number(8, 8, (view) => view.setBigInt64(0, header.value))
    case 'uuid':
      return [...named(9), Buffer.from(header.value, 'hex')]
  }
}

/** An event with a JSON payload. */
export function jsonFrame(type: string, value: unknown): Uint8Array {
  return textFrame({ ':event-type': type, ':message-type': 'event' }, value)
}

/** The exception that ends a stream. */
export function exceptionFrame(type: string, value: unknown): Uint8Array {
  return textFrame({ ':exception-type': type, ':message-type': 'exception' }, value)
}

function textFrame(names: Readonly<Record<string, string>>, value: unknown): Uint8Array {
  const all = { ...names, ':content-type': 'application/json' }
  const headers = new Map(
    Object.entries(all).map(([name, text]) => [name, { type: 'string', value: text } as const]),
  )
  return writeFrame({ headers, payload: Buffer.from(JSON.stringify(value)) })
}

function viewOf(bytes: Uint8Array, from: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + from, bytes.length - from)
}
