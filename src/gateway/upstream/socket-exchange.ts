import type { Listener } from '../../core/departure.ts'
import { type GatewayError, providerFailed, providerHungUp } from '../../core/errors.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { Clocks, type Limited } from './clocks.ts'
import type { Connection, Rider } from './connection.ts'
import { decode } from './decode.ts'
import type { Pool } from './pool.ts'
import { unreachable } from './reach.ts'
import { drainBounded, givenUp, readWhole } from './reading.ts'
import type { Address } from './request-bytes.ts'
import { ResponseFault } from './response-fault.ts'
import type { Waiting } from './turns.ts'
import type { Exchange, UpstreamRequest } from './upstream.ts'

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
 * One request and its answer, over a connection that was kept or over one of its own. It listens to the
 * connection, the clocks and the caller itself: what would be made for each call to do so was a good part of
 * what a call costs.
 */
export class SocketExchange implements Exchange, Rider, Limited, Listener, Waiting {
  status = 0
  headers: HeaderReader = noHeaders
  connectUs: number | null = null
  readonly clocks: Clocks
  readonly #request: UpstreamRequest
  readonly #pool: Pool
  readonly #address: Address
  /** The request as it goes out; null once it is answered or given up. */
  #bytes: Uint8Array | string | null
  /** Who waits for the head of the answer; null once it came or never will. */
  #opening: PromiseWithResolvers<Exchange> | null = null
  /** Null when it is no longer ours: it may carry somebody else's request. */
  #connection: Connection | null = null
  /** Something of the request may have left. */
  #isSent = false
  /** When the request went over a connection that was there, monotonic; null on one of its own. */
  #keptSinceMs: number | null = null
  /** Parts of the body that were not read yet: most reads take one. */
  #unread: Uint8Array | null = null
  #unreadMore: Uint8Array[] | null = null
  #unreadBytes = 0
  #ended = false
  #cancelled = false
  #fault: Error | null = null
  #reading: PromiseWithResolvers<Uint8Array | null> | null = null

  constructor(request: UpstreamRequest, pool: Pool, address: Address, bytes: Uint8Array | string) {
    this.#request = request
    this.#pool = pool
    this.#address = address
    this.#bytes = bytes
    this.clocks = new Clocks(request.provider, this)
    this.clocks.start('total', request.limits.total)
  }

  /** Sends the request. @returns when the headers came; once. @see Upstream.open */
  opened(): Promise<Exchange> {
    const opening = Promise.withResolvers<Exchange>()
    this.#opening = opening
    this.#takeKept()
    return opening.promise
  }

  #takeKept(): void {
    this.#connection = this.#pool.take(this.#address.origin)
    if (this.#connection === null) void this.#connect()
    else this.#pool.turns.wait(this)
  }

  looked(): void {
    // The clock of the whole was quicker.
    if (this.#opening === null) return
    const { reason } = this.#request.departure
    if (reason !== null) return this.#break(reason)
    const kept = this.#connection!
    try {
      if (!kept.usable) return this.#takeKept()
      this.#request.departure.listen(this)
      this.#send(kept, performance.now())
    } catch (error) {
      this.#break(error as Error)
    }
  }

  async #connect(): Promise<void> {
    const { provider, limits, departure } = this.#request
    if (departure.reason !== null) return this.#break(departure.reason)
    const connection = this.#pool.make(this.#address.origin)
    this.#connection = connection
    this.clocks.start('connect', limits.connect)
    departure.listen(this)
    const startedMs = performance.now()
    try {
      await connection.connect(this.#address.url)
    } catch (error) {
      return this.#break(unreachable(provider, error))
    }
    if (this.#opening === null) return connection.close()
    this.clocks.stop('connect')
    this.connectUs = Math.round((performance.now() - startedMs) * 1_000)
    try {
      this.#send(connection, null)
    } catch (error) {
      this.#break(error as Error)
    }
  }

  #send(connection: Connection, keptSinceMs: number | null): void {
    const { limits } = this.#request
    this.#keptSinceMs = keptSinceMs
    this.#isSent = true
    this.clocks.start('headers', limits.headers)
    this.clocks.start('first_content', limits.firstContent)
    connection.send(this.#bytes!, this)
  }

  head(status: number, headers: HeaderReader): void {
    this.status = status
    this.headers = headers
    this.clocks.stop('headers')
    this.#bytes = null
    this.#opening?.resolve(this)
    this.#opening = null
  }

  body(bytes: Uint8Array): void {
    if (this.#unread === null) this.#unread = bytes
    else if (this.#unreadMore === null) this.#unreadMore = [bytes]
    else this.#unreadMore.push(bytes)
    this.#unreadBytes += bytes.length + partBytes
    if (this.#unreadBytes > unreadBytesMax) this.#connection?.pause()
  }

  told(): void {
    if (this.#unread !== null) this.#answerReader()
  }

  end(): void {
    this.#ended = true
    this.#connection = null
    // The provider has done its part: how long we take to read it is not its fault.
    this.clocks.stopAll()
    this.#answerReader()
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
      this.#isSent = sent
      void this.#connect()
    } else if (isClosing) {
      // Those that were kept beside it are as old.
      this.#pool.drop(this.#address.origin)
      this.#break(providerHungUp(provider).because(error))
    } else {
      const what = error instanceof ResponseFault ? error.message : 'it broke off the connection'
      this.#break(providerFailed(provider, what).because(error))
    }
  }

  read(): Promise<Uint8Array | null> {
    if (this.#unread === null && !this.#isOver()) {
      this.clocks.start('idle', this.#request.limits.idle)
      this.#reading = Promise.withResolvers()
      return this.#reading.promise
    }
    try {
      return Promise.resolve(this.#next())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  text(begun: Uint8Array | null = null): Promise<string> {
    const whole = begun === null ? this.takeWhole() : null
    return whole === null ? this.#textBehind(begun) : Promise.resolve(whole)
  }

  takeWhole(): string | null {
    if (this.headers.get('content-encoding') !== null) return null
    const bytes = this.#allAtOnce()
    return bytes === null ? null : utf8.decode(bytes)
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole(null)
  }

  async #textBehind(begun: Uint8Array | null): Promise<string> {
    return utf8.decode(await this.#whole(begun))
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
    if (!this.#ended || this.#unread === null) return null
    const bytes = this.#takeUnread()
    this.#close()
    return bytes
  }

  drain(): void {
    this.clocks.stopAll()
    if (!this.#ended) return void drainBounded(this)
    this.#forgetUnread()
    this.#close()
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#letGo()
    this.#close()
    this.#answerReader()
  }

  struck(error: Error): void {
    this.#stop(error)
  }

  left(reason: GatewayError): void {
    this.#stop(reason)
  }

  /** Ends it from our side, at once: what was not read yet is nobody's. */
  #stop(error: Error): void {
    this.#letGo()
    this.#break(error)
  }

  /** It is over, and not as it should be. What came before can still be read. */
  #break(error: Error): void {
    this.#fault ??= error
    this.#close()
    this.#answerReader()
    const opening = this.#opening
    if (opening === null) return
    if (!this.#isSent && this.#request.note) this.#request.note.unsent = true
    this.#opening = null
    this.cancel()
    opening.reject(this.#request.departure.reason ?? this.#fault)
  }

  #letGo(): void {
    this.#forgetUnread()
    this.#connection?.close()
    this.#connection = null
    this.#bytes = null
  }

  #close(): void {
    this.clocks.stopAll()
    // It may be another exchange of the same call that listens by now.
    this.#request.departure.unlisten(this)
  }

  #isOver(): boolean {
    return this.#ended || this.#cancelled || this.#fault !== null
  }

  /** Gives what is there, or the end, to whoever waits for it. */
  #answerReader(): void {
    const reading = this.#reading
    if (reading === null) return
    this.#reading = null
    this.clocks.stop('idle')
    try {
      reading.resolve(this.#next())
    } catch (error) {
      reading.reject(error)
    }
  }

  /** What was not read yet; null at the end. @throws as `read` does */
  #next(): Uint8Array | null {
    if (this.#unread !== null) {
      const bytes = this.#takeUnread()
      this.#connection?.resume()
      return bytes
    }
    if (this.#fault !== null) throw this.#fault
    if (this.#cancelled) throw givenUp(this.#request)
    this.#close()
    return null
  }

  #takeUnread(): Uint8Array {
    const first = this.#unread!
    const more = this.#unreadMore
    this.#forgetUnread()
    return more === null ? first : Buffer.concat([first, ...more])
  }

  #forgetUnread(): void {
    this.#unread = null
    this.#unreadMore = null
    this.#unreadBytes = 0
  }
}

const noHeaders: HeaderReader = { get: () => null }
const utf8 = new TextDecoder()
