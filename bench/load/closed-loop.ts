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

type Socket = Pick<Bun.Socket, 'write' | 'end' | 'terminate'>

/** How long an answer is waited for after the last call may begin; it counts as failed then. */
const patienceMs = 20_000

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
  const sockets = new Set<Socket>()

  const connect = (): Promise<void> => {
    const ended = Promise.withResolvers<void>()
    let begun = 0
    let waits = false
    let unsent = request
    const reader = new AnswerReader(
      () => {},
      (status) => {
        waits = false
        taken.push((performance.now() - begun) * 1_000)
        if (status !== 200) failed += 1
      },
    )
    const send = (socket: Socket): void => {
      if (performance.now() >= until) {
        socket.end()
        return
      }
      begun = performance.now()
      waits = true
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
        open(socket) {
          sockets.add(socket)
          send(socket)
        },
        drain: push,
        data(socket, chunk) {
          reader.read(chunk)
          if (reader.amid) return
          if (pauseMs === 0) send(socket)
          else setTimeout(() => send(socket), pauseMs)
        },
        close() {
          if (waits) failed += 1
          ended.resolve()
        },
        error(_, error) {
          ended.reject(error)
        },
      },
    }).catch(ended.reject)
    return ended.promise
  }
  const impatience = setTimeout(
    () => {
      for (const socket of sockets) socket.terminate()
    },
    seconds * 1_000 + patienceMs,
  )
  await Promise.all(Array.from({ length: connections }, connect))
  clearTimeout(impatience)
  const took = (performance.now() - started) / 1_000
  return { calls: taken.length, failed, seconds: took, us: latenciesOf(taken) }
}
