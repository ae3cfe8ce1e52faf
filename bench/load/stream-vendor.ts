import { plainAnswer } from './target.ts'

/**
 * A vendor light enough not to weigh in a measurement: it reads from the prompt how many events it
 * shall send and how often, and sends numbered ones. Without such a prompt it gives a plain answer.
 */
export interface StreamVendor {
  readonly port: number
  /** Streams under way. */
  readonly open: () => number
  stop(): void
}

export interface VendorOptions {
  readonly port: number
  /** A stream's socket was closed before its end, by the other side. */
  readonly onCut?: (id: number) => void
}

interface Stream {
  readonly socket: Line
  readonly id: number
  readonly events: number
  readonly everyMs: number
  sent: number
}

interface Line {
  readonly data: State
  write(data: Uint8Array | string): number
}

interface State {
  unread: Buffer
  unsent: Buffer
  stream: Stream | null
}

const pattern = /\[\[events=(\d+) every=(\d+) first=(\d+) id=(\d+)\]\]/
const empty = Buffer.alloc(0)
const head =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const plain = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(plainAnswer)}\r\n\r\n${plainAnswer}`

export function startStreamVendor({ port, onCut = () => {} }: VendorOptions): StreamVendor {
  /** Streams by the tick, of a millisecond, at which their next event is due. */
  const wheel = new Map<number, Stream[]>()
  const started = performance.now()
  let ticked = 0
  let open = 0
  const now = (): number => Math.floor(performance.now() - started)

  const plan = (stream: Stream, inMs: number): void => {
    const at = Math.max(ticked + 1, now() + Math.max(1, inMs))
    const others = wheel.get(at)
    if (others) others.push(stream)
    else wheel.set(at, [stream])
  }

  const timer = setInterval(() => {
    const until = now()
    while (ticked < until) {
      ticked += 1
      const due = wheel.get(ticked)
      if (!due) continue
      wheel.delete(ticked)
      for (const stream of due) {
        if (stream.socket.data.stream !== stream) continue
        step(stream)
      }
    }
  }, 1)

  const step = (stream: Stream): void => {
    const { socket, events, everyMs } = stream
    if (stream.sent < events) {
      stream.sent += 1
      send(socket, event(serial(stream.sent)))
      plan(stream, everyMs)
      return
    }
    socket.data.stream = null
    open -= 1
    send(socket, `${last}0\r\n\r\n`)
    serve(socket)
  }

  const serve = (socket: Line): void => {
    const { data } = socket
    if (data.stream) return
    const request = takeRequest(data)
    if (request === null) return
    const found = pattern.exec(request)
    if (!found) {
      send(socket, plain)
      serve(socket)
      return
    }
    const [events, everyMs, firstMs, id] = found.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ]
    const stream: Stream = { socket, id, events, everyMs, sent: 0 }
    data.stream = stream
    open += 1
    send(socket, head)
    if (firstMs === 0 && events > 0) step(stream)
    else plan(stream, firstMs)
  }

  const server = Bun.listen<State>({
    hostname: '127.0.0.1',
    port,
    socket: {
      open(socket) {
        socket.data = { unread: empty, unsent: empty, stream: null }
      },
      data(socket, chunk) {
        const { data } = socket
        data.unread =
          data.unread.length === 0 ? Buffer.from(chunk) : Buffer.concat([data.unread, chunk])
        serve(socket)
      },
      drain(socket) {
        const { data } = socket
        if (data.unsent.length > 0) data.unsent = data.unsent.subarray(socket.write(data.unsent))
      },
      close({ data }) {
        if (!data?.stream) return
        const { id } = data.stream
        data.stream = null
        open -= 1
        onCut(id)
      },
    },
  })
  return {
    port: server.port,
    open: () => open,
    stop: () => {
      clearInterval(timer)
      server.stop(true)
    },
  }
}

function send(socket: Line, text: string): void {
  const bytes = Buffer.from(text)
  const { data } = socket
  if (data.unsent.length > 0) {
    data.unsent = Buffer.concat([data.unsent, bytes])
    return
  }
  const written = socket.write(bytes)
  if (written < bytes.length) data.unsent = bytes.subarray(Math.max(0, written))
}

/** The body of the next request that is there in full. */
function takeRequest(data: State): string | null {
  const end = data.unread.indexOf('\r\n\r\n')
  if (end === -1) return null
  const top = data.unread.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(top)?.[1]
  if (length === undefined) {
    const done = data.unread.indexOf('\r\n0\r\n\r\n', end)
    if (done === -1) return null
    const body = data.unread.toString('utf8', end + 4, done)
    data.unread = data.unread.subarray(done + 7)
    return body
  }
  const whole = end + 4 + Number(length)
  if (data.unread.length < whole) return null
  const body = data.unread.toString('utf8', end + 4, Math.min(whole, end + 4 + 4_096))
  data.unread = data.unread.subarray(whole)
  return body
}

/** Six digits, by which the other end sees that none is missing. */
function serial(number: number): string {
  return String(number).padStart(6, '0')
}

function event(content: string): string {
  return chunk(
    `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"large","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`,
  )
}

const last = chunk(
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"large","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
    'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"large","choices":[],"usage":{"prompt_tokens":42,"completion_tokens":17,"total_tokens":59}}\n\n' +
    'data: [DONE]\n\n',
)

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
