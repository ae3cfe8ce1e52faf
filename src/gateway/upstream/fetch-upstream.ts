import { GatewayError, providerFailed } from '../../core/errors.ts'
import { Clocks } from './clocks.ts'
import { markAnswered, reach, unreachable } from './reach.ts'
import {
  answerBytesMax,
  blank,
  drainBytesMax,
  drainMs,
  type Exchange,
  type Upstream,
} from './upstream.ts'

export const fetchUpstream: Upstream = {
  async open(request) {
    const { provider, url, method = 'POST', headers, limits, departure } = request
    departure.throwIfLeft()
    const address = new URL(url)
    const nowMs = performance.now()
    const controller = new AbortController()
    departure.listen((reason) => controller.abort(reason))
    const clocks = new Clocks(provider, (error) => controller.abort(error))
    clocks.start('total', limits.total)
    const close = (): void => {
      clocks.stopAll()
      departure.listen(null)
    }
    try {
      await reach(provider, address, Math.min(limits.connect, limits.total), nowMs)
      controller.signal.throwIfAborted()
      clocks.start('headers', limits.headers)
      clocks.start('first_content', limits.firstContent)
      const response = await fetch(address, {
        method,
        headers: { ...headers, 'accept-encoding': 'identity' },
        ...(method === 'POST' ? { body: request.body } : {}),
        redirect: 'manual',
        signal: controller.signal,
      })
      clocks.stop('headers')
      markAnswered(address.origin, nowMs)
      return new FetchExchange(provider, response, clocks, limits.idle, controller, close)
    } catch (error) {
      close()
      throw faultOf(provider, error)
    }
  },
}

class FetchExchange implements Exchange {
  readonly status: number
  readonly headers: Headers
  readonly clocks: Clocks
  /** `fetch` does not tell. */
  readonly connectUs = null
  readonly #provider: string
  readonly #response: Response
  /** Made by the first read: an answer that is taken whole needs none. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  readonly #idleMs: number | undefined
  readonly #controller: AbortController
  readonly #close: () => void

  constructor(
    provider: string,
    response: Response,
    clocks: Clocks,
    idleMs: number | undefined,
    controller: AbortController,
    close: () => void,
  ) {
    this.status = response.status
    this.headers = response.headers
    this.clocks = clocks
    this.#provider = provider
    this.#response = response
    this.#idleMs = idleMs
    this.#controller = controller
    this.#close = close
  }

  async read(): Promise<Uint8Array | null> {
    this.#reader ??= (this.#response.body?.getReader() ??
      null) as ReadableStreamDefaultReader<Uint8Array> | null
    if (this.#reader === null) return null
    this.clocks.start('idle', this.#idleMs)
    try {
      const { done, value } = await this.#reader.read()
      this.clocks.stop('idle')
      if (!done) return value
      this.#close()
      return null
    } catch (error) {
      this.cancel()
      throw faultOf(this.#provider, error)
    }
  }

  async text(begun: Uint8Array | null = null): Promise<string> {
    return new TextDecoder().decode(await this.#whole(begun))
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole(null)
  }

  async #whole(begun: Uint8Array | null): Promise<Uint8Array> {
    if (begun === null && this.#canBeTakenWhole()) return this.#wholeAtOnce()
    const chunks: Uint8Array[] = begun === null ? [] : [begun]
    let length = begun?.length ?? 0
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      if (chunk.some((byte) => byte > blank)) this.clocks.stop('first_content')
      chunks.push(chunk)
      length += chunk.length
      if (length > answerBytesMax) {
        this.cancel()
        throw providerFailed(
          this.#provider,
          `its answer is longer than ${answerBytesMax / 1_000_000} MB`,
        )
      }
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** Its length is announced and bearable, and no clock has to be stopped or started between its parts. */
  #canBeTakenWhole(): boolean {
    const length = Number(this.headers.get('content-length') ?? Number.NaN)
    return (
      length <= answerBytesMax &&
      this.#idleMs === undefined &&
      !this.clocks.isRunning('first_content')
    )
  }

  async #wholeAtOnce(): Promise<Uint8Array> {
    try {
      const bytes = await this.#response.bytes()
      this.#close()
      return bytes
    } catch (error) {
      this.cancel()
      throw faultOf(this.#provider, error)
    }
  }

  drain(): void {
    this.clocks.stopAll()
    const limit = setTimeout(() => this.cancel(), drainMs)
    const read = async (): Promise<void> => {
      for (let bytes = 0; bytes < drainBytesMax;) {
        const chunk = await this.read()
        if (chunk === null) return
        bytes += chunk.length
      }
      this.cancel()
    }
    read()
      .catch(() => {}) // its answer was whole before this
      .finally(() => clearTimeout(limit))
  }

  cancel(): void {
    this.#close()
    this.#controller.abort()
    this.#reader?.cancel().catch(() => {})
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
