import type { Event } from './dialects/dialect.ts'
import type { Line } from './http.ts'

/** What happens on the wire, one thing after the other. */
export type Step =
  | {
      readonly do: 'head'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      /** 'chunked', or the number of bytes that is promised. */
      readonly framing: 'chunked' | number
    }
  | {
      readonly do: 'body'
      readonly bytes: string | Uint8Array
      /** Output tokens that these bytes bring. */
      readonly tokens: number
      /** Part of the model's answer; false for what a fault or the protocol adds. */
      readonly content: boolean
      /** What of the answer these bytes are, whole; left out: nothing of it, or a part. */
      readonly mark?: Event['mark']
    }
  | { readonly do: 'wait'; readonly ms: number }
  /** What was said so far leaves in a packet of its own. */
  | { readonly do: 'flush' }
  /** Nothing more, until the client leaves. */
  | { readonly do: 'hang' }
  | { readonly do: 'end' }
  | { readonly do: 'close' }
  | { readonly do: 'reset' }

/** How an answer ended: sent to its end, broken off by a fault, or left alone by the client. */
export type Ending = 'finished' | 'broken' | 'left'

/** Is told of what was sent. */
export interface Witness {
  head(status: number): void
  content(tokens: number): void
  part(mark: Event['mark']): void
}

/** So much is gathered before it is written. */
const packetMax = 64 * 1024

/** Plays the steps on a connection, as fast as the client reads. */
export async function play(steps: Iterable<Step>, line: Line, witness: Witness): Promise<Ending> {
  let pending = ''
  let chunked = false
  const flush = () => {
    const text = pending
    pending = ''
    return text === '' || line.write(text)
  }
  const send = async (bytes: string | Uint8Array) => {
    if (typeof bytes === 'string') {
      if (bytes === '') return
      const size = chunked ? Buffer.byteLength(bytes).toString(16) : ''
      pending += chunked ? `${size}\r\n${bytes}\r\n` : bytes
      if (pending.length >= packetMax && !flush()) await line.drained()
      return
    }
    if (bytes.length === 0) return
    if (chunked) pending += `${bytes.length.toString(16)}\r\n`
    flush()
    if (!line.write(bytes)) await line.drained()
    if (chunked) pending += '\r\n'
  }

  for (const step of steps) {
    if (line.closed) return 'left'
    switch (step.do) {
      case 'head':
        chunked = step.framing === 'chunked'
        pending += headText(step.status, step.headers, step.framing)
        witness.head(step.status)
        break
      case 'body':
        await send(step.bytes)
        if (step.content) witness.content(step.tokens)
        if (step.mark !== undefined) witness.part(step.mark)
        break
      case 'wait':
        if (!flush()) await line.drained()
        await line.wait(step.ms)
        break
      case 'flush':
        if (!flush()) await line.drained()
        await nextTurn()
        break
      case 'hang':
        flush()
        await line.gone()
        return 'left'
      case 'end':
        if (chunked) pending += '0\r\n\r\n'
        if (!flush()) await line.drained()
        return line.closed ? 'left' : 'finished'
      case 'close':
        if (!flush()) await line.drained()
        line.close()
        return 'broken'
      case 'reset':
        if (!flush()) await line.drained()
        line.reset()
        return 'broken'
    }
  }
  flush()
  return 'finished'
}

function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  529: 'Overloaded',
}

function headText(
  status: number,
  headers: Readonly<Record<string, string>>,
  framing: 'chunked' | number,
): string {
  const length = framing === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${framing}`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\n${[...lines, length].join('\r\n')}\r\n\r\n`
}
