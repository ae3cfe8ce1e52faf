import type { Socket, SocketHandler, TCPSocketConnectOptions } from 'bun'
import type { ResponseHeaders } from './response-headers.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'

/** One request's place on a connection. */
export interface Rider {
  head(status: number, headers: ResponseHeaders): void
  body(bytes: Uint8Array): void
  /** All of the answer that came in one read of the socket was told, and there is more to come. */
  told(): void
  /** The answer is whole. The connection is no longer this rider's. */
  end(): void
  /**
   * The connection broke, or what came was no answer.
   * @param sent  whether the whole request was given to the system, so that it may have been read
   * @param began  whether bytes of the answer had come
   */
  fail(error: Error, sent: boolean, began: boolean): void
}

export interface ConnectionOptions {
  /** Certificates of the authorities to trust, in PEM, instead of the system's. */
  readonly ca?: string
  /** The IP address to dial, instead of looking up the host's. TLS asks for the host all the same. */
  readonly address?: string
}

type State = 'connecting' | 'idle' | 'busy' | 'closed'

/** An HTTP/1.1 connection, which carries one request at a time. */
export class Connection implements ResponseSink {
  /** One for all connections: what is made for each and lives as long is gone through by each collection of garbage. */
  static readonly #handlers: SocketHandler<Connection> = {
    open: (socket) => {
      const { data } = socket
      data.#socket = socket
      if (data.#state === 'closed') socket.terminate()
      else if (!data.#secure) data.#connected()
    },
    handshake: ({ data }, success, error) => {
      if (success && error === null) data.#connected()
      else data.#broke(error ?? new Error('its TLS handshake failed'))
    },
    data: ({ data }, bytes) => data.#data(bytes),
    drain: ({ data }) => data.#flush(),
    end: ({ data }) => data.#ended(),
    // A reset is told of here, and not to `error`.
    close: ({ data }, error) => (error ? data.#broke(error) : data.#ended()),
    error: ({ data }, error) => data.#broke(error),
    connectError: ({ data }, error) => data.#broke(error),
  }

  readonly origin: string
  readonly #options: ConnectionOptions
  /** Told when the connection can carry another request, or no more. */
  readonly #onFree: (connection: Connection) => void
  #socket: Socket<Connection> | null = null
  #state: State = 'connecting'
  #secure = false
  #connecting: PromiseWithResolvers<void> | null = null
  #rider: Rider | null = null
  /** Made for the first answer, and goes on to the next ones. */
  #parser: ResponseParser | null = null
  #began = false
  /** What the socket did not take yet. */
  #unsent: Uint8Array | string | null = null
  #paused = false
  /** Milliseconds, monotonic; when it became free. */
  idleSinceMs = 0
  /** How long the other side keeps it open when nothing happens, as far as it said so. */
  idleLimitMs = Number.POSITIVE_INFINITY

  constructor(
    origin: string,
    onFree: (connection: Connection) => void,
    options: ConnectionOptions = {},
  ) {
    this.origin = origin
    this.#onFree = onFree
    this.#options = options
  }

  get usable(): boolean {
    return this.#state === 'idle'
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /**
   * Connects, with TLS to an https origin. Trying cannot be taken back; a connection that comes too
   * late, because `close` was called meanwhile, is closed as it comes, and this never settles.
   * @throws Error with the system's or TLS's own code
   */
  connect({ protocol, hostname, port }: URL): Promise<void> {
    const secure = protocol === 'https:'
    this.#secure = secure
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const { ca } = this.#options
    const options: TCPSocketConnectOptions<Connection> = {
      hostname: this.#options.address ?? host,
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      data: this,
      ...(secure ? { tls: { serverName: host, ...(ca === undefined ? {} : { ca }) } } : {}),
      socket: Connection.#handlers,
    }
    this.#connecting = Promise.withResolvers()
    Bun.connect(options).catch((error: Error) => this.#broke(error))
    return this.#connecting.promise
  }

  /**
   * Sends a request; `rider` is told of its answer, and at once when the connection is no more.
   * @param request  a text is ASCII
   */
  send(request: Uint8Array | string, rider: Rider): void {
    if (this.#state !== 'idle') return rider.fail(brokenOff(), false, false)
    this.#state = 'busy'
    this.#rider = rider
    this.#began = false
    if (this.#parser === null) this.#parser = new ResponseParser(this)
    else this.#parser.begin()
    this.#unsent = request
    this.#flush()
  }

  /** The rider reads more slowly than the other side sends. */
  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket?.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket?.resume()
  }

  head(status: number, headers: ResponseHeaders): void {
    const kept = headers.get('keep-alive')
    const limit = kept === null ? undefined : keptSeconds.exec(kept)?.[1]
    if (limit !== undefined) this.idleLimitMs = Number(limit) * 1_000
    this.#rider?.head(status, headers)
  }

  body(bytes: Uint8Array): void {
    this.#rider?.body(bytes)
  }

  end(reusable: boolean): void {
    const rider = this.#rider
    // It is not kept while the connection waits: a rider holds its whole request.
    this.#rider = null
    // An answer before the request was taken in leaves the rest of it in the way.
    if (reusable && this.#unsent === null && this.#state === 'busy') this.#free()
    else this.close()
    rider?.end()
  }

  close(): void {
    if (this.#state === 'closed') return
    const idle = this.#state === 'idle'
    this.#state = 'closed'
    this.#rider = null
    this.#parser = null
    this.#unsent = null
    // Trying goes on for minutes where nobody answers: who waited for it is not held that long.
    this.#connecting = null
    if (idle) this.#socket?.end()
    else this.#socket?.terminate()
    this.#onFree(this)
  }

  #connected(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'idle'
    // What it carries has clocks that keep the process alive; it alone does not.
    this.#socket?.unref()
    this.#connecting?.resolve()
    this.#connecting = null
  }

  #free(): void {
    this.#state = 'idle'
    this.resume()
    this.#onFree(this)
  }

  #flush(): void {
    const unsent = this.#unsent
    if (unsent === null || this.#socket === null) return
    const written = this.#socket.write(unsent)
    if (written < 0) return this.#broke(brokenOff())
    if (written === unsent.length) this.#unsent = null
    else if (typeof unsent === 'string') this.#unsent = Buffer.from(unsent.slice(written), 'latin1')
    else this.#unsent = unsent.subarray(written)
  }

  #data(bytes: Buffer): void {
    // Whoever speaks unasked is not to be trusted with the next request.
    if (this.#state !== 'busy' || this.#parser === null) return this.close()
    this.#began = true
    try {
      this.#parser.feed(bytes)
    } catch (error) {
      return this.#broke(error as Error)
    }
    this.#rider?.told()
  }

  /** The other side will send no more, which is how some answers end. */
  #ended(): void {
    if (this.#state === 'busy' && this.#parser?.close() === true) return
    this.#broke(brokenOff())
  }

  #broke(error: Error): void {
    const rider = this.#rider
    const connecting = this.#connecting
    const sent = this.#unsent === null
    this.close()
    connecting?.reject(error)
    rider?.fail(error, sent, this.#began)
  }
}

/** 'timeout=5, max=100' */
const keptSeconds = /timeout=(\d{1,6})/i

function brokenOff(): Error {
  return Object.assign(new Error('it broke off the connection'), { code: 'ECONNRESET' })
}
