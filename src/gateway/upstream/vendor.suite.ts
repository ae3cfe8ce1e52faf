import type { Socket, TLSOptions } from 'bun'
import { Departure } from '../../core/departure.ts'
import type { ExchangeLimits, UpstreamRequest } from './upstream.ts'

/** A connection as a vendor sees it who has nothing but a socket. */
export class Line {
  readonly #socket: Socket<Line>
  readonly #closed = Promise.withResolvers<'closed' | 'reset'>()
  #unsent: Uint8Array[] = []
  #unread: Buffer[] = []
  #waiting: (() => void) | null = null
  /** Bytes that the system took from us. */
  sent = 0
  /** Bytes that came. */
  received = 0
  /** Whole requests that came. */
  requests = 0

  constructor(socket: Socket<Line>) {
    this.#socket = socket
  }

  /** Resolves when the other side has closed it. */
  get closed(): Promise<'closed' | 'reset'> {
    return this.#closed.promise
  }

  /** True while the other side takes no more. */
  get blocked(): boolean {
    return this.#unsent.length > 0
  }

  send(bytes: string | Uint8Array): this {
    this.#unsent.push(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    this.flush()
    return this
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.terminate()
  }

  stopReading(): void {
    this.#socket.pause()
  }

  flush(): void {
    for (let next = this.#unsent[0]; next; next = this.#unsent[0]) {
      const written = this.#socket.write(next)
      if (written <= 0) return
      this.sent += written
      if (written === next.length) this.#unsent.shift()
      else this.#unsent[0] = next.subarray(written)
    }
  }

  receive(bytes: Buffer): void {
    this.received += bytes.length
    this.#unread.push(bytes)
    this.#waiting?.()
  }

  closedBy(error: unknown): void {
    this.#closed.resolve(error ? 'reset' : 'closed')
  }

  /** The head and body of the next request that came whole. */
  async request(): Promise<{ readonly head: string; readonly body: Buffer }> {
    for (;;) {
      const all = Buffer.concat(this.#unread)
      this.#unread = [all]
      const end = all.indexOf('\r\n\r\n')
      const head = all.toString('latin1', 0, end)
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
      if (end !== -1 && all.length >= end + 4 + length) {
        this.#unread = [all.subarray(end + 4 + length)]
        this.requests += 1
        return { head, body: all.subarray(end + 4, end + 4 + length) }
      }
      await new Promise<void>((resolve) => (this.#waiting = resolve))
    }
  }
}

export interface Vendor {
  readonly origin: string
  readonly port: number
  readonly lines: readonly Line[]
  /** The next connection that comes, or came since the last call of this. */
  line(): Promise<Line>
  stop(): void
}

interface VendorOptions {
  readonly tls?: TLSOptions
  /** Its name in the origin. */
  readonly host?: string
  /** What becomes of each request; without it the test speaks for the vendor. */
  readonly answer?: (line: Line, head: string, body: Buffer) => void
}

/** A server on this machine that says byte for byte what a test wants. */
export function startVendor({ tls, host = '127.0.0.1', answer }: VendorOptions = {}): Vendor {
  const lines: Line[] = []
  let seen = 0
  let came: (() => void) | null = null
  const listener = Bun.listen<Line>({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls ? { tls } : {}),
    socket: {
      open(socket) {
        const line = new Line(socket)
        socket.data = line
        lines.push(line)
        came?.()
        if (answer) void serve(line, answer)
      },
      data: ({ data }, bytes) => data.receive(bytes),
      drain: ({ data }) => data.flush(),
      // One that breaks in its handshake has never been open.
      close: ({ data }, error) => (data as Line | undefined)?.closedBy(error),
    },
  })
  return {
    origin: `${tls ? 'https' : 'http'}://${host}:${listener.port}`,
    port: listener.port,
    lines,
    async line() {
      while (lines.length === seen) await new Promise<void>((resolve) => (came = resolve))
      return lines[seen++]!
    },
    stop: () => listener.stop(true),
  }
}

async function serve(line: Line, answer: NonNullable<VendorOptions['answer']>): Promise<void> {
  for (;;) {
    const { head, body } = await line.request()
    answer(line, head, body)
  }
}

const noLimits: ExchangeLimits = {
  connect: 20_000,
  headers: undefined,
  firstContent: undefined,
  idle: undefined,
  total: 20_000,
}

export function aRequest(
  origin: string,
  { limits, ...given }: Partial<Omit<UpstreamRequest, 'limits'>> & { limits?: object } = {},
): UpstreamRequest {
  return {
    provider: 'acme',
    url: `${origin}/v1/chat?beta=true`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    departure: new Departure(),
    ...given,
    limits: { ...noLimits, ...limits },
  }
}

/** An answer of a length that is announced. */
export function answerOf(body: string, ...headers: readonly string[]): string {
  const lines = ['HTTP/1.1 200 OK', ...headers, `content-length: ${Buffer.byteLength(body)}`]
  return `${lines.join('\r\n')}\r\n\r\n${Buffer.from(body).toString('latin1')}`
}

/** What a promise fails with; null when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return null
  } catch (error) {
    return error
  }
}

/** Some turns of the event loop, for what must not happen. */
export const aWhile = (): Promise<void> => Bun.sleep(30)
