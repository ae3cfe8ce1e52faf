import { readFileSync } from 'node:fs'
import { AnswerReader } from './answer-reader.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import { type Body, requestOf, type Target } from './target.ts'

export interface ClosedOptions {
  readonly target: Target
  readonly body: Body
  readonly connections: number
  readonly seconds: number
  /** Between the end of a call and the next one of its connection; none when it is not given. */
  readonly pauseMs?: number
}

export interface ClosedResult {
  readonly calls: number
  readonly failed: number
  readonly seconds: number
  readonly us: Latencies
}

/** Each connection sends a call, waits for the whole answer and sends the next. */
export async function closedLoop(options: ClosedOptions): Promise<ClosedResult> {
  const { target, body, connections, seconds, pauseMs = 0 } = options
  const { hostname, port } = new URL(target.url)
  const request = requestOf(
    target,
    typeof body === 'string' ? body : readFileSync(body.file, 'utf8'),
  )
  const taken: number[] = []
  let failed = 0
  const started = performance.now()
  const until = started + seconds * 1_000

  const connect = (): Promise<void> => {
    const ended = Promise.withResolvers<void>()
    let begun = 0
    let unsent = request
    const reader = new AnswerReader(
      () => {},
      (status) => {
        taken.push((performance.now() - begun) * 1_000)
        if (status !== 200) failed += 1
      },
    )
    type Socket = { write(data: Uint8Array): number; end(): void }
    const send = (socket: Socket): void => {
      if (performance.now() >= until) {
        socket.end()
        return
      }
      begun = performance.now()
      unsent = request
      push(socket)
    }
    const push = (socket: Socket): void => {
      if (unsent.length > 0) unsent = unsent.subarray(socket.write(unsent))
    }
    Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: send,
        drain: push,
        data(socket, chunk) {
          reader.read(chunk)
          if (reader.amid) return
          if (pauseMs === 0) send(socket)
          else setTimeout(() => send(socket), pauseMs)
        },
        close() {
          if (reader.amid) failed += 1
          ended.resolve()
        },
        error(_, error) {
          ended.reject(error)
        },
      },
    }).catch(ended.reject)
    return ended.promise
  }
  await Promise.all(Array.from({ length: connections }, connect))
  const took = (performance.now() - started) / 1_000
  return { calls: taken.length, failed, seconds: took, us: latenciesOf(taken) }
}
