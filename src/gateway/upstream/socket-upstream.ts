import type { ConnectionOptions } from './connection.ts'
import { Pool } from './pool.ts'
import { addressOf, requestBytes } from './request-bytes.ts'
import { SocketExchange } from './socket-exchange.ts'
import type { Exchange, Upstream, UpstreamRequest } from './upstream.ts'

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

  open(request: UpstreamRequest): Promise<Exchange> {
    try {
      request.departure.throwIfLeft()
      const address = addressOf(request.url)
      const bytes = requestBytes(request, address)
      return new SocketExchange(request, this.#pool, address, bytes).opened()
    } catch (error) {
      if (request.note) request.note.unsent = true
      return Promise.reject(error)
    }
  }

  close(): void {
    this.#pool.close()
  }
}
