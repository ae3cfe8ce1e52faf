import { gunzipSync, inflateSync, brotliDecompressSync } from 'node:zlib'
import { GatewayError, providerFailed, providerTimeout } from '../../core/errors.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { Clocks, durationText } from './clocks.ts'
import type { Connection, Rider } from './connection.ts'
import { Pool } from './pool.ts'
import { unreachable } from './reach.ts'
import type { ResponseHead } from './response-parser.ts'
import {
  answerBytesMax,
  blank,
  drainBytesMax,
  drainMs,
  type Exchange,
  type Upstream,
  type UpstreamRequest,
} from './upstream.ts'

/** Unread bytes of an answer from which on the provider is asked to wait. */
const unreadBytesMax = 1_048_576
/**
 * A kept connection that breaks this soon, without a byte, was being closed while the request was on
 * its way. Later than that the provider may have worked on it, and to ask again could cost twice.
 */
const closingMs = 1_000

/**
 * HTTP/1.1 over sockets of our own: all five clocks, the caller's leaving seen at once, no bound on
 * connections, and a third less work a call than `fetch` (docs/decisions/0012-http-client.md).
 */
export class SocketUpstream implements Upstream {
  readonly #pool = new Pool()

  async open(request: UpstreamRequest): Promise<Exchange> {
    const { provider, url, departure } = request
    departure.throwIfLeft()
    const address = new URL(url)
    const bytes = requestBytes(request, address)
    const exchange = new SocketExchange(request)
    try {
      const kept = this.#pool.take(address.origin)
      if (kept !== null && (await exchange.ride(kept, bytes, true))) return exchange
      const connection = this.#pool.make(address.origin)
      await exchange.connect(connection, address)
      await exchange.ride(connection, bytes, false)
      return exchange
    } catch (error) {
      exchange.cancel()
      throw departure.reason ?? asGatewayError(provider, error)
    }
  }

  close(): void {
    this.#pool.close()
  }
}

function requestBytes(
  { method = 'POST', headers, body }: UpstreamRequest,
  address: URL,
): Uint8Array {
  let head = `${method} ${address.pathname}${address.search} HTTP/1.1\r\nhost: ${address.host}\r\n`
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`
  head += `accept-encoding: identity\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  // Header values are Latin-1 by the rule, bodies UTF-8.
  if (typeof body === 'string' && isAscii(head)) return Buffer.from(head + body)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

class SocketExchange implements Exchange, Rider {
  status = 0
  headers: HeaderReader = { get: () => null }
  connectUs: number | null = null
  readonly clocks: Clocks
  readonly #request: UpstreamRequest
  #connection: Connection | null = null
  #opened: PromiseWithResolvers<boolean> | null = null
  /** When the request went over a connection that was there, monotonic; null on one of its own. */
  #keptSinceMs: number | null = null
  /** Parts of the body that were not read yet. */
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #ended = false
  #fault: Error | null = null
  #waiting: PromiseWithResolvers<void> | null = null

  constructor(request: UpstreamRequest) {
    this.#request = request
    this.clocks = new Clocks(request.provider, (error) => this.#stop(error))
    this.clocks.start('total', request.limits.total)
  }

  /** @throws provider_timeout, or the system's error */
  async connect(connection: Connection, address: URL): Promise<void> {
    const { provider, limits, departure } = this.#request
    this.#connection = connection
    const startedMs = performance.now()
    const limitMs = Math.min(limits.connect, limits.total)
    const stopped = Promise.withResolvers<never>()
    const limit = setTimeout(
      () => stopped.reject(providerTimeout(provider, 'the connection', durationText(limitMs))),
      limitMs,
    )
    departure.listen(stopped.reject)
    try {
      await Promise.race([connection.connect(address), stopped.promise])
    } finally {
      clearTimeout(limit)
      departure.listen(null)
    }
    this.connectUs = Math.round((performance.now() - startedMs) * 1_000)
  }

  /** @returns false when a kept connection turned out to be closed, so that nobody read the request */
  ride(connection: Connection, bytes: Uint8Array, kept: boolean): Promise<boolean> {
    const { limits, departure } = this.#request
    this.#opened = Promise.withResolvers()
    this.#keptSinceMs = kept ? performance.now() : null
    this.#connection = connection
    this.clocks.start('headers', limits.headers)
    this.clocks.start('first_content', limits.firstContent)
    departure.listen((reason) => this.#stop(reason))
    connection.send(bytes, this)
    return this.#opened.promise
  }

  head({ status, headers }: ResponseHead): void {
    this.status = status
    this.headers = headers
    this.clocks.stop('headers')
    this.#opened?.resolve(true)
  }

  body(bytes: Uint8Array): void {
    this.#unread.push(bytes)
    this.#unreadBytes += bytes.length
    if (this.#unreadBytes > unreadBytesMax) this.#connection?.pause()
    this.#waiting?.resolve()
  }

  end(): void {
    this.#ended = true
    this.#waiting?.resolve()
  }

  fail(error: Error, began: boolean): void {
    const sinceMs = this.#keptSinceMs
    if (sinceMs !== null && !began && performance.now() - sinceMs < closingMs) {
      this.#opened?.resolve(false)
    } else this.#stop(asGatewayError(this.#request.provider, error))
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#fault !== null) throw this.#fault
      if (this.#ended) {
        this.#close()
        return null
      }
      this.clocks.start('idle', this.#request.limits.idle)
      this.#waiting = Promise.withResolvers()
      await this.#waiting.promise
      this.#waiting = null
      this.clocks.stop('idle')
    }
    const unread = this.#unread
    this.#unread = []
    this.#unreadBytes = 0
    this.#connection?.resume()
    return unread.length === 1 ? unread[0]! : Buffer.concat(unread)
  }

  async text(begun: Uint8Array | null = null): Promise<string> {
    return utf8.decode(await this.#whole(begun))
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole(null)
  }

  async #whole(begun: Uint8Array | null): Promise<Uint8Array> {
    const parts: Uint8Array[] = begun === null ? [] : [begun]
    let length = begun?.length ?? 0
    for (let part = await this.read(); part !== null; part = await this.read()) {
      if (this.clocks.isRunning('first_content') && part.some((byte) => byte > blank)) {
        this.clocks.stop('first_content')
      }
      parts.push(part)
      length += part.length
      if (length > answerBytesMax) {
        this.cancel()
        throw providerFailed(
          this.#request.provider,
          `its answer is longer than ${answerBytesMax / 1_000_000} MB`,
        )
      }
    }
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    return decode(this.#request.provider, bytes, this.headers.get('content-encoding'))
  }

  drain(): void {
    this.clocks.stopAll()
    if (this.#ended) {
      this.#unread = []
      return this.#close()
    }
    const limit = setTimeout(() => this.cancel(), drainMs)
    const read = async (): Promise<void> => {
      try {
        for (let bytes = 0; bytes < drainBytesMax;) {
          const part = await this.read()
          if (part === null) return
          bytes += part.length
        }
        this.cancel()
      } catch {
        // The answer was whole before this.
      }
    }
    void read().finally(() => clearTimeout(limit))
  }

  cancel(): void {
    this.#close()
    if (!this.#ended) this.#connection?.close()
    this.#ended = true
    this.#waiting?.resolve()
  }

  #stop(error: Error): void {
    this.#fault ??= error
    this.#close()
    if (!this.#ended) this.#connection?.close()
    this.#opened?.reject(this.#fault)
    this.#waiting?.resolve()
  }

  #close(): void {
    this.clocks.stopAll()
    this.#request.departure.listen(null)
  }
}

/** Asked for as it is, and yet some compress. @throws provider_failed */
function decode(provider: string, bytes: Uint8Array, encoding: string | null): Uint8Array {
  if (encoding === null || encoding === '' || encoding === 'identity') return bytes
  const limit = { maxOutputLength: answerBytesMax }
  try {
    switch (encoding.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, limit)
      case 'deflate':
        return inflateSync(bytes, limit)
      case 'br':
        return brotliDecompressSync(bytes, limit)
      default:
        throw new Error(`nobody asked for ${encoding.slice(0, 40)}`)
    }
  } catch (error) {
    throw providerFailed(provider, 'its answer is compressed and broken').because(error)
  }
}

const utf8 = new TextDecoder()

function asGatewayError(provider: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof Error && error.name === 'ResponseFault') {
    return providerFailed(provider, error.message).because(error)
  }
  const code = (error as { code?: unknown }).code
  if (code === undefined || code === 'ECONNRESET' || code === 'EPIPE') {
    return providerFailed(
      provider,
      (error as Error).message || 'it broke off the connection',
    ).because(error)
  }
  return unreachable(provider, error)
}
