import { connect } from 'node:net'

/** What a server says to bytes on a bare socket. */
export interface RawAnswer {
  /** One for each request that the server saw in them. */
  readonly answers: readonly {
    readonly status: number
    readonly head: string
    readonly body: string
  }[]
  readonly closed: boolean
}

/** A server that has answered and says nothing for so long has nothing more to say. */
const quietMs = 100

/** Sends bytes as they are. It waits for the server to close, to fall silent after an answer, or `waitMs`. */
export function sendRaw(
  url: string,
  bytes: string | Uint8Array,
  waitMs = 2_500,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<RawAnswer>()
  let text = ''
  let quiet: ReturnType<typeof setTimeout> | undefined
  const socket = connect({ host: hostname, port: Number(port) })
  const finish = (closed: boolean): void => {
    clearTimeout(limit)
    clearTimeout(quiet)
    socket.destroy()
    resolve({ answers: answersIn(text), closed })
  }
  const limit = setTimeout(() => finish(false), waitMs)
  socket.on('connect', () => socket.write(typeof bytes === 'string' ? latin1(bytes) : bytes))
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    clearTimeout(quiet)
    quiet = setTimeout(() => finish(false), quietMs)
  })
  socket.on('error', () => {}) // a reset is an answer too: `close` follows
  socket.on('close', () => finish(true))
  return promise
}

/** Each character as the byte of its number. */
export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function answersIn(text: string): RawAnswer['answers'] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const end = answer.indexOf('\r\n\r\n')
      return {
        status: Number(answer.slice(9, 12)),
        head: answer.slice(0, end).toLowerCase(),
        body: answer.slice(end + 4),
      }
    })
}
