import type { Socket, TCPSocketConnectOptions } from 'bun'
import {
  type ResponseHead,
  ResponseFault,
  ResponseParser,
  type ResponseSink,
} from './response-parser.ts'

/** One request's place on a connection. */
export interface Rider {
  head(head: ResponseHead): void
  body(bytes: Uint8Array): void
  end(): void
  /** The connection broke, or what came was no answer. @param began  whether bytes of the answer had come */
  fail(error: Error, began: boolean): void
}

type State = 'connecting' | 'idle' | 'busy' | 'closed'

/** An HTTP/1.1 connection, which carries one request at a time. */
export class Connection {
  readonly origin: string
  /** Told when the connection can carry another request, or no more. */
  readonly #onFree: (connection: Connection) => void
  #socket: Socket<Connection> | null = null
  #state: State = 'connecting'
  #rider: Rider | null = null
  #parser: ResponseParser | null = null
  #began = false
  /** What the socket did not take yet. */
  #unsent: Uint8Array | null = null
  #paused = false
  /** Milliseconds, monotonic; when it became free. */
  idleSinceMs = 0
  /** How long the other side keeps it open when nothing happens, as far as it said so. */
  idleLimitMs = Number.POSITIVE_INFINITY

  constructor(origin: string, onFree: (connection: Connection) => void) {
    this.origin = origin
    this.#onFree = onFree
  }

  get usable(): boolean {
    return this.#state === 'idle'
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /**
   * Connects, with TLS to an https origin. Trying cannot be taken back; a connection that comes too
   * late, because `close` was called meanwhile, is closed as it comes.
   * @throws Error with the system's or TLS's own code
   */
  async connect({ protocol, hostname, port }: URL): Promise<void> {
    const secure = protocol === 'https:'
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const options: TCPSocketConnectOptions<Connection> = {
      hostname: host,
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      data: this,
      ...(secure ? { tls: { serverName: host } } : {}),
      socket: {
        open: (socket) => {
          this.#socket = socket
          if (this.#state === 'closed') socket.end()
          else if (!secure) this.#ready(resolve)
        },
        handshake: (_socket, success, error) => {
          if (success && error === null) this.#ready(resolve)
          else {
            this.close()
            reject(error ?? new Error('its TLS handshake failed'))
          }
        },
        data: (_socket, bytes) => this.#data(bytes),
        drain: () => this.#flush(),
        close: () => this.#ended(new Error('it broke off the connection')),
        end: () => this.#ended(new Error('it broke off the connection')),
        error: (_socket, error) => {
          reject(error)
          this.#ended(error)
        },
        connectError: (_socket, error) => {
          this.#state = 'closed'
          reject(error)
        },
      },
    }
    Bun.connect(options).catch((error: unknown) => {
      this.#state = 'closed'
      reject(error)
    })
    return promise
  }

  /** Sends a request; `rider` is told of its answer. */
  send(request: Uint8Array, rider: Rider): void {
    this.#state = 'busy'
    this.#rider = rider
    this.#began = false
    this.#parser = new ResponseParser(this.#sinkOf(rider))
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

  close(): void {
    if (this.#state === 'closed') return
    const busy = this.#state === 'busy'
    this.#state = 'closed'
    this.#rider = null
    if (busy) this.#socket?.terminate()
    else this.#socket?.end()
    this.#onFree(this)
  }

  #ready(resolve: () => void): void {
    if (this.#state !== 'connecting') return
    this.#state = 'idle'
    resolve()
  }

  #sinkOf(rider: Rider): ResponseSink {
    return {
      head: (head) => {
        const limit = /timeout=(\d{1,6})/.exec(head.headers.get('keep-alive') ?? '')?.[1]
        if (limit !== undefined) this.idleLimitMs = Number(limit) * 1_000
        rider.head(head)
      },
      body: (bytes) => rider.body(bytes),
      end: (reusable) => {
        this.#rider = null
        // An answer before the request was taken in leaves the rest of it in the way.
        if (reusable && this.#unsent === null) this.#state = 'idle'
        else this.close()
        rider.end()
        if (this.#state === 'idle') {
          this.resume()
          this.#onFree(this)
        }
      },
    }
  }

  #flush(): void {
    const unsent = this.#unsent
    if (unsent === null || this.#socket === null) return
    const written = this.#socket.write(unsent)
    if (written < 0) return // it is closing, and will say so
    this.#unsent = written < unsent.length ? unsent.subarray(written) : null
  }

  #data(bytes: Buffer): void {
    // Whoever speaks unasked is not to be trusted with the next request.
    if (this.#state !== 'busy' || this.#parser === null) return this.close()
    this.#began = true
    try {
      this.#parser.feed(bytes)
    } catch (error) {
      this.#broke(error instanceof ResponseFault ? error : (error as Error))
    }
  }

  #ended(error: Error): void {
    if (this.#state === 'closed') return
    if (this.#state === 'busy' && this.#parser?.close() === true) return this.close()
    this.#broke(error)
  }

  #broke(error: Error): void {
    const rider = this.#rider
    this.close()
    rider?.fail(error, this.#began)
  }
}
