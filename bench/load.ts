// Closed-loop load over raw sockets, in a process of its own: each connection sends a request, waits for
// the whole answer and sends the next.
//   bun bench/load.ts '{"url":"http://127.0.0.1:4000/v1/...","connections":64,"requests":20000,...}'
// Prints one JSON object: calls, failures, seconds, and latencies in microseconds.
import type { LoadOptions, LoadResult } from './harness.ts'

const okLine = Buffer.from('HTTP/1.1 200')
const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions
process.stdout.write(`${JSON.stringify(await run(options))}\n`)

async function run({
  url,
  headers,
  body,
  connections,
  requests,
}: LoadOptions): Promise<LoadResult> {
  const { hostname, port, pathname } = new URL(url)
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Content-Type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
  const latencies = new Float64Array(requests)
  let sent = 0
  let done = 0
  let failed = 0
  const started = performance.now()
  const finished = Promise.withResolvers<void>()

  const connect = (): void => {
    let begun = 0
    let answer = Buffer.alloc(0)
    let wanted = -1
    const next = (socket: { write(data: Uint8Array): number; end(): void }): void => {
      if (sent >= requests) {
        socket.end()
        if (done >= requests) finished.resolve()
        return
      }
      sent += 1
      begun = performance.now()
      socket.write(request)
    }
    Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: next,
        data(socket, chunk) {
          answer = answer.length === 0 ? Buffer.from(chunk) : Buffer.concat([answer, chunk])
          if (wanted === -1) wanted = lengthOf(answer)
          if (wanted === -1 || answer.length < wanted) return
          if (!answer.subarray(0, 12).equals(okLine)) failed += 1
          latencies[done] = (performance.now() - begun) * 1_000
          done += 1
          answer = Buffer.alloc(0)
          wanted = -1
          next(socket)
        },
        close() {
          if (done >= requests) finished.resolve()
        },
        error(_socket, error) {
          throw error
        },
      },
    }).catch(finished.reject)
  }
  for (let count = 0; count < connections; count += 1) connect()
  await finished.promise
  return {
    calls: done,
    failed,
    seconds: (performance.now() - started) / 1_000,
    latenciesUs: Array.from(latencies.subarray(0, done)),
  }
}

/** Bytes of the whole answer; -1 while its head is not complete. */
function lengthOf(answer: Buffer): number {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return -1
  const text = answer.subarray(0, head).toString('latin1')
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${text}`)
  return head + 4 + Number(length)
}
