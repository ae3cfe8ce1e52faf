import { AnswerReader } from './answer-reader.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import { requestOf, type Target } from './target.ts'
import { until } from './until.ts'

export interface OpenOptions {
  readonly target: Target
  readonly body: string
  readonly perSecond: number
  readonly seconds: number
}

export interface OpenResult {
  readonly calls: number
  readonly failed: number
  /** Still without an answer a while after the last was due. */
  readonly unanswered: number
  /** From the moment that a call was due, not from the one that it could be sent. */
  readonly us: Latencies
  /** How late the generator itself was. */
  readonly lateUs: Latencies
}

/** More connections than this are not opened; what is due then waits, and its time runs. */
const connectionsMax = 2_000
/** How long answers are waited for after the last call was due. */
const patienceMs = 2_000
/** Closer than this to the next call the loop turns without a timer, whose grain is a millisecond. */
const spinMs = 1.2

/**
 * Calls come at a fixed rate, whatever becomes of those before: one that is due while everything is busy
 * waits, and the wait counts. A closed loop would omit just the calls that a stall makes wait.
 */
export async function openLoop(options: OpenOptions): Promise<OpenResult> {
  const { target, body, perSecond, seconds } = options
  const { hostname, port } = new URL(target.url)
  const request = requestOf(target, body)
  const total = Math.round(perSecond * seconds)
  const gapMs = 1_000 / perSecond
  const taken: number[] = []
  const late: number[] = []
  const free: Line[] = []
  const waiting: number[] = []
  let lines = 0
  let failed = 0
  let answered = 0

  interface Line {
    dueAt: number
    send(dueAt: number): void
    close(): void
  }

  const open = (dueAt: number): void => {
    lines += 1
    let socket: { write(data: Uint8Array): number; end(): void } | null = null
    let unsent = request
    const push = (): void => {
      if (socket && unsent.length > 0) unsent = unsent.subarray(socket.write(unsent))
    }
    const line: Line = {
      dueAt,
      send: (at) => {
        line.dueAt = at
        unsent = request
        push()
      },
      close: () => socket?.end(),
    }
    const reader = new AnswerReader(
      () => {},
      (status) => {
        answered += 1
        taken.push((performance.now() - line.dueAt) * 1_000)
        if (status !== 200) failed += 1
        const next = waiting.shift()
        if (next === undefined) free.push(line)
        else line.send(next)
      },
    )
    const gone = (): void => {
      lines -= 1
      const at = free.indexOf(line)
      if (at === -1) {
        answered += 1
        failed += 1
      } else free.splice(at, 1)
    }
    Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open(opened) {
          socket = opened
          push()
        },
        drain: push,
        data: (_, chunk) => reader.read(chunk),
        close: gone,
        error() {},
      },
    }).catch(gone)
  }

  const started = performance.now() + 20
  let begun = 0
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const now = performance.now()
      while (begun < total && started + begun * gapMs <= now) {
        const dueAt = started + begun * gapMs
        late.push((now - dueAt) * 1_000)
        begun += 1
        const line = free.pop()
        if (line) line.send(dueAt)
        else if (lines < connectionsMax) open(dueAt)
        else waiting.push(dueAt)
      }
      if (begun >= total) resolve()
      else if (started + begun * gapMs - now < spinMs) setImmediate(turn)
      else setTimeout(turn, 1)
    }
    turn()
  })
  await until(() => answered >= total, patienceMs)
  const unanswered = total - answered
  // Those that never came count as so long as they were waited for.
  for (let left = 0; left < unanswered; left += 1) taken.push(patienceMs * 1_000)
  for (const line of free.slice()) line.close()
  return { calls: total, failed, unanswered, us: latenciesOf(taken), lateUs: latenciesOf(late) }
}
