import { GatewayError, providerFailed } from '../../core/errors.ts'
import { Clocks } from './clocks.ts'
import { proxyFor } from './proxy.ts'
import { answeredLately, markAnswered, reach, unreachable } from './reach.ts'
import { drainBounded, givenUp, readWhole } from './reading.ts'
import { headersToSend } from './request-head.ts'
import { answerBytesMax, type Exchange, type Upstream, type UpstreamRequest } from './upstream.ts'

export const fetchUpstream: Upstream = {
  async open(request) {
    const { provider, url, method = 'POST', body, limits, departure } = request
    departure.throwIfLeft()
    const address = new URL(url)
    const headers = headersToSend(request)
    const nowMs = performance.now()
    const controller = new AbortController()
    const leave = (reason: GatewayError): void => controller.abort(reason)
    departure.listen(leave)
    const clocks = new Clocks(provider, (error) => controller.abort(error))
    clocks.start('total', limits.total)
    const close = (): void => {
      clocks.stopAll()
      // It may be another exchange of the same call that listens by now.
      departure.unlisten(leave)
    }
    try {
      const proxy = proxyFor(address, process.env)
      if (!answeredLately(address.origin, nowMs)) {
        clocks.start('connect', limits.connect)
        // Where there is a proxy, it may be the only one who can reach the provider.
        await reach(provider, proxy ?? address, controller.signal)
        clocks.stop('connect')
      }
      controller.signal.throwIfAborted()
      clocks.start('headers', limits.headers)
      clocks.start('first_content', limits.firstContent)
      const response = await fetch(address, {
        method,
        headers,
        ...(method === 'POST' ? { body } : {}),
        redirect: 'manual',
        signal: controller.signal,
        // Bun's own limit on silence is 5 minutes; the clocks above say what holds.
        timeout: false,
        proxy: proxy?.href ?? false,
      })
      clocks.stop('headers')
      markAnswered(address.origin, nowMs)
      return new FetchExchange(request, response, clocks, controller, close)
    } catch (error) {
      close()
      throw faultOf(provider, error)
    }
  },

  close() {}, // what `fetch` keeps open is its own
}

class FetchExchange implements Exchange {
  readonly status: number
  readonly headers: Headers
  readonly clocks: Clocks
  /** `fetch` does not tell. */
  readonly connectUs = null
  readonly #request: UpstreamRequest
  readonly #response: Response
  /** Made by the first read: an answer that is taken whole needs none. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  readonly #controller: AbortController
  readonly #close: () => void
  #cancelled = false

  constructor(
    request: UpstreamRequest,
    response: Response,
    clocks: Clocks,
    controller: AbortController,
    close: () => void,
  ) {
    this.status = response.status
    this.headers = response.headers
    this.clocks = clocks
    this.#request = request
    this.#response = response
    this.#controller = controller
    this.#close = close
  }

  async read(): Promise<Uint8Array | null> {
    this.#throwIfOver()
    this.#reader ??= (this.#response.body?.getReader() ??
      null) as ReadableStreamDefaultReader<Uint8Array> | null
    if (this.#reader === null) {
      this.#close()
      return null
    }
    this.clocks.start('idle', this.#request.limits.idle)
    try {
      const { done, value } = await this.#reader.read()
      this.#throwIfOver()
      this.clocks.stop('idle')
      if (!done) return value
      this.#close()
      return null
    } catch (error) {
      throw this.#broken(error)
    }
  }

  async text(begun: Uint8Array | null = null): Promise<string> {
    return new TextDecoder().decode(await this.#whole(begun))
  }

  /** `fetch` hands out nothing at once. */
  takeWhole(): null {
    return null
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole(null)
  }

  #whole(begun: Uint8Array | null): Promise<Uint8Array> {
    if (begun === null && this.#canBeTakenWhole()) return this.#wholeAtOnce()
    return readWhole(this, this.#request.provider, begun)
  }

  /** Its length is announced and bearable, and no clock has to be stopped or started between its parts. */
  #canBeTakenWhole(): boolean {
    const length = Number(this.headers.get('content-length') ?? Number.NaN)
    return (
      length <= answerBytesMax &&
      // What was compressed is announced with its length in that form, and comes as long as it likes.
      this.headers.get('content-encoding') === null &&
      this.#request.limits.idle === undefined &&
      !this.clocks.isRunning('first_content')
    )
  }

  async #wholeAtOnce(): Promise<Uint8Array> {
    this.#throwIfOver()
    try {
      const bytes = await this.#response.bytes()
      this.#throwIfOver()
      this.#close()
      return bytes
    } catch (error) {
      throw this.#broken(error)
    }
  }

  drain(): void {
    this.clocks.stopAll()
    void drainBounded(this)
  }

  cancel(): void {
    this.#cancelled = true
    this.#close()
    this.#controller.abort()
    this.#reader?.cancel().catch(() => {})
  }

  /** A reader that was cancelled tells of an end like any other. */
  #throwIfOver(): void {
    if (this.#cancelled) throw givenUp(this.#request)
    this.#controller.signal.throwIfAborted()
  }

  #broken(error: unknown): Error {
    const fault = this.#cancelled ? givenUp(this.#request) : faultOf(this.#request.provider, error)
    this.cancel()
    return fault
  }
}

/** Clocks and callers abort with an error of their own, which comes back as it is. */
function faultOf(provider: string, error: unknown): Error {
  if (error instanceof GatewayError) return error
  const code = (error as { code?: unknown }).code
  switch (code) {
    case 'ECONNRESET':
    case 'ConnectionClosed':
      return providerFailed(provider, 'it broke off the connection').because(error)
    case 'Malformed_HTTP_Response':
    case 'InvalidHTTPResponse':
      return providerFailed(provider, 'its answer is not HTTP').because(error)
    case 'ZlibError':
    case 'BrotliDecompressionError':
    case 'ZstdDecompressionError':
      return providerFailed(provider, 'its answer is compressed and broken').because(error)
    default:
      return unreachable(provider, error)
  }
}
