import type { Socket } from 'bun'

/** A vendor who has nothing but a socket: what he answers need not be HTTP that a server would send. */
export interface RawVendor {
  readonly url: string
  /** How often the question that holds this text was asked. */
  asked(nonce: string): number
  stop(): void
}

export interface Question {
  /** 'POST /v1/chat/completions HTTP/1.1', and the headers. */
  readonly head: string
  readonly body: string
}

/** Bytes to send, after which the connection is closed. */
export type Answering = (question: Question) => Uint8Array

interface Line {
  unread: Buffer
  unsent: Uint8Array
  answered: boolean
}

const nonces = /nonce-\d+/

export function startVendor(answer: Answering): RawVendor {
  const asked = new Map<string, number>()
  const server = Bun.listen<Line>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.data = { unread: Buffer.alloc(0), unsent: new Uint8Array(), answered: false }
      },
      data(socket, bytes) {
        const line = socket.data
        line.unread = Buffer.concat([line.unread, bytes])
        const question = questionIn(line.unread)
        if (question === null || line.answered) return
        line.answered = true
        const [nonce = ''] = nonces.exec(question.body) ?? []
        asked.set(nonce, (asked.get(nonce) ?? 0) + 1)
        line.unsent = answer(question)
        flush(socket)
      },
      drain: flush,
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked: (nonce) => asked.get(nonce) ?? 0,
    stop: () => server.stop(true),
  }
}

function questionIn(bytes: Buffer): Question | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end)
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  const body = bytes.subarray(end + 4)
  return body.length < length ? null : { head, body: body.toString() }
}

function flush(socket: Socket<Line>): void {
  const line = socket.data
  if (!line.answered) return
  while (line.unsent.length > 0) {
    const written = socket.write(line.unsent)
    if (written < 0) return
    line.unsent = line.unsent.subarray(written)
    if (line.unsent.length > 0) return
  }
  socket.end()
}
