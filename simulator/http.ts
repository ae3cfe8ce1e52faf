import type { Socket, TCPSocketListener } from 'bun'

/**
 * HTTP/1.1 over bare sockets. The runtime's own server would do but for the faults: it cannot reset a
 * connection in the middle of a body, promise a length it does not keep, or speak unasked.
 */

/** A request as it came. */
export interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case; a header that comes twice is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The same before it was taken for text. */
  readonly bytes: Uint8Array
  readonly keepAlive: boolean
}

/** Answers a request; the connection takes the next one when it resolves. */
export type Handle = (asked: Asked, line: Line) => Promise<void>

const headBytesMax = 64 * 1024
const bodyBytesMax = 128 * 1024 * 1024

export class HttpServer {
  readonly #listener: TCPSocketListener<Line>
  readonly #lines = new Set<Line>()
  #stopping = false

  /** @throws the system's error when the port is taken */
  constructor(hostname: string, port: number, handle: Handle) {
    const lines = this.#lines
    this.#listener = Bun.listen<Line>({
      hostname,
      port,
      socket: {
        binaryType: 'buffer',
        open: (socket) => {
          socket.setNoDelay(true)
          socket.data = new Line(socket, handle, () => this.#stopping)
          lines.add(socket.data)
        },
        data: (socket, bytes) => socket.data.take(bytes),
        drain: (socket) => socket.data.drain(),
        close: (socket) => {
          lines.delete(socket.data)
          socket.data.leave()
        },
        error: (socket) => socket.data.leave(),
      },
    })
  }

  get port(): number {
    return this.#listener.port
  }

  /** Takes nobody new, lets answers end for so long, then cuts them. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#listener.stop()
    const until = performance.now() + graceMs
    const open = () => [...this.#lines].filter((line) => line.busy)
    for (const line of this.#lines) {
      if (!line.busy) line.close()
    }
    while (open().length > 0 && performance.now() < until) await Bun.sleep(5)
    for (const line of this.#lines) line.close()
    this.#listener.stop(true)
  }
}

/** One client's connection: requests in, bytes out. */
export class Line {
  /** A request is being answered. */
  busy = false
  /** The connection is gone, by whoever's hand. */
  closed = false
  /** Nothing that still comes in is listened to. */
  #closing = false
  /** Bytes that were handed over for the present answer. */
  bytesSent = 0
  /** Requests that came in so far. */
  requests = 0
  readonly #socket: Socket<Line>
  readonly #handle: Handle
  readonly #stopping: () => boolean
  #inbox: Buffer[] = []
  #inboxBytes = 0
  /** Bytes of the inbox that the request at hand needs; 0 while its head is incomplete. */
  #needed = 0
  #continued = false
  #outbox: Uint8Array[] = []
  #sleepers = new Set<() => void>()

  constructor(socket: Socket<Line>, handle: Handle, stopping: () => boolean) {
    this.#socket = socket
    this.#handle = handle
    this.#stopping = stopping
  }

  take(bytes: Buffer): void {
    if (this.#closing) return
    // The runtime may use the memory of `bytes` again after this turn.
    this.#inbox.push(Buffer.from(bytes))
    this.#inboxBytes += bytes.length
    if (this.#inboxBytes > headBytesMax + bodyBytesMax) this.reset()
    else if (!this.busy && this.#inboxBytes >= this.#needed) {
      void this.#serve().catch(() => this.reset())
    }
  }

  /** True when the kernel took all of it; false when the rest waits for the client to read. */
  write(data: string | Uint8Array): boolean {
    if (this.closed) return false
    const size = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    this.bytesSent += size
    if (this.#outbox.length > 0) {
      this.#outbox.push(typeof data === 'string' ? Buffer.from(data) : data)
      return false
    }
    const sent = Math.max(0, this.#socket.write(data))
    if (sent >= size) return true
    this.#outbox.push((typeof data === 'string' ? Buffer.from(data) : data).subarray(sent))
    return false
  }

  drain(): void {
    while (this.#outbox[0]) {
      const [first] = this.#outbox
      const sent = Math.max(0, this.#socket.write(first))
      if (sent < first.length) {
        this.#outbox[0] = first.subarray(sent)
        return
      }
      this.#outbox.shift()
    }
    this.#wake()
  }

  /** Resolves when all that was written is with the kernel, or the connection is gone. */
  async drained(): Promise<void> {
    while (this.#outbox.length > 0 && !this.closed) await this.#sleep(null)
  }

  /** Resolves after `ms`, or as soon as the connection is gone. */
  async wait(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.closed) {
      const left = until - performance.now()
      if (left <= 0) return
      await this.#sleep(left)
    }
  }

  /** Resolves when the connection is gone. */
  async gone(): Promise<void> {
    while (!this.closed) await this.#sleep(null)
  }

  /** Closes in order: what was written still arrives. */
  close(): void {
    this.#closing = true
    if (this.#outbox.length === 0) this.#socket.end()
    else void this.drained().then(() => this.#socket.end())
  }

  /** Breaks the connection off with a reset. */
  reset(): void {
    this.#closing = true
    this.#socket.terminate()
  }

  leave(): void {
    this.closed = true
    this.#outbox = []
    this.#inbox = []
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake()
  }

  #sleep(ms: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = ms === null ? null : setTimeout(resolve, ms)
    this.#sleepers.add(resolve)
    return promise.finally(() => {
      if (timer) clearTimeout(timer)
      this.#sleepers.delete(resolve)
    })
  }

  async #serve(): Promise<void> {
    this.busy = true
    while (!this.closed && !this.#closing) {
      const asked = this.#next()
      if (!asked) break
      if (asked instanceof BadRequest) {
        const text = `${asked.message}\n`
        this.write(
          `HTTP/1.1 ${asked.status} Bad Request\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
        )
        this.close()
        break
      }
      this.bytesSent = 0
      this.requests += 1
      await this.#handle(asked, this)
      if (!asked.keepAlive || this.#stopping()) {
        this.close()
        break
      }
    }
    this.busy = false
  }

  /** The next whole request; null while it is still coming. */
  #next(): Asked | BadRequest | null {
    if (this.#inboxBytes === 0 || this.#inboxBytes < this.#needed) return null
    const bytes = this.#inbox.length === 1 ? this.#inbox[0]! : Buffer.concat(this.#inbox)
    this.#inbox = [bytes]
    const headEnd = bytes.indexOf('\r\n\r\n')
    if (headEnd < 0) {
      return bytes.length > headBytesMax ? new BadRequest(431, 'The head is too long.') : null
    }
    const head = readHead(bytes.toString('latin1', 0, headEnd))
    if (head instanceof BadRequest) return head
    const body = readBody(bytes, headEnd + 4, head.headers)
    if (body instanceof BadRequest) return body
    if ('needed' in body) {
      this.#needed = body.needed
      if (head.headers.expect === '100-continue' && !this.#continued) {
        this.#continued = true
        this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      }
      return null
    }
    const rest = bytes.subarray(body.end)
    this.#inbox = rest.length > 0 ? [rest] : []
    this.#inboxBytes = rest.length
    this.#needed = 0
    this.#continued = false
    return { ...head, body: utf8.decode(body.bytes), bytes: body.bytes }
  }
}

class BadRequest {
  readonly status: number
  readonly message: string

  constructor(status: number, message: string) {
    this.status = status
    this.message = message
  }
}

/** A byte order mark is kept: the history tells what came. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const hasControl = /[\u0000-\u0008\u000a-\u001f\u007f]/
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/

function readHead(text: string): Omit<Asked, 'body' | 'bytes'> | BadRequest {
  const [first = '', ...lines] = text.split('\r\n')
  const [, method, target, version] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? []
  if (!method || !target) return new BadRequest(400, 'The request line is malformed.')
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, '')
    if (colon < 1 || !headerName.test(name) || hasControl.test(value)) {
      return new BadRequest(400, 'A header is malformed.')
    }
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  if (headers.host?.includes(',')) return new BadRequest(400, 'There are two hosts.')
  const [path = '', query = ''] = target.split('?', 2)
  const connection = headers.connection?.toLowerCase() ?? ''
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    keepAlive: version === '1' ? !connection.includes('close') : connection.includes('keep-alive'),
  }
}

/** The body from `start`, or how many bytes there must be before it is worth looking again. */
function readBody(
  bytes: Buffer,
  start: number,
  headers: Readonly<Record<string, string>>,
): { bytes: Uint8Array; end: number } | { needed: number } | BadRequest {
  const { 'transfer-encoding': coding, 'content-length': text = '0' } = headers
  if (coding !== undefined) {
    // Both at once, or any other coding, is how requests are smuggled.
    return coding.toLowerCase() === 'chunked' && !('content-length' in headers)
      ? readChunks(bytes, start)
      : new BadRequest(400, 'The framing is ambiguous.')
  }
  if (!/^\d{1,10}$/.test(text)) return new BadRequest(400, 'The content length is malformed.')
  const end = start + Number(text)
  if (end - start > bodyBytesMax) return new BadRequest(413, 'The body is too long.')
  return bytes.length < end ? { needed: end } : { bytes: bytes.subarray(start, end), end }
}

function readChunks(
  bytes: Buffer,
  start: number,
): { bytes: Uint8Array; end: number } | { needed: number } | BadRequest {
  const chunks: Buffer[] = []
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return { needed: bytes.length + 1 }
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(bytes.toString('latin1', at, lineEnd))?.[1]
    if (!size) return new BadRequest(400, 'A chunk is malformed.')
    const from = lineEnd + 2
    const to = from + Number.parseInt(size, 16)
    if (to - start > bodyBytesMax) return new BadRequest(413, 'The body is too long.')
    if (bytes.length < to + 2) return { needed: to + 2 }
    if (to === from) return { bytes: Buffer.concat(chunks), end: to + 2 }
    chunks.push(bytes.subarray(from, to))
    at = to + 2
  }
}
