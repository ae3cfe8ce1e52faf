import { AnswerReader } from './answer-reader.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import { type Pattern, requestOf, streamBody, type Target } from './target.ts'
import { until } from './until.ts'

export interface StreamsOptions {
  readonly target: Target
  readonly streams: number
  readonly opensPerSecond: number
  readonly pattern: Pattern
  /** Counts events for so long once all are open and have got something, then drops them; else all are read to their end. */
  readonly windowSeconds: number | null
  /** Short streams beside the open ones, by turns through the target and straight to the vendor. */
  readonly probes?: {
    readonly direct: Target
    readonly perSecond: number
    readonly seconds: number
    /** So often in a row, each with latencies of its own. */
    readonly rounds: number
  }
}

export interface StreamsResult {
  readonly opened: number
  readonly failed: number
  /** In the window, or altogether. */
  readonly events: number
  /** Events that were missing, doubled or out of order, and streams without their end mark. */
  readonly lost: number
  readonly whole: number
  readonly seconds: number
  readonly firstMs: Latencies
  /** Of each round of probes. */
  readonly probeMs: readonly ProbeLatencies[]
}

export interface ProbeLatencies {
  readonly target: Latencies
  readonly direct: Latencies
}

const content = /"content":\s*"(\d{6})"/g
const firstEventMsMax = 20_000
const endMsMax = 20_000
const probePattern: Pattern = { events: 2, everyMs: 5, firstMs: 0 }

export async function streams(
  options: StreamsOptions,
  tell: (at: 'begin' | 'end') => void,
): Promise<StreamsResult> {
  const { target, pattern, windowSeconds, probes } = options
  const lines: StreamLine[] = []
  const started = performance.now()
  for (let index = 0; index < options.streams; index += 1) {
    const dueMs = (index / options.opensPerSecond) * 1_000
    while (performance.now() - started < dueMs) await Bun.sleep(1)
    lines.push(new StreamLine(target, streamBody(target.model, pattern, index)))
  }
  await until(() => lines.every((line) => line.firstMs !== null || line.ended), firstEventMsMax)
  const count = (): number => lines.reduce((sum, line) => sum + line.events, 0)
  const probeMs: ProbeLatencies[] = []
  let events = 0
  let from = started
  let seconds: number
  if (windowSeconds === null) {
    if (probes) {
      for (let round = 0; round < probes.rounds; round += 1)
        probeMs.push(await probing(target, probes))
    }
    await until(
      () => lines.every((line) => line.ended),
      pattern.events * pattern.everyMs + endMsMax,
    )
    events = count()
    seconds = (performance.now() - from) / 1_000
  } else {
    await Bun.sleep(500)
    tell('begin')
    from = performance.now()
    const before = count()
    await Bun.sleep(windowSeconds * 1_000)
    events = count() - before
    seconds = (performance.now() - from) / 1_000
    tell('end')
  }
  const result: StreamsResult = {
    opened: lines.filter((line) => line.firstMs !== null).length,
    failed: lines.filter((line) => line.failed).length,
    events,
    lost: lines.reduce(
      (sum, line) =>
        sum + line.disorder + (windowSeconds === null ? line.missing(pattern.events) : 0),
      0,
    ),
    whole: lines.filter((line) => line.whole).length,
    seconds,
    firstMs: latenciesOf(lines.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]))),
    probeMs,
  }
  for (const line of lines) line.close()
  return result
}

async function probing(
  target: Target,
  { direct, perSecond, seconds }: NonNullable<StreamsOptions['probes']>,
): Promise<ProbeLatencies> {
  const taken = { target: [] as StreamLine[], direct: [] as StreamLine[] }
  const started = performance.now()
  for (let count = 0; count < perSecond * seconds; count += 1) {
    while (performance.now() - started < (count / perSecond) * 1_000) await Bun.sleep(1)
    const through = count % 2 === 0
    const to = through ? target : direct
    taken[through ? 'target' : 'direct'].push(
      new StreamLine(to, streamBody(to.model, probePattern)),
    )
  }
  await until(() => [...taken.target, ...taken.direct].every(({ ended }) => ended), 5_000)
  const firstOf = (lines: readonly StreamLine[]): Latencies =>
    latenciesOf(lines.map(({ firstMs }) => firstMs ?? firstEventMsMax))
  return { target: firstOf(taken.target), direct: firstOf(taken.direct) }
}

/** One stream on a connection of its own. */
export class StreamLine {
  events = 0
  disorder = 0
  /** From the request to the first content; null before it. */
  firstMs: number | null = null
  ended = false
  whole = false
  failed = false
  readonly #onFirst: () => void
  #tail = ''
  #status = 0
  #socket: { end(): void; terminate(): void } | null = null
  #closed = false
  #begunAt = performance.now()

  constructor(target: Target, body: string, onFirst: () => void = () => {}) {
    this.#onFirst = onFirst
    const { hostname, port } = new URL(target.url)
    const request = requestOf(target, body)
    const reader = new AnswerReader(
      (bytes) => this.#read(bytes),
      (status) => {
        this.#status = status
        this.#finish()
        this.#socket?.end()
      },
    )
    Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: (socket) => {
          this.#socket = socket
          if (this.#closed) socket.terminate()
          this.#begunAt = performance.now()
          socket.write(request)
        },
        data: (_, chunk) => reader.read(chunk),
        close: () => this.#finish(),
        error: () => this.#finish(),
      },
    }).catch(() => this.#finish())
  }

  /** Of so many, how many did not come; one more when the end mark did not. */
  missing(events: number): number {
    return events - this.events + (this.whole ? 0 : 1)
  }

  close(): void {
    this.#closed = true
    this.#socket?.terminate()
  }

  #read(bytes: Buffer): void {
    const text = this.#tail + bytes.toString('latin1')
    for (const [, digits] of text.matchAll(content)) {
      this.events += 1
      if (Number(digits) !== this.events) this.disorder += 1
      if (this.firstMs !== null) continue
      this.firstMs = performance.now() - this.#begunAt
      this.#onFirst()
    }
    if (text.includes('[DONE]')) this.whole = true
    // An event that is not here in full is read again with its rest.
    this.#tail = text.slice(text.lastIndexOf('\n\n') + 1)
  }

  #finish(): void {
    if (this.ended) return
    this.ended = true
    this.failed = !this.#closed && (this.#status !== 200 || !this.whole)
  }
}
