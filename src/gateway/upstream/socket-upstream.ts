import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { GatewayError, providerFailed, providerHungUp } from '../../core/errors.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { Clocks } from './clocks.ts'
import type { Connection, ConnectionOptions, Rider } from './connection.ts'
import { isQuiet, Pool } from './pool.ts'
import { unreachable } from './reach.ts'
import { drainBounded, givenUp, readWhole } from './reading.ts'
import { headersToSend } from './request-head.ts'
import { ResponseFault } from './response-fault.ts'
import type { ResponseHead } from './response-parser.ts'
import { answerBytesMax, type Exchange, type Upstream, type UpstreamRequest } from './upstream.ts'

/** Unread bytes of an answer from which on the provider is asked to wait. */
const unreadBytesMax = 1_048_576
/** What keeping a part costs beside its bytes: a provider may send its answer in chunks of one byte each. */
const partBytes = 256
/**
 * A kept connection that breaks this soon, without a byte, was being closed while the request was on
 * its way, most likely. Later than that the provider failed at it.
 */
const closingMs = 1_000

/**
 * HTTP/1.1 over sockets of our own: all five clocks, the caller's leaving seen at once, no bound on
 * connections (docs/decisions/0012-http-client.md).
 */
export class SocketUpstream implements Upstream {
  readonly #pool: Pool

  constructor(options: ConnectionOptions = {}) {
    this.#pool = new Pool(options)
  }

  /** How many connections wait for a request. */
  get idle(): number {
    return this.#pool.idle
  }

  async open(request: UpstreamRequest): Promise<Exchange> {
    const { url, departure } = request
    departure.throwIfLeft()
    const address = addressOf(url)
    const bytes = requestBytes(request, address)
    const exchange = new SocketExchange(request)
    try {
      let kept = this.#pool.take(address.origin)
      while (kept !== null && !(await isQuiet(kept, departure)))
        kept = this.#pool.take(address.origin)
      if (kept !== null && (await exchange.ride(kept, bytes, true))) return exchange
      const connection = this.#pool.make(address.origin)
      await exchange.connect(connection, address.url)
      await exchange.ride(connection, bytes, false)
      return exchange
    } catch (error) {
      exchange.cancel()
      // Those that were kept beside it are as old.
      if (error instanceof GatewayError && error.code === 'provider_hung_up')
        this.#pool.drop(address.origin)
      throw departure.reason ?? error
    }
  }

  close(): void {
    this.#pool.close()
  }
}

/** What of an address every request needs, read out of its URL once. */
interface Address {
  readonly url: URL
  readonly origin: string
  readonly host: string
  /** 'POST' goes before it: '/v1/chat/completions HTTP/1.1'. */
  readonly target: string
}

/** Models may be part of an address, and callers make up models. */
const addressesMax = 1_000
const addresses = new Map<string, Address>()

function addressOf(text: string): Address {
  const known = addresses.get(text)
  if (known !== undefined) return known
  const url = new URL(text)
  const { origin, host, pathname, search } = url
  const address = { url, origin, host, target: `${pathname}${search} HTTP/1.1` }
  if (addresses.size >= addressesMax) addresses.clear()
  addresses.set(text, address)
  return address
}

function requestBytes(request: UpstreamRequest, { host, target }: Address): Uint8Array {
  const { method = 'POST', body } = request
  const headers = headersToSend(request)
  let head = `${method} ${target}\r\nhost: ${headers['host'] ?? host}\r\n`
  for (const name in headers) if (name !== 'host') head += `${name}: ${headers[name]}\r\n`
  if (method !== 'POST') return Buffer.from(`${head}\r\n`, 'latin1')
  const length = Buffer.byteLength(body)
  head += `content-length: ${length}\r\n\r\n`
  if (typeof body === 'string') {
    const bytes = encoder.encode(head + body)
    // Header values are Latin-1 by the rule, bodies UTF-8: with values of ASCII it is one and the same.
    if (bytes.length === head.length + length) return bytes
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

const encoder = new TextEncoder()

class SocketExchange implements Exchange, Rider {
  status = 0
  headers: HeaderReader = noHeaders
  connectUs: number | null = null
  readonly clocks: Clocks
  readonly #request: UpstreamRequest
  /** Null when it is no longer ours: it may carry somebody else's request. */
  #connection: Connection | null = null
  /** Fails whatever `open` waits for. */
  #giveUp: ((error: Error) => void) | null = null
  #opened: ((answered: boolean) => void) | null = null
  /** When the request went over a connection that was there, monotonic; null on one of its own. */
  #keptSinceMs: number | null = null
  /** Parts of the body that were not read yet. */
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #ended = false
  #cancelled = false
  #closed = false
  #fault: Error | null = null
  #waiting: PromiseWithResolvers<void> | null = null

  constructor(request: UpstreamRequest) {
    this.#request = request
    this.clocks = new Clocks(request.provider, (error) => this.#stop(error))
    this.clocks.start('total', request.limits.total)
  }

  /** @throws provider_timeout, provider_unreachable, or why the call need not go on */
  async connect(connection: Connection, address: URL): Promise<void> {
    const { provider, limits, departure } = this.#request
    departure.throwIfLeft()
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    this.#connection = connection
    this.#giveUp = reject
    this.clocks.start('connect', limits.connect)
    departure.listen((reason) => this.#stop(reason))
    const startedMs = performance.now()
    try {
      await Promise.race([connection.connect(address), stopped])
    } catch (error) {
      // Nothing was sent, so whatever it was, nobody has worked on the request.
      const told = error instanceof GatewayError ? error : unreachable(provider, error)
      told.unsent = true
      throw told
    }
    this.clocks.stop('connect')
    this.connectUs = Math.round((performance.now() - startedMs) * 1_000)
  }

  /** @returns false when a kept connection turned out to be closed, and the request can be sent over another */
  ride(connection: Connection, bytes: Uint8Array, kept: boolean): Promise<boolean> {
    const { limits, departure } = this.#request
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    this.#opened = resolve
    this.#giveUp = reject
    this.#keptSinceMs = kept ? performance.now() : null
    this.#connection = connection
    this.clocks.start('headers', limits.headers)
    this.clocks.start('first_content', limits.firstContent)
    departure.listen((reason) => this.#stop(reason))
    connection.send(bytes, this)
    return promise
  }

  head({ status, headers }: ResponseHead): void {
    this.status = status
    this.headers = headers
    this.clocks.stop('headers')
    this.#opened?.(true)
  }

  body(bytes: Uint8Array): void {
    this.#unread.push(bytes)
    this.#unreadBytes += bytes.length + partBytes
    if (this.#unreadBytes > unreadBytesMax) this.#connection?.pause()
    this.#waiting?.resolve()
  }

  end(): void {
    this.#ended = true
    this.#connection = null
    // The provider has done its part: how long we take to read it is not its fault.
    this.clocks.stopAll()
    this.#waiting?.resolve()
  }

  fail(error: Error, sent: boolean, began: boolean): void {
    const { provider, method = 'POST' } = this.#request
    const sinceMs = this.#keptSinceMs
    const isClosing = sinceMs !== null && !began && performance.now() - sinceMs < closingMs
    this.#connection = null
    // What may have been read is sent again by whoever keeps books of it: it may cost twice.
    if (isClosing && (!sent || method !== 'POST')) {
      this.clocks.stop('headers')
      this.clocks.stop('first_content')
      this.#opened?.(false)
    } else if (isClosing) this.#break(providerHungUp(provider).because(error))
    else {
      const what = error instanceof ResponseFault ? error.message : 'it broke off the connection'
      this.#break(providerFailed(provider, what).because(error))
    }
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#fault !== null) throw this.#fault
      if (this.#cancelled) throw givenUp(this.#request)
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
    const { provider } = this.#request
    const bytes =
      (begun === null ? this.#allAtOnce() : null) ?? (await readWhole(this, provider, begun))
    const encoding = this.headers.get('content-encoding')
    return encoding === null ? bytes : decode(provider, bytes, encoding)
  }

  /** A short answer that came in one read with its head, as most do; null for any other. */
  #allAtOnce(): Uint8Array | null {
    const [bytes, more] = this.#unread
    if (!this.#ended || bytes === undefined || more !== undefined) return null
    this.#unread = []
    this.#close()
    return bytes
  }

  drain(): void {
    this.clocks.stopAll()
    if (this.#ended) {
      this.#unread = []
      return this.#close()
    }
    drainBounded(this)
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#unread = []
    this.#connection?.close()
    this.#connection = null
    this.#close()
    this.#waiting?.resolve()
  }

  /** Ends it from our side, at once: what was not read yet is nobody's. */
  #stop(error: Error): void {
    this.#unread = []
    this.#connection?.close()
    this.#connection = null
    this.#break(error)
  }

  /** It is over, and not as it should be. What came before can still be read. */
  #break(error: Error): void {
    this.#fault ??= error
    this.#close()
    this.#giveUp?.(this.#fault)
    this.#waiting?.resolve()
  }

  #close(): void {
    this.clocks.stopAll()
    // Once: later it may be another exchange of the same call that listens.
    if (!this.#closed) this.#request.departure.listen(null)
    this.#closed = true
  }
}

const noHeaders: HeaderReader = { get: () => null }

const unzip = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/**
 * Asked for as it is, and yet some compress. Not in the way of others: a few kilobytes may hold a thousand
 * times as much. @throws provider_failed
 */
async function decode(provider: string, bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes
  const limit = { maxOutputLength: answerBytesMax }
  try {
    switch (encoding.toLowerCase()) {
      case '':
      case 'identity':
        return bytes
      case 'gzip':
      case 'x-gzip':
        return await unzip.gzip(bytes, limit)
      case 'deflate':
        return await unzip.deflate(bytes, limit)
      case 'br':
        return await unzip.br(bytes, limit)
      default:
        throw new Error(`nobody asked for ${encoding.slice(0, 40)}`)
    }
  } catch (error) {
    throw providerFailed(provider, 'its answer is compressed and broken').because(error)
  }
}

const utf8 = new TextDecoder()
